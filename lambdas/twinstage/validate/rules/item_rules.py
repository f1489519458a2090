"""Kind `items`: what every item of a table keeps to, or what its items come to together."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.validate.rules.rule import Rule
from twinstage.world.memory.dynamodb.expressions import Placeholders, UsedPlaceholders, parse_condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.item_invariant import Items
    from twinstage.validate.moment import Moment
    from twinstage.world.memory.dynamodb import Table
    from twinstage.world.memory.dynamodb.expressions import Condition

LONGEST = 200  # characters of an item that are shown


class ItemsRule(Rule):
    """Looks at one table, and at the one its items refer to. The name that it is asked of is the table's.

    Raises DynamoRefused for an expression that DynamoDB would refuse.
    """

    def __init__(self, items: Items | None) -> None:
        if items is None:
            raise ValueError("an invariant of kind items says what its items keep to")
        self._asks = items
        placeholders = Placeholders(items.names, items.values)
        used = UsedPlaceholders(placeholders)
        self._where = _parsed(items.where, placeholders, used)
        self._condition = _parsed(items.condition, placeholders, used)
        used.refuse_unused()

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table that is looked at."""
        return self._asks.tables

    def wrong(self, name: str, now: Moment) -> str | None:
        """What is wrong with the table at any moment."""
        return None if self._asks.at_end else self._found(now)

    def unmet(self, name: str, now: Moment) -> str | None:
        """What is wrong with it when it is over."""
        return self._found(now) if self._asks.at_end else None

    def remember(self, name: str, now: Moment, earlier: Any = None) -> Table | None:
        """The table, where it is compared with what comes next."""
        return now.tables.get(self._asks.table) if self._asks.never_decreases else None

    def moved(self, name: str, earlier: Table | None, now: Moment) -> str | None:
        """The first item whose number went back."""
        table, attribute = now.tables.get(self._asks.table), self._asks.never_decreases
        if table is None or earlier is None or attribute is None or table is earlier:
            return None
        for place, old in earlier.items.items():
            new = table.items.get(place)
            if new is None or new is old or not (self._looked_at(old.item) or self._looked_at(new.item)):
                continue
            was, is_ = _number(old.item, attribute), _number(new.item, attribute)
            if was is not None and (is_ is None or is_ < was):
                return f"{attribute} of {self._shown(table, new.item)} went from {was} to {'nothing' if is_ is None else is_}"
        return None

    def applies(self, name: str, now: Moment) -> bool:
        """Where the table is there, and, unless it is counted, has an item that is looked at."""
        table = now.tables.get(self._asks.table)
        return table is not None and (self._asks.count or any(True for _ in self._items(table)))

    def _found(self, now: Moment) -> str | None:
        asks, table = self._asks, now.tables.get(self._asks.table)
        if table is None:
            return f"there is no table {asks.table}"
        if asks.refers_to is not None:
            return self._dangling(table, *asks.refers_to, now)
        if asks.count:
            return self._limited(Decimal(sum(1 for _ in self._items(table))), "items")
        if asks.sum_of is not None:
            numbers = (_number(item, asks.sum_of) for item in self._items(table))
            return self._limited(
                sum((each for each in numbers if each is not None), Decimal(0)), f"{asks.sum_of} in all"
            )
        if self._condition is None:
            return None
        wrong = next((item for item in self._items(table) if not self._condition.holds(item)), None)
        return None if wrong is None else f"{self._shown(table, wrong)}: {asks.condition} does not hold: {_text(wrong)}"

    def _limited(self, number: Decimal, what: str) -> str | None:
        wrong, where = self._asks.limits.wrong(number), f" where {self._asks.where}" if self._asks.where else ""
        return f"{self._asks.table} has {number} {what}{where}, {wrong}" if wrong else None

    def _dangling(self, table: Table, attribute: str, other_name: str, now: Moment) -> str | None:
        other = now.tables.get(other_name)
        if other is None:
            return f"there is no table {other_name}"
        key = other.definition.schema.names[0]
        there = {_key_text(stored.item.get(key)) for stored in other.items.values()}
        for item in self._items(table):
            value = item.get(attribute)
            if value is not None and _key_text(value) not in there:
                return f"{attribute} of {self._shown(table, item)} is {_text(value)}, of which {other_name} has no item"
        return None

    def _items(self, table: Table) -> Iterator[Mapping[str, Any]]:
        return (stored.item for stored in table.items.values() if self._looked_at(stored.item))

    def _shown(self, table: Table, item: Mapping[str, Any]) -> str:
        """An item by its table and key."""
        key = (next(iter(item[name].values())) for name in table.definition.schema.names)
        return f"{self._asks.table} {', '.join(map(str, key))}"

    def _looked_at(self, item: Mapping[str, Any]) -> bool:
        return self._where is None or self._where.holds(item)


def _parsed(text: str | None, placeholders: Placeholders, used: UsedPlaceholders) -> Condition | None:
    return None if text is None else parse_condition(text, placeholders, used)


def _number(item: Mapping[str, Any], attribute: str) -> Decimal | None:
    value = item.get(attribute, {})
    return Decimal(value["N"]) if "N" in value else None


def _key_text(value: Any) -> str:
    return repr(sorted((value or {}).items()))


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
