"""What a table is, apart from its items: its keys, indexes and settings, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.keys import KeySchema


@dataclass(frozen=True)
class Throughput:
    """Provisioned capacity units, and when it was last raised and lowered (seconds since the epoch; None for never)."""

    read: int
    write: int
    raised: float | None = None
    lowered: float | None = None


@dataclass(frozen=True)
class IndexDefinition:
    """A secondary index. `projection` is ALL, KEYS_ONLY or INCLUDE; `included` are the attributes that INCLUDE names.

    `settings` are the members that are only described again: `OnDemandThroughput`.
    """

    name: str
    schema: KeySchema
    projection: str
    included: tuple[str, ...]
    is_global: bool
    table_schema: KeySchema
    throughput: Throughput | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    key_names: tuple[str, ...] = field(init=False)
    projected: frozenset[str] | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key_names", tuple(dict.fromkeys((*self.table_schema.names, *self.schema.names))))
        projected = None if self.projection == "ALL" else frozenset((*self.key_names, *self.included))
        object.__setattr__(self, "projected", projected)


@dataclass(frozen=True)
class StreamSettings:
    """The newest stream of a table: what its records show, its ARN, its label (the time it began), and whether it still records."""

    view: str
    arn: str
    label: str
    enabled: bool


@dataclass(frozen=True)
class TableDefinition:
    """A table without its items and indexes.

    `settings` holds the members that are kept as they were given and described again: `SSESpecification`, `TableClass`,
    `OnDemandThroughput`, `DeletionProtectionEnabled`. `expiry_attribute` is the attribute of TTL, None while that is off.
    Times are seconds since the epoch.
    """

    name: str
    arn: str
    table_id: str
    created: float
    schema: KeySchema
    attribute_types: Mapping[str, str]
    billing_mode: str
    throughput: Throughput
    on_demand_since: float | None = None
    stream: StreamSettings | None = None
    expiry_attribute: str | None = None
    recovery_since: float | None = None
    recovery_days: int = 35
    tags: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def protected(self) -> bool:
        """Whether the table refuses to be deleted."""
        return bool(self.settings.get("DeletionProtectionEnabled"))
