"""Operations on a table's settings: tags, point-in-time recovery; and on the account's: limits, endpoints.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.database import Database, with_table
from twinstage.world.memory.dynamodb.describe import moment
from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.dynamodb.table_names import name_in
from twinstage.world.memory.dynamodb.table_requests import bad_parameter
from twinstage.world.memory.dynamodb.tags import tags_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.table import Table

_DAY = 86400


def tag_resource(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """TagResource: a tag that is there already is given its new value."""
    table = _tagged(database, request)
    if not request["Tags"]:
        raise invalid("Atleast one Tag needs to be provided as Input.")
    return _with_tags(database, table, tags_from(request["Tags"], table.definition.tags)), {}


def untag_resource(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """UntagResource: a key that is not there is ignored."""
    table = _tagged(database, request)
    if not request["TagKeys"]:
        raise invalid("Atleast one Tag Key needs to be provided as Input.")
    gone = set(request["TagKeys"])
    return _with_tags(
        database, table, {key: value for key, value in table.definition.tags.items() if key not in gone}
    ), {}


def list_tags_of_resource(
    database: Database, request: Mapping[str, Any], now: float
) -> tuple[Database, dict[str, Any]]:
    """ListTagsOfResource, all on one page."""
    tags = _tagged(database, request).definition.tags
    return database, {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def update_continuous_backups(
    database: Database, request: Mapping[str, Any], now: float
) -> tuple[Database, dict[str, Any]]:
    """UpdateContinuousBackups."""
    table = _backed_up(database, request)
    specification = request["PointInTimeRecoverySpecification"]
    enabled = specification["PointInTimeRecoveryEnabled"]
    if not enabled and "RecoveryPeriodInDays" in specification:
        raise invalid("Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.")
    since = table.definition.recovery_since
    definition = replace(
        table.definition,
        recovery_since=(now if since is None else since) if enabled else None,
        recovery_days=specification.get("RecoveryPeriodInDays", table.definition.recovery_days),
    )
    table = replace(table, definition=definition)
    return with_table(database, table), _continuous_backups(table, now)


def describe_continuous_backups(
    database: Database, request: Mapping[str, Any], now: float
) -> tuple[Database, dict[str, Any]]:
    """DescribeContinuousBackups."""
    return database, _continuous_backups(_backed_up(database, request), now)


def describe_limits(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """DescribeLimits."""
    return database, {
        "AccountMaxReadCapacityUnits": LIMITS.account_read_units,
        "AccountMaxWriteCapacityUnits": LIMITS.account_write_units,
        "TableMaxReadCapacityUnits": LIMITS.table_read_units,
        "TableMaxWriteCapacityUnits": LIMITS.table_write_units,
    }


def describe_endpoints(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """DescribeEndpoints."""
    return database, {
        "Endpoints": [{"Address": f"dynamodb.{database.region}.amazonaws.com", "CachePeriodInMinutes": 1440}]
    }


def _tagged(database: Database, request: Mapping[str, Any]) -> Table:
    arn = request["ResourceArn"]
    prefix = database.table_arn("")
    if not arn.startswith("arn:"):
        raise bad_parameter(f"ARNs must start with 'arn:': {arn}")
    if not arn.startswith(prefix):
        raise invalid(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    table: Table | None = database.tables.get(arn[len(prefix) :])
    if table is None:
        raise DynamoRefused("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found")
    return table


def _with_tags(database: Database, table: Table, tags: Mapping[str, str]) -> Database:
    return with_table(database, replace(table, definition=replace(table.definition, tags=tags)))


def _backed_up(database: Database, request: Mapping[str, Any]) -> Table:
    name = name_in(database, request["TableName"])
    table: Table | None = database.tables.get(name)
    if table is None:
        raise DynamoRefused("TableNotFoundException", f"Table not found: {name}")
    return table


def _continuous_backups(table: Table, now: float) -> dict[str, Any]:
    definition = table.definition
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    if definition.recovery_since is not None:
        recovery = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": definition.recovery_days,
            "EarliestRestorableDateTime": moment(max(definition.recovery_since, now - definition.recovery_days * _DAY)),
            "LatestRestorableDateTime": moment(now),
        }
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": recovery,
        }
    }
