"""Time to live: UpdateTimeToLive, DescribeTimeToLive, and the deletion of what has expired.

An item has expired when the table's TTL attribute is a number of seconds since the epoch that lies in the past, by no more than five years. Until it
is deleted it is there: the service takes up to a few days, here it is whenever `expire` is called.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.database import Database, item_written, with_table
from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.dynamodb.table_names import described_table

if TYPE_CHECKING:
    from collections.abc import Mapping


def update_time_to_live(database: Database, request: Mapping[str, Any], now: float) -> tuple[Database, dict[str, Any]]:
    """UpdateTimeToLive. It holds at once and may be changed again at once; the service takes up to an hour, and refuses another change for half an hour."""
    table = described_table(database, request)
    specification = request["TimeToLiveSpecification"]
    name, enabled = specification["AttributeName"], specification["Enabled"]
    current = table.definition.expiry_attribute
    if current is None and not enabled:
        raise invalid("TimeToLive is already disabled")
    if current is not None and name != current:
        raise invalid(f"TimeToLive is active on a different AttributeName: current AttributeName is {current}")
    if current is not None and enabled:
        raise invalid("TimeToLive is already enabled")
    definition = replace(table.definition, expiry_attribute=name if enabled else None)
    return with_table(database, replace(table, definition=definition)), {
        "TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": name}
    }


def describe_time_to_live(
    database: Database, request: Mapping[str, Any], now: float
) -> tuple[Database, dict[str, Any]]:
    """DescribeTimeToLive."""
    name = described_table(database, request).definition.expiry_attribute
    if name is None:
        return database, {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return database, {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": name}}


def expire(database: Database, *, now: float) -> Database:
    """Answer the database without the items that have expired by `now` (seconds since the epoch).

    Their stream records name DynamoDB as the one who did it (`userIdentity`). Tables are looked at in the order of their names.
    """
    for name, table in list(database.tables.items()):
        attribute = table.definition.expiry_attribute
        if attribute is None:
            continue
        expired = [
            (place, stored)
            for place, stored in table.items.items_between()
            if has_expired(stored.item, attribute, now=now)
        ]
        for place, stored in expired:
            database, _ = item_written(database, database.tables[name], place, stored, None, now=now, by_service=True)
    return database


def has_expired(item: Mapping[str, Any], attribute: str, *, now: float) -> bool:
    """Say whether an item's TTL attribute says that its time is over."""
    value = item.get(attribute)
    if value is None or "N" not in value:
        return False
    at = Decimal(value["N"])
    return now - LIMITS.expiry_oldest_seconds <= at < now
