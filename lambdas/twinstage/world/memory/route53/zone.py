"""A hosted zone as an immutable value: its record sets by key, and an index from each name to its keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.record_set import RecordKey, RecordSet, canonical_record_set, key_of, ordered
from twinstage.world.memory.layered import Layered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Zone:
    """A hosted zone; build it with `zone_from`.

    `id` has no "/hostedzone/" prefix, `name` and every record set are canonical. `names` is the index over `records`.
    Neither mapping nor what they hold is ever changed: zones share what they have in common.
    """

    id: str
    name: str
    private: bool
    records: Layered[RecordKey, RecordSet]
    names: Layered[str, frozenset[RecordKey]] = field(repr=False, compare=False)


def zone_from(record_sets: Iterable[Mapping[str, Any]], *, id: str, name: str, private: bool = False) -> Zone:  # noqa: A002  (the API's own word)
    """Answer the zone that holds `record_sets`.

    No rule is checked: what was captured from production is taken as it is. Of several record sets with one key the
    last stays.
    """
    records = {key_of(record_set): canonical_record_set(record_set) for record_set in record_sets}
    names: dict[str, frozenset[RecordKey]] = {}
    for key in records:
        names[key[0]] = names.get(key[0], frozenset()) | {key}
    return Zone(id.removeprefix("/hostedzone/"), canonical_name(name), private, Layered(records), Layered(names))


def record_sets(zone: Zone) -> list[RecordSet]:
    """Answer copies of the zone's record sets, in the order in which the API lists them."""
    return ordered(zone.records.values())


def changed(zone: Zone, outcome: Mapping[RecordKey, RecordSet | None]) -> Zone:
    """Answer the zone with each key of `outcome` set to its record set, or taken away where that is None."""
    names: dict[str, frozenset[RecordKey] | None] = {}
    for key, record_set in outcome.items():
        at_name = (names[key[0]] if key[0] in names else zone.names.get(key[0])) or frozenset()
        names[key[0]] = (at_name - {key} if record_set is None else at_name | {key}) or None
    return replace(zone, records=zone.records.changed(outcome), names=zone.names.changed(names))
