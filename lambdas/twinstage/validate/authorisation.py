"""Which IAM action on which resource a recorded call needs, as far as zones, tables and functions go.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html, list_amazonroute53.html and list_awslambda.html beside it, and for transactions
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html and ql-iam.html beside it (PartiQL)
"""

from __future__ import annotations

import re
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
# Where the statements of PartiQL stand in a request, and what each asks for by its first word.
_STATEMENTS: Final = {"BatchExecuteStatement": "Statements", "ExecuteTransaction": "TransactStatements"}
_WORDS: Final = {
    "select": "PartiQLSelect",
    "exists": "PartiQLSelect",
    "insert": "PartiQLInsert",
    "update": "PartiQLUpdate",
    "delete": "PartiQLDelete",
}
# Its first word, and the table and index that it names: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
_STATEMENT: Final = re.compile(
    r"""\s*(?:(update)|(select|exists|insert|delete)\b.*?\b(?:from|into))\s+(?:"([^"]+)"|([\w.-]+?))(?:\s*\.\s*"([^"]+)")?(?=\s|\)|;|$)""",
    re.IGNORECASE | re.DOTALL,
)
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
        yield f"route53:{operation}", _of_names(operation, given)
    elif service == "lambda" and "FunctionName" in given:
        name = str(given["FunctionName"]).rpartition(":function:")[2]
        qualifier = f":{given['Qualifier']}" if given.get("Qualifier") else ""
        yield f"lambda:{_RENAMED.get(operation, operation)}", f"arn:aws:lambda:{_WHERE}:function:{name}{qualifier}"


def _of_names(operation: str, given: Mapping[str, Any]) -> str:
    """The ARN of what a call of Route 53 is about; `*` where it is about none."""
    id_ = str(given.get("Id", "")).rpartition("/")[2]
    if zone := given.get("HostedZoneId") or (id_ if "HostedZone" in operation else ""):
        return f"arn:aws:route53:::hostedzone/{str(zone).rpartition('/')[2]}"
    if operation == "GetChange" and id_:
        return f"arn:aws:route53:::change/{id_}"
    if check := given.get("HealthCheckId"):
        return f"arn:aws:route53:::healthcheck/{check}"
    return "*"


def _of_tables(operation: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation in ("BatchGetItem", "BatchWriteItem"):
        for table in sorted(given.get("RequestItems") or {}):
            yield f"dynamodb:{operation}", _table(table)
    elif operation in ("TransactGetItems", "TransactWriteItems"):
        for item in given.get("TransactItems") or ():
            for kind, request in item.items():
                yield f"dynamodb:{_TRANSACTED[kind]}", _table(request["TableName"])
    elif operation == "ExecuteStatement" or operation in _STATEMENTS:
        for each in given.get(_STATEMENTS[operation]) or () if operation in _STATEMENTS else (given,):
            yield from _stated(str(each.get("Statement", "")))
    elif "TableName" in given:
        index = f"/index/{given['IndexName']}" if given.get("IndexName") else ""
        yield f"dynamodb:{operation}", _table(given["TableName"]) + index
    else:
        yield f"dynamodb:{operation}", "*"


def _stated(statement: str) -> Iterator[tuple[str, str]]:
    """What a statement of PartiQL asks for; nothing for what is none: DynamoDB refuses it."""
    if found := _STATEMENT.match(statement):
        update, other, quoted, plain, index = found.groups()
        yield (
            f"dynamodb:{_WORDS[(update or other).lower()]}",
            _table(quoted or plain) + (f"/index/{index}" if index else ""),
        )


def _table(name: Any) -> str:
    return f"arn:aws:dynamodb:{_WHERE}:table/{str(name).rpartition('table/')[2]}"
