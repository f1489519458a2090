"""Capture: the state of chosen zones, tables and functions becomes a snapshot. Reads only."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.item import canonical_item, item_key
from twinstage.model.manifest import (
    FunctionManifest,
    Manifest,
    TableManifest,
    ZoneManifest,
    function_manifest,
    new_manifest,
    read_manifest,
)
from twinstage.model.record_set import ordered
from twinstage.state.snapshot import put_bytes, put_items, put_manifest, put_record_sets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from twinstage.world.interface import Functions, HostedZone, ReadableTables, ReadableZones
    from twinstage.world.store import Store

T = TypeVar("T")
ITEMS_A_PART = 10_000


@dataclass(frozen=True)
class Selection:
    """What to capture: zones by canonical name, tables and functions by name."""

    zones: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Production:
    """Where to capture it from."""

    zones: ReadableZones
    tables: ReadableTables
    functions: Functions


def capture(
    production: Production, selection: Selection, store: Store, *, captured: Mapping[str, str], tool: str
) -> Manifest:
    """Write a snapshot of the selection into `store` and give its manifest.

    `captured` is `{"at", "account", "region"}`. Equal state gives an equal digest. Raises InputError for zones that are not there, all at once; and for what
    a snapshot cannot hold: a thing selected twice, a function of another runtime than Python, of a container image, with
    layers, or with an environment that Lambda would not show.
    """
    draft = new_manifest(
        captured,
        tool,
        [capture_zone(production.zones, zone, store) for zone in select_zones(production.zones, selection.zones)],
        [capture_table(production.tables, table, store) for table in selection.tables],
        [capture_function(production.functions, function, store) for function in selection.functions],
    )
    manifest = read_manifest(draft.document(), "capture")
    put_manifest(store, manifest)
    return manifest


def select_zones(zones: ReadableZones, names: Collection[str]) -> list[HostedZone]:
    """The hosted zones with these names, in order. A name that no zone or more than one zone has is a problem.

    Without names nothing is listed: whoever captures no zone needs no permission to list them.
    """
    if not names:
        return []
    by_name: dict[str, list[HostedZone]] = {}
    for zone in zones.zones():
        by_name.setdefault(zone.name, []).append(zone)
    problems = [
        InputProblem(
            "capture",
            0,
            "/zones",
            f"{name}: {len(found)} hosted zones have this name",
            f"choose among {', '.join(sorted(by_name)) or 'none'}",
        )
        for name in names
        if len(found := by_name.get(name, [])) != 1
    ]
    if problems:
        raise InputError(problems)
    return [by_name[name][0] for name in names]


def capture_zone(zones: ReadableZones, zone: HostedZone, store: Store) -> ZoneManifest:
    """One zone, every record set with every field."""
    record_sets = ordered(zones.record_sets(zone.id))
    return ZoneManifest(zone.id, zone.name, zone.private, len(record_sets), put_record_sets(store, record_sets))


def capture_table(tables: ReadableTables, table: str, store: Store) -> TableManifest:
    """One table: its shape, and its items in the order of their keys, some thousands a part."""
    schema = tables.schema(table)
    items = sorted(
        (canonical_item(item) for item in tables.scan(table)), key=lambda item: item_key(item, schema["KeySchema"])
    )
    parts = tuple(put_items(store, chunk) for chunk in _chunks(items, ITEMS_A_PART))
    return TableManifest(table, schema, len(items), parts)


def capture_function(functions: Functions, function: str, store: Store) -> FunctionManifest:
    """One function: configuration and deployment package."""
    found = functions.definition(function)
    return function_manifest(function, found.configuration, put_bytes(store, found.code))


def _chunks(sequence: list[T], size: int) -> Iterator[list[T]]:
    iterator = iter(sequence)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
