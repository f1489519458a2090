"""DynamoDB and its streams.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.local.gate.call import Call, Check, UnmappedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.local.gate.call import Asked

_TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_ON_NOTHING = ("ListTables", "ListStreams", "ListExports", "ListImports", "DescribeLimits", "DescribeEndpoints")


def dynamodb(asked: Asked) -> Call:
    """Every table of a batch or a transaction is checked; PartiQL is not mapped."""
    operation = asked.operation.removeprefix("Streams.")
    return Call(operation, tuple(dict.fromkeys(_checks(asked, operation))))


def _checks(asked: Asked, operation: str) -> Iterator[Check]:
    given, action = asked.parameters, f"dynamodb:{operation}"
    if asked.operation.startswith("Streams."):
        yield Check(action, _stream(asked, operation))
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        yield from (Check(action, _table(asked, name)) for name in given["RequestItems"])
    elif operation in ("TransactGetItems", "TransactWriteItems"):
        for item in given["TransactItems"]:
            for kind, request in item.items():
                yield Check(f"dynamodb:{_TRANSACTED[kind]}", _table(asked, request["TableName"]))
    elif operation == "ImportTable":
        yield Check(action, _table(asked, given["TableCreationParameters"]["TableName"]))
    elif operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        raise UnmappedError(f"dynamodb:{operation}")
    elif name := asked.text("TableName"):
        index = asked.text("IndexName")
        yield Check(action, _table(asked, name) + (f"/index/{index}" if index else ""))
    elif arn := asked.text("TableArn", "ResourceArn", "ExportArn", "ImportArn", "BackupArn"):
        yield Check(action, asked.arn(arn))
    elif operation in _ON_NOTHING:
        yield Check(action, "*")


def _table(asked: Asked, name: str) -> str:
    return asked.arn(name if name.startswith("arn:") else f"table/{name}")


def _stream(asked: Asked, operation: str) -> str:
    """A stream's ARN; that of an iterator is part of it, as `<stream ARN>|<number>|<secret>`."""
    if operation == "ListStreams":
        return "*"
    if iterator := asked.text("ShardIterator"):
        return iterator.partition("|")[0]
    return str(asked.parameters["StreamArn"])
