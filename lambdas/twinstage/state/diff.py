"""What lies between two snapshots: record sets and items, and the shape and settings of whatever holds them.

Zones are paired by their ids, then by name: a zone that was made anew is the same zone with other record sets. Parts that are equal are not read, and no
table is ever held: differences come as they are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.state.comparable import Difference, comparable_records, record_differences, value_difference
from twinstage.state.snapshot import get_record_sets
from twinstage.state.table_changes import changes_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.model.manifest import FunctionManifest, Manifest, TableManifest, ZoneManifest
    from twinstage.world.store import Store


def snapshot_differences(before: Manifest, after: Manifest, store: Store) -> Iterator[Difference]:
    """Everything `after` has added, removed or changed, as `state.comparable` describes it, by `type`:

    `zone` (a whole one, whose record sets are not told one by one, or its settings under the key `settings`), `record_set`, `health_check`, `table` (a whole one), `schema`, `item`, `sample`,
    `function` (a whole one), `configuration`, `code`, `versions`, `aliases`, `withheld`, `masking`. Where one of them is what a run ended with, the apex NS and
    SOA are left out: they are a twin's own. Otherwise there is no difference exactly where the digests are equal.
    """
    apex = not any("derived" in manifest.captured for manifest in (before, after))
    yield from _zones(before, after, store, apex=apex)
    yield from _health_checks(before, after)
    yield from _tables(before, after, store)
    yield from _functions(before, after)
    for difference in value_difference("masking", dict(before.masking) or None, dict(after.masking) or None):
        yield {"type": "masking", "service": "snapshot", **difference}


def _zones(before: Manifest, after: Manifest, store: Store, *, apex: bool) -> Iterator[Difference]:
    for name, old, new in _paired_zones(before.zones, after.zones):
        place = {"service": "route53", "zone": name}
        if old is None or new is None:
            yield {"type": "zone", **place, "key": "", "kind": "added" if old is None else "removed"}
            continue
        for difference in value_difference("settings", _settings(old), _settings(new)):
            yield {"type": "zone", **place, **difference}
        if old.part.sha256 != new.part.sha256:
            records = [comparable_records(get_record_sets(store, zone.part), name, apex=apex) for zone in (old, new)]
            yield from record_differences(name, *records)


def _paired_zones(
    before: Iterable[ZoneManifest], after: Iterable[ZoneManifest]
) -> list[tuple[str, ZoneManifest | None, ZoneManifest | None]]:
    old, new = {zone.id: zone for zone in before}, {zone.id: zone for zone in after}
    pairs = [(zone, new.get(zone.id)) for zone in old.values()]
    left = [zone for zone in new.values() if zone.id not in old]
    found: list[tuple[ZoneManifest | None, ZoneManifest | None]] = []
    for zone, same in pairs:
        again = next((other for other in left if (other.name, other.private) == (zone.name, zone.private)), None)
        if same is None and again is not None:
            left.remove(again)
        found.append((zone, same or again))
    found += [(None, zone) for zone in left]
    named = [((pair[0] or pair[1]), pair) for pair in found]
    return sorted(((zone.name, *pair) for zone, pair in named if zone), key=lambda entry: _zone_order(*entry))


def _zone_order(name: str, *pair: ZoneManifest | None) -> tuple[str, str]:
    return name, next(zone.id for zone in pair if zone)


def _settings(zone: ZoneManifest) -> dict[str, Any]:
    return {"id": zone.id, "private": zone.private, **zone.settings()}


def _health_checks(before: Manifest, after: Manifest) -> Iterator[Difference]:
    old, new = ({check.id: check.document() for check in each.health_checks} for each in (before, after))
    for id_ in sorted(old.keys() | new.keys()):
        for difference in value_difference(id_, old.get(id_), new.get(id_)):
            yield {"type": "health_check", "service": "route53", **difference}


def _tables(before: Manifest, after: Manifest, store: Store) -> Iterator[Difference]:
    old, new = ({table.name: table for table in each.tables} for each in (before, after))
    for name in sorted(old.keys() | new.keys()):
        was, is_ = old.get(name), new.get(name)
        place = {"service": "dynamodb", "table": name}
        if was is None or is_ is None:
            yield {"type": "table", **place, "key": "", "kind": "added" if was is None else "removed"}
            continue
        yield from _members("schema", place, was.schema, is_.schema)
        yield from _members("sample", place, _sample(was), _sample(is_))
        for change in changes_between(store, was, is_):
            for difference in value_difference(change.key, change.before, change.after):
                yield {"type": "item", **place, **difference}


def _sample(table: TableManifest) -> dict[str, Any]:
    """What was captured of a table's items."""
    return {"sample": dict(table.sample), "masked": list(table.masked)}


def _functions(before: Manifest, after: Manifest) -> Iterator[Difference]:
    old, new = ({function.name: function for function in each.functions} for each in (before, after))
    for name in sorted(old.keys() | new.keys()):
        place = {"service": "lambda", "function": name}
        was, is_ = old.get(name), new.get(name)
        if was is None or is_ is None:
            yield {"type": "function", **place, "key": "", "kind": "added" if was is None else "removed"}
            continue
        described, now = _function(was), _function(is_)
        for member in described:
            yield from _members(member, place, described[member], now[member])


def _function(function: FunctionManifest) -> dict[str, Any]:
    return {
        "configuration": dict(function.configuration),
        "code": function.code.sha256,
        "versions": {version.version: version.document() for version in function.versions},
        "aliases": {alias["Name"]: dict(alias) for alias in function.aliases},
        "withheld": list(function.withheld),
    }


def _members(member: str, place: Mapping[str, str], before: Any, after: Any) -> Iterator[Difference]:
    for difference in value_difference(member, before, after):
        yield {"type": member, **place, **difference}
