"""Which IAM action on which resource a recorded call needs, as far as zones, tables and functions go.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html, list_amazonroute53.html and list_awslambda.html beside it, and for transactions
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TRANSACTED: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
# Whose action goes by another name than the operation.
_RENAMED: Final = {"Invoke": "InvokeFunction"}
# Any region and account stand in a grant's patterns.
_WHERE: Final = "region:account"


def needed(call: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(action, ARN) of everything that a call asks IAM for; nothing for services beyond these."""
    service, operation, given = call["service"], call["operation"], call["parameters"]
    if not isinstance(given, dict):
        return
    if service == "dynamodb":
        yield from _of_tables(operation, given)
    elif service == "route53":
        zone = given.get("HostedZoneId") or (given.get("Id") if "HostedZone" in operation else None)
        arn = f"arn:aws:route53:::hostedzone/{str(zone).rpartition('/')[2]}" if zone else "*"
        yield f"route53:{operation}", arn
    elif service == "lambda" and "FunctionName" in given:
        name = str(given["FunctionName"]).rpartition(":function:")[2]
        yield f"lambda:{_RENAMED.get(operation, operation)}", f"arn:aws:lambda:{_WHERE}:function:{name}"


def _of_tables(operation: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation in ("BatchGetItem", "BatchWriteItem"):
        for table in sorted(given.get("RequestItems") or {}):
            yield f"dynamodb:{operation}", _table(table)
    elif operation in ("TransactGetItems", "TransactWriteItems"):
        for item in given.get("TransactItems") or ():
            for kind, request in item.items():
                yield f"dynamodb:{_TRANSACTED[kind]}", _table(request["TableName"])
    elif "TableName" in given:
        index = f"/index/{given['IndexName']}" if given.get("IndexName") else ""
        yield f"dynamodb:{operation}", _table(given["TableName"]) + index
    else:
        yield f"dynamodb:{operation}", "*"


def _table(name: Any) -> str:
    return f"arn:aws:dynamodb:{_WHERE}:table/{str(name).rpartition('table/')[2]}"
