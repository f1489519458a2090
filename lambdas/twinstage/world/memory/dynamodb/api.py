"""The door to the exact DynamoDB: one function over an immutable database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.world.memory.dynamodb import (
    batch,
    expiry,
    items,
    query,
    scan,
    settings_operations,
    stream_operations,
    table_operations,
    transactions,
    update_table,
)
from twinstage.world.memory.dynamodb.errors import Unsupported
from twinstage.world.memory.dynamodb.request_shape import check_shape
from twinstage.world.memory.dynamodb.table_settings import KEPT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.world.memory.dynamodb.database import Database


class _Operation(NamedTuple):
    """How an operation is carried out, and the members of its request that it looks at."""

    carry_out: Callable[[Database, Mapping[str, Any], float], tuple[Database, dict[str, Any]]]
    members: frozenset[str]


def _operation(carry_out: Any, *members: str) -> _Operation:
    return _Operation(carry_out, frozenset(members))


_PLACEHOLDERS = ("ExpressionAttributeNames", "ExpressionAttributeValues")
_WRITE = (
    "TableName",
    "ReturnValues",
    "ReturnConsumedCapacity",
    "ReturnItemCollectionMetrics",
    "ReturnValuesOnConditionCheckFailure",
    "ConditionExpression",
    *_PLACEHOLDERS,
)

_READ = (
    "TableName",
    "IndexName",
    "Select",
    "Limit",
    "ConsistentRead",
    "ExclusiveStartKey",
    "ReturnConsumedCapacity",
    "FilterExpression",
    "ProjectionExpression",
    *_PLACEHOLDERS,
)

_OPERATIONS: Mapping[str, _Operation] = {
    "CreateTable": _operation(
        table_operations.create_table,
        "TableName",
        "AttributeDefinitions",
        "KeySchema",
        "LocalSecondaryIndexes",
        "GlobalSecondaryIndexes",
        "BillingMode",
        "ProvisionedThroughput",
        "StreamSpecification",
        "Tags",
        *KEPT_SETTINGS,
    ),
    "UpdateTable": _operation(
        update_table.update_table,
        "TableName",
        "AttributeDefinitions",
        "BillingMode",
        "ProvisionedThroughput",
        "GlobalSecondaryIndexUpdates",
        "StreamSpecification",
        *KEPT_SETTINGS,
    ),
    "DescribeTable": _operation(table_operations.describe_table, "TableName"),
    "DeleteTable": _operation(table_operations.delete_table, "TableName"),
    "ListTables": _operation(table_operations.list_tables, "Limit", "ExclusiveStartTableName"),
    "GetItem": _operation(
        items.get_item,
        "TableName",
        "Key",
        "ConsistentRead",
        "ReturnConsumedCapacity",
        "ProjectionExpression",
        "ExpressionAttributeNames",
    ),
    "PutItem": _operation(items.put_item, "Item", *_WRITE),
    "DeleteItem": _operation(items.delete_item, "Key", *_WRITE),
    "UpdateItem": _operation(items.update_item, "Key", "UpdateExpression", *_WRITE),
    "Query": _operation(query.query, "KeyConditionExpression", "ScanIndexForward", *_READ),
    "Scan": _operation(scan.scan, "Segment", "TotalSegments", *_READ),
    "BatchGetItem": _operation(batch.batch_get_item, "RequestItems", "ReturnConsumedCapacity"),
    "BatchWriteItem": _operation(
        batch.batch_write_item, "RequestItems", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"
    ),
    "TransactGetItems": _operation(transactions.transact_get_items, "TransactItems", "ReturnConsumedCapacity"),
    "TransactWriteItems": _operation(
        transactions.transact_write_items,
        "TransactItems",
        "ReturnConsumedCapacity",
        "ReturnItemCollectionMetrics",
        "ClientRequestToken",
    ),
    "UpdateTimeToLive": _operation(expiry.update_time_to_live, "TableName", "TimeToLiveSpecification"),
    "DescribeTimeToLive": _operation(expiry.describe_time_to_live, "TableName"),
    "UpdateContinuousBackups": _operation(
        settings_operations.update_continuous_backups, "TableName", "PointInTimeRecoverySpecification"
    ),
    "DescribeContinuousBackups": _operation(settings_operations.describe_continuous_backups, "TableName"),
    "TagResource": _operation(settings_operations.tag_resource, "ResourceArn", "Tags"),
    "UntagResource": _operation(settings_operations.untag_resource, "ResourceArn", "TagKeys"),
    "ListTagsOfResource": _operation(settings_operations.list_tags_of_resource, "ResourceArn", "NextToken"),
    "DescribeLimits": _operation(settings_operations.describe_limits),
    "DescribeEndpoints": _operation(settings_operations.describe_endpoints),
    "ListStreams": _operation(stream_operations.list_streams, "TableName", "Limit", "ExclusiveStartStreamArn"),
    "DescribeStream": _operation(stream_operations.describe_stream, "StreamArn", "Limit", "ExclusiveStartShardId"),
    "GetShardIterator": _operation(
        stream_operations.get_shard_iterator, "StreamArn", "ShardId", "ShardIteratorType", "SequenceNumber"
    ),
    "GetRecords": _operation(stream_operations.get_records, "ShardIterator", "Limit"),
}

OPERATIONS = frozenset(_OPERATIONS)
"""The operations, of the services dynamodb and dynamodbstreams, that `execute` carries out."""


def execute(
    database: Database, operation: str, request: Mapping[str, Any], *, now: float
) -> tuple[Database, dict[str, Any]]:
    """Answer the database after an operation, and the operation's response in the boto3 client's form, fresh for the caller to change.

    `now` is in seconds since the epoch. The request is not changed and not kept. Raises `DynamoRefused` with the service's code and
    message, and `Unsupported` for an operation or a parameter that is not there; the given database is good in either case.
    """
    found = _OPERATIONS.get(operation)
    if found is None:
        raise Unsupported(operation)
    check_shape(operation, request, found.members)
    return found.carry_out(database, request, now)
