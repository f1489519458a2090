"""Kind `answers`: what a name answers is what a table's item says."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.pointers import all_at_pointer
from twinstage.validate.generations import PLACE, record_at, served, target_of
from twinstage.validate.rules.rule import Rule
from twinstage.world.memory.route53 import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.invariant import Source
    from twinstage.validate.moment import Moment
    from twinstage.world.memory.route53 import Zone


class Answers(Rule):
    """The addresses that a name answers, with their shares of the answers where weights are told, are those of the generation's item."""

    def __init__(self, form: str, source: Source | None) -> None:
        if source is None:
            raise ValueError("an invariant of kind answers names the table that says what is answered")
        self._form, self._source = form, source

    def wrong(self, name: str, now: Moment) -> str | None:
        """What is answered, and what the item says."""
        generation, source = served(now.zones, name, self._form), self._source
        if generation is None:
            return None
        item = self._item(generation, now)
        if item is None:
            return f"{name} serves generation {generation}, of which {source.table} has no item"
        told = sorted(str(value) for value in all_at_pointer(item, source.addresses))
        answered = sorted(resolve(list(now.zones.values()), name, "A").addresses)
        if told != answered:
            return (
                f"{name} answers {_listed(answered)}, {source.table} says {_listed(told)} for generation {generation}"
            )
        if source.weights is None:
            return None
        wanted = _shares_of(item, source.addresses, source.weights)
        given = shares(now.zones, name)
        wrong = next((address for address in told if wanted.get(address, 0) != given.get(address, 0)), None)
        if wrong is None:
            return None
        is_, should = given.get(wrong, Fraction(0)), wanted.get(wrong, Fraction(0))
        return (
            f"{name} answers {wrong} in {is_} of its answers, {source.table} says {should} for generation {generation}"
        )

    def applies(self, name: str, now: Moment) -> bool:
        """Where the name serves a generation."""
        return served(now.zones, name, self._form) is not None

    def _item(self, generation: int, now: Moment) -> Mapping[str, Any] | None:
        table = now.tables.get(self._source.table)
        if table is None:
            return None
        key = {
            name: {kind: text.replace(PLACE, str(generation)) for kind, text in value.items()}
            for name, value in self._source.key.items()
        }
        stored = table.items.get(table.definition.schema.order_key(key))
        return stored.item if stored else None


def _shares_of(item: Mapping[str, Any], addresses: str, weights: str) -> dict[str, Fraction]:
    pairs = zip(all_at_pointer(item, addresses), all_at_pointer(item, weights), strict=False)
    weighing: dict[str, Fraction] = {}
    for address, weight in pairs:
        weighing[str(address)] = weighing.get(str(address), Fraction(0)) + Fraction(str(weight))
    return _normal(weighing)


def _normal(weighing: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Shares of one; what weighs 0 altogether is shared evenly, as Route 53 does where every weight is 0."""
    total = sum(weighing.values(), Fraction(0))
    even = Fraction(1, len(weighing) or 1)
    return {name: weight / total if total else even for name, weight in weighing.items()}


def shares(zones: Mapping[str, Zone], name: str, path: tuple[str, ...] = ()) -> dict[str, Fraction]:
    """The share of answers for `name` in which each address is. Other routing policies than weights count evenly; a loop adds nothing.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html
    """
    if name in path:
        return {}
    chain = resolve(list(zones.values()), name, "A").chain
    first = [record_at(zones, key) for key in chain if key[0] == chain[0][0]]
    weights = _normal({str(i): Fraction(record.get("Weight", 1)) for i, record in enumerate(first)})
    found: dict[str, Fraction] = {}
    for index, record in enumerate(first):
        target = target_of(record)
        if target is None:
            inner = {value["Value"]: Fraction(1) for value in record.get("ResourceRecords", ())}
        else:
            inner = shares(zones, canonical_name(target), (*path, name))
        for address, share in inner.items():
            found[address] = found.get(address, Fraction(0)) + weights[str(index)] * share
    return found


def _listed(addresses: list[str]) -> str:
    return ", ".join(addresses) or "nothing"
