"""DynamoDB's quotas, as dated data beside this module (`limits.json`), never as constants in code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class DynamoLimits:
    """What DynamoDB allows: where that was read, on which day (ISO 8601), and each quota in the unit its name ends with."""

    sources: tuple[str, ...]
    read_on: str
    item_bytes: int
    partition_key_bytes: int
    sort_key_bytes: int
    page_bytes: int
    batch_get_items: int
    batch_get_bytes: int
    batch_write_items: int
    transaction_items: int
    transaction_bytes: int
    idempotency_seconds: int
    global_indexes_per_table: int
    local_indexes_per_table: int
    projected_attributes_per_table: int
    key_attributes_per_role: int
    tables_per_region: int
    tags_per_table: int
    read_unit_bytes: int
    write_unit_bytes: int
    account_read_units: int
    account_write_units: int
    table_read_units: int
    table_write_units: int
    stream_retention_seconds: int
    stream_page_records: int
    stream_page_bytes: int
    shard_iterator_seconds: int
    expiry_oldest_seconds: int


def _published() -> DynamoLimits:
    read = json.loads(files("twinstage.world.memory.dynamodb").joinpath("limits.json").read_text("utf-8"))
    return DynamoLimits(**{**read, "sources": tuple(read["sources"])})


LIMITS = _published()
"""The quotas that AWS publishes for an account without increases."""
