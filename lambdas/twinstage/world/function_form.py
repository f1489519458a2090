"""What a snapshot keeps of the API's answers about a function, whether they came from AWS or out of a dump.

What is Lambda's default is left out, so that there is one form of each function.
Source: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.manifest import DEFAULT_ARCHITECTURE, DEFAULT_STORAGE_MB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_EVENT_SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


def function_configuration(found: Mapping[str, Any], file: str = "capture", place: str = "") -> dict[str, Any]:
    """A GetFunctionConfiguration answer as a manifest carries it.

    Raises InputError, with every reason, for a function whose clone would silently be another one; `file` and the JSON
    pointer `place` say where the answer stands.
    """
    if problems := list(_problems(found, file, place)):
        raise InputError(problems)
    return {
        "Runtime": found["Runtime"],
        "Handler": found["Handler"],
        "MemorySize": int(found["MemorySize"]),
        "Timeout": int(found["Timeout"]),
        "Environment": dict((found.get("Environment") or {}).get("Variables") or {}),
        **dict(_beyond_defaults(found)),
    }


def function_settings(
    *,
    reserved: int | None = None,
    provisioned: Iterable[Mapping[str, Any]] = (),
    event_invoke: Iterable[Mapping[str, Any]] = (),
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What belongs to the function as a whole and not to a version of it, to stand in its configuration.

    `reserved` is GetFunctionConcurrency's, `provisioned` ListProvisionedConcurrencyConfigs', `event_invoke`
    ListFunctionEventInvokeConfigs' list.
    """
    configured = [
        {"Qualifier": _qualifier(entry["FunctionArn"]), "ProvisionedConcurrentExecutions": int(wanted)}
        for entry in provisioned
        if (wanted := entry.get("RequestedProvisionedConcurrentExecutions")) is not None
    ]
    invoked = [_event_invoke(entry) for entry in event_invoke]
    return {
        **({"ReservedConcurrentExecutions": int(reserved)} if reserved is not None else {}),
        **({"ProvisionedConcurrency": sorted(configured, key=_by_qualifier)} if configured else {}),
        **({"EventInvokeConfigs": sorted(invoked, key=_by_qualifier)} if invoked else {}),
        **({"Tags": dict(sorted(tags.items()))} if tags else {}),
    }


def function_alias(found: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of ListAliases as a manifest carries it."""
    weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return {
        "Name": found["Name"],
        "FunctionVersion": found["FunctionVersion"],
        **({"Description": found["Description"]} if found.get("Description") else {}),
        **(
            {"RoutingConfig": {"AdditionalVersionWeights": {v: float(weights[v]) for v in sorted(weights)}}}
            if weights
            else {}
        ),
    }


def code_sha256(package: bytes) -> str:
    """A deployment package's digest as Lambda tells it, in `CodeSha256`: SHA-256 in base64."""
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def _beyond_defaults(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    architectures = list(found.get("Architectures") or [DEFAULT_ARCHITECTURE])
    if architectures != [DEFAULT_ARCHITECTURE]:
        yield "Architectures", architectures
    storage_mb = int((found.get("EphemeralStorage") or {}).get("Size") or DEFAULT_STORAGE_MB)
    if storage_mb != DEFAULT_STORAGE_MB:
        yield "EphemeralStorage", {"Size": storage_mb}
    vpc = found.get("VpcConfig") or {}
    if vpc.get("SubnetIds"):
        yield "VpcConfig", {kind: sorted(vpc.get(kind) or ()) for kind in ("SubnetIds", "SecurityGroupIds")}
    for name in ("Description", "KMSKeyArn"):
        if found.get(name):
            yield name, found[name]
    if (found.get("TracingConfig") or {}).get("Mode", "PassThrough") != "PassThrough":
        yield "TracingConfig", {"Mode": found["TracingConfig"]["Mode"]}
    if target := (found.get("DeadLetterConfig") or {}).get("TargetArn"):
        yield "DeadLetterConfig", {"TargetArn": target}
    if (found.get("SnapStart") or {}).get("ApplyOn", "None") != "None":
        yield "SnapStart", {"ApplyOn": found["SnapStart"]["ApplyOn"]}
    if logging := _logging(found):
        yield "LoggingConfig", logging


def _logging(found: Mapping[str, Any]) -> dict[str, Any]:
    """How a function logs, where that is not as plain text into the group of its own name."""
    told = found.get("LoggingConfig") or {}
    defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{found.get('FunctionName')}"}
    names = ("LogFormat", "ApplicationLogLevel", "SystemLogLevel", "LogGroup")
    return {name: told[name] for name in names if told.get(name) and told[name] != defaults.get(name)}


def _event_invoke(found: Mapping[str, Any]) -> dict[str, Any]:
    destinations = {
        kind: {"Destination": target["Destination"]}
        for kind, target in sorted((found.get("DestinationConfig") or {}).items())
        if target and target.get("Destination")
    }
    kept = {name: found[name] for name in _EVENT_SETTINGS if found.get(name) is not None}
    kept.pop("DestinationConfig", None)
    told = {"Qualifier": _qualifier(found["FunctionArn"]), **kept}
    return told | ({"DestinationConfig": destinations} if destinations else {})


def _by_qualifier(entry: Mapping[str, Any]) -> str:
    return str(entry["Qualifier"])


def _qualifier(arn: str) -> str:
    """The version or alias at the end of `arn:aws:lambda:region:account:function:name:qualifier`."""
    parts = arn.split(":")
    return parts[7] if len(parts) > 7 else "$LATEST"  # noqa: PLR2004 the eighth part of the ARN


def _problems(found: Mapping[str, Any], file: str, place: str) -> Iterator[InputProblem]:
    """Why this function cannot be cloned.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    """
    name = found.get("FunctionName", "the function")
    if (kind := found.get("PackageType") or "Zip") != "Zip":
        message = f"{name} is a function of package type {kind}: only zip packages can be cloned"
        yield InputProblem(file, 0, f"{place}/PackageType", message, "leave it out of the capture")
    if error := (found.get("Environment") or {}).get("Error"):
        told = ": ".join(str(error[part]) for part in ("ErrorCode", "Message") if part in error)
        message = f"Lambda would not show the environment of {name}: {told}"
        yield InputProblem(file, 0, f"{place}/Environment/Error", message, "let the capture use the environment's key")
    if layers := [str(layer.get("Arn", layer)) for layer in found.get("Layers") or ()]:
        message = f"{name} uses layers, which are not captured: {', '.join(layers)}"
        yield InputProblem(file, 0, f"{place}/Layers", message, "put what they hold into the function's package")
    if found.get("FileSystemConfigs"):
        message = f"{name} mounts a file system, which is not captured"
        yield InputProblem(file, 0, f"{place}/FileSystemConfigs", message, "leave it out of the capture")
