"""State in production's terms, as it is compared: record sets and items by printable keys, and what differs between two of either.

A difference is a document: `{"type", "service", "zone" or "table" or "function", "key", "kind", "fields"?, "before"?, "after"?}`. `kind` is `added`,
`removed` or `changed`; `fields` names what differs within a changed thing. The key of a whole zone, table or function that only one of them has is "".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.record_set import key_of, printable_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.model.record_set import RecordSet

Difference = dict[str, Any]
APEX = ("NS", "SOA")


def comparable_records(record_sets: Iterable[RecordSet], zone: str, *, apex: bool = False) -> dict[str, RecordSet]:
    """Record sets by printable key; the `apex` NS and SOA, which a twin's zone has of its own, are left out unless asked for."""
    return {
        printable_key(key_of(record)): record
        for record in record_sets
        if apex or not (record["Name"] == zone and record["Type"] in APEX)
    }


def record_differences(zone: str, before: Mapping[str, RecordSet], after: Mapping[str, RecordSet]) -> list[Difference]:
    """What a zone's record sets, by printable key, have become, in the order of the keys."""
    place = {"type": "record_set", "service": "route53", "zone": zone}
    return [
        place | difference
        for key in sorted(before.keys() | after.keys())
        for difference in value_difference(key, before.get(key), after.get(key))
    ]


def value_difference(key: str, before: Any, after: Any) -> Iterator[Difference]:
    """The difference between two values of one key, None where there is none: one, or none where they are equal."""
    if before == after:
        return
    if before is None:
        yield {"key": key, "kind": "added", "after": after}
    elif after is None:
        yield {"key": key, "kind": "removed", "before": before}
    else:
        yield {"key": key, "kind": "changed", "fields": changed_fields(before, after), "before": before, "after": after}


def changed_fields(before: Any, after: Any) -> list[str]:
    """The names of the members that differ between two objects; none where they are no objects."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
