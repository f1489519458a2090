"""What a snapshot keeps of the API's own answers, whether they came from AWS or out of a dump."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.manifest import DEFAULT_ARCHITECTURE, DEFAULT_STORAGE_MB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def table_schema(described: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a DescribeTable answer that shape a table, in a fixed order."""
    mode = described.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    schema: dict[str, Any] = {
        "AttributeDefinitions": sorted(described["AttributeDefinitions"], key=lambda a: a["AttributeName"]),
        "KeySchema": described["KeySchema"],
        "BillingMode": mode,
    }
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if described.get(kind):
            kept = (
                {name: index[name] for name in ("IndexName", "KeySchema", "Projection")} for index in described[kind]
            )
            schema[kind] = sorted(kept, key=lambda index: str(index["IndexName"]))
    if described.get("StreamSpecification", {}).get("StreamEnabled"):
        schema["StreamSpecification"] = {"StreamViewType": described["StreamSpecification"]["StreamViewType"]}
    return schema


def function_configuration(found: Mapping[str, Any], file: str = "capture", place: str = "") -> dict[str, Any]:
    """The parts of a GetFunctionConfiguration answer that a clone needs, as a manifest carries them.

    What is Lambda's default is left out where a manifest leaves it out. Raises InputError, with every reason, for a
    function whose clone would silently be another one; `file` and the JSON pointer `place` say where the answer stands.
    """
    if problems := list(_function_problems(found, file, place)):
        raise InputError(problems)
    configuration: dict[str, Any] = {
        "Runtime": found["Runtime"],
        "Handler": found["Handler"],
        "MemorySize": found["MemorySize"],
        "Timeout": found["Timeout"],
        "Environment": dict(found.get("Environment", {}).get("Variables", {})),
    }
    architectures = list(found.get("Architectures") or [DEFAULT_ARCHITECTURE])
    if architectures != [DEFAULT_ARCHITECTURE]:
        configuration["Architectures"] = architectures
    storage_mb = int(found.get("EphemeralStorage", {}).get("Size", DEFAULT_STORAGE_MB))
    if storage_mb != DEFAULT_STORAGE_MB:
        configuration["EphemeralStorage"] = {"Size": storage_mb}
    vpc = found.get("VpcConfig") or {}
    if vpc.get("SubnetIds"):
        configuration["VpcConfig"] = {kind: sorted(vpc.get(kind, ())) for kind in ("SubnetIds", "SecurityGroupIds")}
    return configuration


def code_sha256(package: bytes) -> str:
    """A deployment package's digest as Lambda tells it, in `CodeSha256`: SHA-256 in base64."""
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def _function_problems(found: Mapping[str, Any], file: str, place: str) -> Iterator[InputProblem]:
    """Why this function cannot be cloned.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    """
    name = found.get("FunctionName", "the function")
    if (kind := found.get("PackageType", "Zip")) != "Zip":
        message = f"{name} is a function of package type {kind}: only zip packages can be cloned"
        yield InputProblem(file, 0, f"{place}/PackageType", message, "leave it out of the capture")
    if error := found.get("Environment", {}).get("Error"):
        told = ": ".join(str(error[part]) for part in ("ErrorCode", "Message") if part in error)
        message = f"Lambda would not show the environment of {name}: {told}"
        yield InputProblem(file, 0, f"{place}/Environment/Error", message, "let the capture use the environment's key")
    if layers := [str(layer.get("Arn", layer)) for layer in found.get("Layers") or ()]:
        message = f"{name} uses layers, which are not captured: {', '.join(layers)}"
        yield InputProblem(file, 0, f"{place}/Layers", message, "put what they hold into the function's package")
    if found.get("FileSystemConfigs"):
        message = f"{name} mounts a file system, which is not captured"
        yield InputProblem(file, 0, f"{place}/FileSystemConfigs", message, "leave it out of the capture")
