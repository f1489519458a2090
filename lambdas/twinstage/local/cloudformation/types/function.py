"""AWS::Lambda: Function, LayerVersion and Permission."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import ResourceFailed
from twinstage.local.cloudformation.resource import CallFailed, Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIGURATION = frozenset(
    {
        "Description",
        "Environment",
        "EphemeralStorage",
        "Handler",
        "Layers",
        "LoggingConfig",
        "MemorySize",
        "Role",
        "Runtime",
        "Timeout",
        "TracingConfig",
        "VpcConfig",
    }
)
EMPTY: Mapping[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
"""What a property that an update takes away becomes."""


class Function(ResourceType):
    """AWS::Lambda::Function, of a zip package. Subnets and groups are stored and told; functions run on the host's network."""

    name = "AWS::Lambda::Function"
    immutable = frozenset({"FunctionName", "PackageType"})
    mutable = CONFIGURATION | {"Architectures", "Code", "ReservedConcurrentExecutions", "Tags"}
    attributes = frozenset({"Arn"})
    gone = frozenset({"ResourceNotFoundException"})

    def create(self, order: Order) -> Made:
        """CreateFunction."""
        if order.get("PackageType", "Zip") != "Zip":
            raise ResourceFailed("Functions of package type Image are not supported by the embedded AWS")
        made = order.call(
            "lambda",
            "CreateFunction",
            FunctionName=order.get("FunctionName", order.name(64)),
            Code=_code(order),
            Tags=order.tag_map() or None,
            **order.pick("Architectures", *sorted(CONFIGURATION)),
        )
        return Made(made["FunctionName"], {"Arn": made["FunctionArn"]}, _notice(order))

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Reserved concurrency; on an update code, configuration and tags."""
        function = {"FunctionName": made.physical_id}
        reserved = "ReservedConcurrentExecutions"
        if reserved in order.properties:
            order.call("lambda", "PutFunctionConcurrency", **function, **order.pick(reserved))
        elif reserved in before:
            order.call("lambda", "DeleteFunctionConcurrency", **function)
        if not before:
            return
        if order.get("Code") != before.get("Code") or order.get("Architectures") != before.get("Architectures"):
            order.call("lambda", "UpdateFunctionCode", **function, **_code(order), **order.pick("Architectures"))
        names = [name for name in sorted(CONFIGURATION) if order.get(name) != before.get(name)]
        changed = {name: order.get(name, _default(name, made)) for name in names}
        if changed:
            order.call("lambda", "UpdateFunctionConfiguration", **function, **changed)
        retag(order, made.attributes["Arn"])

    def delete(self, order: Order, made: Made) -> None:
        """DeleteFunction."""
        order.call("lambda", "DeleteFunction", FunctionName=made.physical_id)


def _default(name: str, made: Made) -> Any:
    return (
        {"LogGroup": f"/aws/lambda/{made.physical_id}", "LogFormat": "Text"}
        if name == "LoggingConfig"
        else EMPTY.get(name)
    )


def _notice(order: Order) -> str:
    if order.get("VpcConfig"):
        return "the embedded AWS stores VpcConfig; the function runs on the host's network"
    return ""


def _code(order: Order) -> dict[str, Any]:
    """The package as the API takes it: inline source becomes a zip of one file named after the handler's module."""
    code: dict[str, Any] = dict(order.need("Code"))
    if "ZipFile" not in code:
        return code
    if not str(order.need("Runtime")).startswith("python"):
        raise ResourceFailed("Inline code is supported for Python only by the embedded AWS")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        member = zipfile.ZipInfo("index.py", (1980, 1, 1, 0, 0, 0))
        member.external_attr = 0o644 << 16
        archive.writestr(member, code["ZipFile"])
    return {"ZipFile": packed.getvalue()}


def retag(order: Order, arn: str) -> None:
    """Bring a Lambda resource's tags to what the order asks."""
    kept = order.tag_map()
    lost = sorted(set(order.call("lambda", "ListTags", Resource=arn).get("Tags", {})) - set(kept))
    if lost:
        order.call("lambda", "UntagResource", Resource=arn, TagKeys=lost)
    if kept:
        order.call("lambda", "TagResource", Resource=arn, Tags=kept)


class LayerVersion(ResourceType):
    """AWS::Lambda::LayerVersion: every change publishes a new version."""

    name = "AWS::Lambda::LayerVersion"
    immutable = frozenset(
        {"CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description", "LayerName", "LicenseInfo"}
    )
    attributes = frozenset({"LayerVersionArn"})

    def create(self, order: Order) -> Made:
        """PublishLayerVersion."""
        given = order.pick(*(self.immutable - {"LayerName"}))
        made = order.call("lambda", "PublishLayerVersion", LayerName=order.get("LayerName", order.name(64)), **given)
        arn = made["LayerVersionArn"]
        return Made(arn, {"LayerVersionArn": arn})

    def delete(self, order: Order, made: Made) -> None:
        """DeleteLayerVersion."""
        arn, _, version = made.physical_id.rpartition(":")
        order.call("lambda", "DeleteLayerVersion", LayerName=arn.rpartition(":")[2], VersionNumber=version)


class Permission(ResourceType):
    """AWS::Lambda::Permission: one statement of a function's resource policy."""

    name = "AWS::Lambda::Permission"
    immutable = frozenset(
        {"Action", "EventSourceToken", "FunctionName", "FunctionUrlAuthType", "Principal", "PrincipalOrgID"}
        | {"SourceAccount", "SourceArn"}
    )
    attributes = frozenset({"Id"})
    gone = frozenset({"ResourceNotFoundException"})

    def create(self, order: Order) -> Made:
        """AddPermission."""
        statement = order.name(100)
        order.call("lambda", "AddPermission", StatementId=statement, **order.pick(*self.immutable))
        return Made(statement, {"Id": statement})

    def delete(self, order: Order, made: Made) -> None:
        """RemovePermission. moto answers 404 without a code for a statement that went with its function."""
        try:
            order.call(
                "lambda", "RemovePermission", FunctionName=order.need("FunctionName"), StatementId=made.physical_id
            )
        except CallFailed as error:
            if error.code not in ("404", "ResourceNotFoundException"):
                raise
