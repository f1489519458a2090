"""State in production's terms, as it is compared: the same form whether it was read from a snapshot or from a twin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json, digest, sha256_hex
from twinstage.model.item import canonical_item, item_key
from twinstage.model.record_set import key_of, printable_key
from twinstage.state.snapshot import get_items, get_record_sets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.item import Item
    from twinstage.model.manifest import Manifest
    from twinstage.model.record_set import RecordSet
    from twinstage.world.store import Store

Entries = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class ComparableState:
    """Zone name -> key -> record set, and table name -> key -> item. Keys are printable. Apex NS and SOA are left out."""

    zones: Entries = field(default_factory=dict)
    tables: Entries = field(default_factory=dict)

    def digest(self) -> str:
        """One digest over everything."""
        return digest(
            {
                kind: {name: _entries_digest(entries) for name, entries in found.items()}
                for kind, found in (("zones", self.zones), ("tables", self.tables))
            }
        )

    def counts(self) -> dict[str, int]:
        """How much there is."""
        return {
            "zones": len(self.zones),
            "record_sets": sum(map(len, self.zones.values())),
            "tables": len(self.tables),
            "items": sum(map(len, self.tables.values())),
        }


def comparable_records(record_sets: Iterable[RecordSet], zone: str) -> dict[str, Any]:
    """Record sets by printable key, apex NS and SOA left out."""
    return {
        printable_key(key_of(record)): record
        for record in record_sets
        if not (record["Name"] == zone and record["Type"] in ("NS", "SOA"))
    }


def comparable_items(items: Iterable[Item], key_schema: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Items in canonical form by printable key."""
    return {item_key(item, key_schema).decode(): canonical_item(item) for item in items}


def comparable_snapshot(manifest: Manifest, store: Store) -> ComparableState:
    """A snapshot as it is compared."""
    return ComparableState(
        zones={zone.name: comparable_records(get_record_sets(store, zone.part), zone.name) for zone in manifest.zones},
        tables={
            table.name: comparable_items(
                (item for part in table.parts for item in get_items(store, part)), table.schema["KeySchema"]
            )
            for table in manifest.tables
        },
    )


def differences(before: ComparableState, after: ComparableState) -> list[dict[str, Any]]:
    """What `after` has added, removed or changed: `{"service", "zone" or "table", "key", "kind", "before"?, "after"?}`, sorted.

    The key of a whole zone or table that only one of them has is "".
    """
    found: list[dict[str, Any]] = []
    for service, place, old, new in (
        ("route53", "zone", before.zones, after.zones),
        ("dynamodb", "table", before.tables, after.tables),
    ):
        for name in sorted(old.keys() | new.keys()):
            if name not in old or name not in new:
                kind = "added" if name in new else "removed"
                found.append({"service": service, place: name, "key": "", "kind": kind})
            found += [
                {"service": service, place: name} | entry
                for entry in _entry_differences(old.get(name, {}), new.get(name, {}))
            ]
    return found


def _entry_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            found.append({"key": key, "kind": "removed", "before": old[key]})
        elif key not in old:
            found.append({"key": key, "kind": "added", "after": new[key]})
        elif old[key] != new[key]:
            found.append({"key": key, "kind": "changed", "before": old[key], "after": new[key]})
    return found


def _entries_digest(entries: Mapping[str, Any]) -> str:
    return sha256_hex(b"".join(canonical_json([key, entries[key]]) + b"\n" for key in sorted(entries)))
