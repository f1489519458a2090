"""Capacity units, as AWS counts them.

A write takes one unit a KiB begun of the larger of the item before and after; in an index one for each entry put, replaced or taken away, so two for
an entry that moves. A read takes one unit for 4 KiB begun of all it read, half of one where it is eventually consistent. A transaction takes twice.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.world.memory.dynamodb.definition import IndexDefinition
    from twinstage.world.memory.dynamodb.table import IndexChange


@dataclass
class Capacity:
    """What a request has consumed of one table so far. Only a running sum inside one call: never kept."""

    table_name: str
    table: float = 0.0
    local_indexes: dict[str, float] = field(default_factory=dict)
    global_indexes: dict[str, float] = field(default_factory=dict)

    def add_write(
        self, old_size: int | None, new_size: int | None, changes: Iterable[IndexChange], *, times: int = 1
    ) -> None:
        """Count one write: the sizes of the item before and after, None for none, and what it did to the indexes."""
        self.table += times * write_units(max(old_size or 0, new_size or 0))
        for change in changes:
            if change.moved:
                units = write_units(change.removed or 0) + write_units(change.put or 0)
            else:
                units = write_units(max(change.removed or 0, change.put or 0))
            self._add_to_index(change.definition, float(times * units))

    def add_read(self, size: int, *, consistent: bool, index: IndexDefinition | None = None) -> None:
        """Count a read of so many bytes from the table or one of its indexes."""
        units = read_units(size) * (1.0 if consistent else 0.5)
        if index is None:
            self.table += units
        else:
            self._add_to_index(index, units)

    def described(self, detail: str | None, *, role: str | None = None) -> dict[str, Any]:
        """Answer the `ConsumedCapacity` for `ReturnConsumedCapacity` TOTAL or INDEXES.

        `role`, Read or Write, says in a transaction's answer which kind of units they were as well.
        """
        total = self.table + sum(self.local_indexes.values()) + sum(self.global_indexes.values())
        answer: dict[str, Any] = {"TableName": self.table_name, **_units(total, role)}
        if detail == "INDEXES":
            answer["Table"] = _units(self.table, role)
            for member, indexes in (
                ("LocalSecondaryIndexes", self.local_indexes),
                ("GlobalSecondaryIndexes", self.global_indexes),
            ):
                if indexes:
                    answer[member] = {name: _units(units, role) for name, units in indexes.items()}
        return answer

    def _add_to_index(self, index: IndexDefinition, units: float) -> None:
        indexes = self.global_indexes if index.is_global else self.local_indexes
        indexes[index.name] = indexes.get(index.name, 0.0) + units


def wanted(detail: str | None) -> bool:
    """Say whether a request's `ReturnConsumedCapacity` asks for an answer."""
    return detail is not None and detail != "NONE"


def write_units(size: int) -> int:
    """Answer the units of writing an item of `size` bytes; at least one."""
    return max(1, -(-size // LIMITS.write_unit_bytes))


def read_units(size: int) -> int:
    """Answer the units of reading `size` bytes with strong consistency; at least one."""
    return max(1, -(-size // LIMITS.read_unit_bytes))


def _units(units: float, role: str | None) -> dict[str, float]:
    return {"CapacityUnits": units, f"{role}CapacityUnits": units} if role else {"CapacityUnits": units}
