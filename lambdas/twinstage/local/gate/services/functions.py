"""Lambda.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from twinstage.local.gate.call import Call, Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.local.gate.call import Asked

_ACTIONS = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
    "ListVersionsByFunction": "ListVersionsByFunction",
    "GetLayerVersionByArn": "GetLayerVersion",
}
_ON_NOTHING = ("GetAccountSettings", "ListFunctions", "ListLayers", "ListEventSourceMappings", "ListLayerVersions")
SERVICE = "lambda.amazonaws.com"


def functions(asked: Asked) -> Call:
    """A mapping of events takes its function's ARN as a condition key only: the action has no resource of its own."""
    operation = asked.operation
    if "EventSourceMapping" in operation and operation not in _ON_NOTHING:
        return _mapping(asked)
    action = f"lambda:{_ACTIONS.get(operation, operation)}"
    body = _body(asked) if operation in ("CreateFunction", "UpdateFunctionConfiguration") else {}
    name = body.get("FunctionName") if operation == "CreateFunction" else asked.parameters.get("FunctionName")
    if name:
        check = Check(action, _function(asked, unquote(name), asked.query.get("Qualifier", "")))
        passed = (Check("iam:PassRole", body["Role"]),) if "Role" in body else ()
        return Call(operation, (check, *passed), {"iam:passedtoservice": (SERVICE,)} if passed else {})
    return Call(operation, tuple(Check(action, resource) for resource in _others(asked)))


def _others(asked: Asked) -> Iterator[str]:
    """Layers, what is named by its ARN, and nothing in particular."""
    given = asked.parameters
    if layer := given.get("LayerName"):
        version = f":{given['VersionNumber']}" if "VersionNumber" in given else ""
        name = unquote(layer)
        yield asked.arn(name if name.startswith("arn:") else f"layer:{name}") + version
    elif resource := given.get("Resource") or given.get("ARN"):
        yield unquote(resource)
    elif asked.operation in _ON_NOTHING:
        yield "*"


def _mapping(asked: Asked) -> Call:
    body = _body(asked)
    name, source = body.get("FunctionName", ""), body.get("EventSourceArn", "")
    context = {"lambda:functionarn": (_function(asked, name),)} if name else {}
    return Call(asked.operation, (Check(f"lambda:{asked.operation}", "*"), *_reads(source)), context)


def _reads(source: str) -> tuple[Check, ...]:
    """A mapping is refused where it would read another account's source; Lambda reads it as the function's role."""
    service = source.split(":")[2] if source.count(":") >= 5 else ""  # noqa: PLR2004  an ARN's colons
    actions = {"dynamodb": "dynamodb:GetRecords", "sqs": "sqs:ReceiveMessage", "kinesis": "kinesis:GetRecords"}
    return (Check(actions[service], source),) if service in actions else ()


def _body(asked: Asked) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(asked.body or b"{}")
    return found


def _function(asked: Asked, name: str, qualifier: str = "") -> str:
    """A function's ARN from any of the forms of its name: name, `account:function:name`, ARN; each perhaps with a qualifier."""
    if not name.startswith("arn:"):
        account, colon, rest = name.partition(":function:")
        name = asked.arn(f"function:{rest if colon else name}", account=account if colon else "")
    return name + (f":{qualifier}" if qualifier and name.count(":") == 6 else "")  # noqa: PLR2004  an unqualified one's colons
