"""Which generation a name serves: the number in the name that its alias or CNAME leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.dns_name import canonical_name, is_within
from twinstage.world.memory.route53 import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.world.memory.route53 import Zone

PLACE = "{generation}"
ADDRESS_TYPES = ("A", "AAAA")


def serving(zones: Mapping[str, Zone], name: str, form: str, path: tuple[str, ...] = ()) -> dict[RecordKey, int]:
    """The generation of each record set that answers for `name`, whatever its type and set identifier.

    What weighs 0 beside others does not answer. A target without a generation in its name is followed to where there is one (`path` holds
    the names that led here); of several generations behind it the lowest counts.
    """
    found = {}
    for key, record in answering(zones, name).items():
        target = target_of(record)
        if target is None:
            continue
        number = number_in(target, form)
        if number is None and target not in path:
            number = min(serving(zones, target, form, (*path, name)).values(), default=None)
        if number is not None:
            found[key] = number
    return found


def served(zones: Mapping[str, Zone], name: str, form: str) -> int | None:
    """The lowest generation that answers for `name`; None where none does."""
    return min(serving(zones, name, form).values(), default=None)


def answering(zones: Mapping[str, Zone], name: str) -> dict[RecordKey, RecordSet]:
    """The record sets that answer questions for `name` first hand: its own, or those of the wildcard above it."""
    held = {key[1] for zone in zones.values() for key in zone.names.get(name, ())}
    found: dict[RecordKey, RecordSet] = {}
    for kind in sorted(held.union(ADDRESS_TYPES)):
        chain = resolve(list(zones.values()), name, kind).chain
        found |= {key: record_at(zones, key) for key in chain if key[0] == chain[0][0]}
    return found


def record_at(zones: Mapping[str, Zone], key: RecordKey) -> RecordSet:
    """The record set of a key that a resolution passed through: of several zones that could hold it, the longest does."""
    holders = (zone for zone in zones.values() if is_within(key[0], zone.name) and key in zone.records)
    return max(holders, key=lambda zone: len(zone.name)).records[key]


def target_of(record: RecordSet) -> str | None:
    """The canonical name that an alias or a CNAME leads to; None for every other record set."""
    if "AliasTarget" in record:
        return str(record["AliasTarget"]["DNSName"])
    return canonical_name(record["ResourceRecords"][0]["Value"]) if record["Type"] == "CNAME" else None


def number_in(text: str, form: str) -> int | None:
    """The digits that stand where `form` has `{generation}`, wherever in the text they stand first."""
    prefix, _, suffix = form.partition(PLACE)
    start = text.find(prefix)
    while start >= 0:
        digits = text[start + len(prefix) :]
        length = next((i for i, character in enumerate(digits) if not ("0" <= character <= "9")), len(digits))
        if length and digits[length:].startswith(suffix):
            return int(digits[:length])
        start = text.find(prefix, start + 1)
    return None
