"""Capture: the state of chosen zones, tables and functions becomes a snapshot. Reads only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.model.manifest import (
    HealthCheckManifest,
    Manifest,
    TableManifest,
    ZoneManifest,
    new_manifest,
    read_manifest,
)
from twinstage.model.record_set import ordered
from twinstage.state.capture_function import Environments, capture_functions
from twinstage.state.history import commit
from twinstage.state.sampling import sampled
from twinstage.state.snapshot import put_record_sets
from twinstage.state.sources import Sources
from twinstage.state.table_parts import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from twinstage.model.item import Item
    from twinstage.state.masking import Masking
    from twinstage.world.interface import Functions, HostedZone, ReadableTables, ReadableZones
    from twinstage.world.signers import Signer
    from twinstage.world.store import Store

SAMPLE_ONE_IN = 10
"""Of how many partitions one is kept where a sample is asked for and nothing else is said."""
_ZONE_ID = re.compile(r"(?:/hostedzone/)?(Z[A-Z0-9]{3,31})")


@dataclass(frozen=True)
class Selection:
    """What to capture: zones by canonical name or by id, tables and functions by name."""

    zones: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Production:
    """Where to capture it from. `listed_by` (`list` or `dump`) and `items_by` (`scan`, `export` or `dump`) say how it is read.

    `origin` is the snapshot that a twin was made of: what was sampled and masked there is so here.
    """

    zones: ReadableZones
    tables: ReadableTables
    functions: Functions
    listed_by: str = "list"
    items_by: str = "scan"
    origin: Manifest | None = None


@dataclass(frozen=True)
class CaptureOptions:
    """What enters the snapshot: the items of one partition in `one_in`, with values masked, and without what is withheld.

    `withhold` names environment variables by function.
    """

    one_in: int = 1
    masking: Masking | None = None
    withhold: Mapping[str, frozenset[str]] = field(default_factory=dict)


def capture(
    production: Production,
    selection: Selection,
    store: Store,
    *,
    captured: Mapping[str, Any],
    tool: str,
    options: CaptureOptions | None = None,
    clock: Callable[[], str] | None = None,
    parent: str | None = None,
    signer: Signer | None = None,
) -> Manifest:
    """Write a snapshot of the selection into `store`, signed by `signer` where there is one, and give its manifest.

    `captured` is `{"at", "account", "region"}`; `clock` gives the time in RFC 3339 for the sources, which else have the time
    `at`. Equal state gives an equal digest. Functions come first: a secret in an environment stops the capture before a
    table is read. Without `parent` it is the newest capture of the same selection.

    Raises InputError for zones that are not there, for environment values that look like secrets, each all at once; and for
    what a snapshot cannot hold: a thing selected twice, items with equal keys, a function of another runtime than Python, of
    a container image, with layers, or with an environment that Lambda would not show.
    """
    options, sources = options or CaptureOptions(), Sources(clock or (lambda: str(captured["at"])))
    zones = select_zones(production.zones, selection.zones)
    environments = Environments(options.withhold, options.masking)
    functions = capture_functions(
        production.functions, selection.functions, store, environments, sources, by=production.listed_by
    )
    checks: set[str] = set()
    masking = production.origin.masking if production.origin is not None else {}
    draft = new_manifest(
        captured,
        tool,
        [capture_zone(production, zone, store, options.masking, sources, checks) for zone in zones],
        [capture_table(production, table, store, options, sources) for table in selection.tables],
        functions,
        health_checks=list(_health_checks(production.zones, checks)),
        masking=options.masking.document() if options.masking else masking,
        parent=parent,
    )
    document = draft.document()
    manifest = read_manifest(document | {"captured": {**captured, **sources.document()}}, "capture")
    return commit(store, manifest, signer=signer)


def zone_reference(text: str) -> str:
    """A zone's canonical name, or its bare id where the text is an id."""
    found = _ZONE_ID.fullmatch(text)
    return found[1] if found else canonical_name(text)


def select_zones(zones: ReadableZones, wanted: Collection[str]) -> list[HostedZone]:
    """The hosted zones with these names or ids, in order. A name that no zone or more than one zone has is a problem.

    Without names nothing is listed: whoever captures no zone needs no permission to list them.
    """
    if not wanted:
        return []
    found: dict[str, list[HostedZone]] = {}
    for zone in zones.zones():
        found.setdefault(zone.name, []).append(zone)
        found.setdefault(zone.id, []).append(zone)
    problems = [
        InputProblem("capture", 0, "/zones", f"{name}: {len(same)} hosted zones have this name", _choice(same, found))
        for name in wanted
        if len(same := found.get(name, [])) != 1
    ]
    if problems:
        raise InputError(problems)
    return [found[name][0] for name in wanted]


def _choice(same: Collection[HostedZone], found: Mapping[str, Collection[HostedZone]]) -> str:
    if same:
        return f"choose one by its id: {', '.join(sorted(zone.id for zone in same))}"
    names = sorted({zone.name for zones in found.values() for zone in zones})
    return f"choose among {', '.join(names) or 'none'}"


def capture_zone(
    production: Production,
    zone: HostedZone,
    store: Store,
    masking: Masking | None,
    sources: Sources,
    checks: set[str],
) -> ZoneManifest:
    """One zone, every record set with every field, and its settings. The ids of the health checks it names go to `checks`."""
    with sources.reading("zones", zone.name, production.listed_by):
        record_sets = ordered(production.zones.record_sets(zone.id))
        settings = production.zones.settings(zone.id)
    checks.update(record["HealthCheckId"] for record in record_sets if "HealthCheckId" in record)
    if masking is not None:
        record_sets = ordered(masking.record_sets(zone.name, record_sets))
    part = put_record_sets(store, record_sets)
    described = settings.comment, dict(settings.tags), tuple(settings.vpcs)
    return ZoneManifest(zone.id, zone.name, zone.private, len(record_sets), part, *described)


def capture_table(
    production: Production, table: str, store: Store, options: CaptureOptions, sources: Sources
) -> TableManifest:
    """One table: its shape, and its items as a stream. A sample is chosen by the keys of production, before they are masked."""
    masking = options.masking
    with sources.reading("tables", table, "sample" if options.one_in > 1 else production.items_by):
        schema = production.tables.schema(table)
        items: Iterable[Item] = production.tables.scan(table)
        if options.one_in > 1:
            items = sampled(items, schema["KeySchema"], options.one_in)
        if masking is not None:
            items = map(masking.of_table(table), items)
        try:
            held = write_table(store, items, schema["KeySchema"])
        except TwinstageError as error:
            if error.code != "SAME_KEY":
                raise
            message = f"{table}: {error.message}"
            hint = "the dump holds an item twice, or masking gave two keys one token: give the rule more digits"
            raise InputError([InputProblem("capture", 0, f"/tables/{table}", message, hint)]) from error
    if production.origin is not None:
        before = next(found for found in production.origin.tables if found.name == table)
        return replace(before, schema=schema, items=held.items, parts=held.parts, part_bits=held.part_bits)
    sample = {"one_in": options.one_in} if options.one_in > 1 else {}
    masked = masking.paths(table) if masking else ()
    return TableManifest(table, schema, held.items, held.parts, held.part_bits, sample, masked)


def _health_checks(zones: ReadableZones, ids: Collection[str]) -> Iterator[HealthCheckManifest]:
    for id_ in sorted(ids):
        found = zones.health_check(id_)
        if found is not None:
            yield HealthCheckManifest(id_, found.configuration, dict(found.tags))
