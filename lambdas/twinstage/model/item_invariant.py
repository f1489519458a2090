"""What an invariant of kind `items` asks of a table: a condition on every item, or what its items come to together."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Limits:
    """What a number must be: exactly, or at least and at most (None: no limit)."""

    equals: Decimal | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def wrong(self, number: Decimal) -> str | None:
        """What a number is not, in words."""
        if self.equals is not None and number != self.equals:
            return f"not {self.equals}"
        if self.at_least is not None and number < self.at_least:
            return f"not at least {self.at_least}"
        return f"not at most {self.at_most}" if self.at_most is not None and number > self.at_most else None


@dataclass(frozen=True)
class Items:
    """Exactly one of `condition`, `never_decreases`, `refers_to`, `count` and `sum_of` is set.

    `condition` and `where` are DynamoDB condition expressions, `placeholders` what `#name` and `:value` stand for in them; only items for which
    `where` holds are looked at. `never_decreases` names a number that every item keeps or raises as long as it is there. `refers_to` is (attribute,
    table): an item of that table has the attribute's value as its partition key. `sum_of` is an attribute, whose sum keeps to `limits`, as the number
    of items does where `count`. `at_end`: asked when it is over, else at every moment.
    """

    table: str
    condition: str | None = None
    never_decreases: str | None = None
    refers_to: tuple[str, str] | None = None
    count: bool = False
    sum_of: str | None = None
    limits: Limits = Limits()
    where: str | None = None
    placeholders: Mapping[str, Any] = field(default_factory=dict)
    at_end: bool = False

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table that is looked at."""
        return (self.table, self.refers_to[1]) if self.refers_to else (self.table,)

    @property
    def names(self) -> dict[str, str] | None:
        """The placeholders of names, as DynamoDB takes them."""
        return {name: text for name, text in self.placeholders.items() if name.startswith("#")} or None

    @property
    def values(self) -> dict[str, Any] | None:
        """The placeholders of values, as DynamoDB takes them."""
        return {name: value for name, value in self.placeholders.items() if not name.startswith("#")} or None


def items_of(entry: Mapping[str, Any]) -> Items:
    """What a valid entry of kind `items` asks."""
    refers, count, total = entry.get("refers_to"), entry.get("count"), entry.get("sum")
    return Items(
        table=entry["table"],
        condition=entry.get("condition"),
        never_decreases=entry.get("never_decreases"),
        refers_to=(refers["attribute"], refers["table"]) if refers else None,
        count=count is not None,
        sum_of=total["attribute"] if total else None,
        limits=_limits(count or total or {}),
        where=entry.get("where"),
        placeholders=entry.get("placeholders", {}),
        at_end=entry.get("at_end", False),
    )


def _limits(given: Mapping[str, Any]) -> Limits:
    return Limits(**{name: Decimal(str(given[name])) for name in ("equals", "at_least", "at_most") if name in given})
