"""Fidelity: the twin is compared in production's terms, and every substitution is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.state.memory_zones import MemoryZones, alias, empty_zone, rr
from tests.state.production_parts import CAPTURED, SCHEMA, MemoryTables, everything, item, production, zone_id
from twinstage.model.errors import TwinstageError
from twinstage.model.twin import Twin
from twinstage.model.zone_map import ZoneMap
from twinstage.state.capture import Selection, capture
from twinstage.state.comparable import comparable_snapshot
from twinstage.state.fidelity import comparable_twin, compare, substitutions_of
from twinstage.state.replicate import replicate_zone
from twinstage.state.snapshot import get_record_sets
from twinstage.state.twin_view import twin_view
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.manifest import Manifest

ZONE = ZoneMap("ex.test.", zone_id("ex.test"), "ZTWIN")
TWIN = Twin("r1", ("baseline",), (ZONE,))
RECORDS = [
    rr("a.ex.test.", "A", "192.0.2.1"),
    alias("www.ex.test.", "A", "a.ex.test.", ZONE.production_id),
    alias("cdn.ex.test.", "A", "d1.cloudfront.net.", "Z2FDTNDATAQYW2"),
]
ITEMS = [item("plan", "1"), item("plan", "2")]


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


@pytest.fixture
def snapshot(store: DirectoryStore) -> Manifest:
    source = production({"ex.test": RECORDS}, {"plans": ITEMS})
    return capture(source, everything(source), store, captured=CAPTURED, tool="tests")


@pytest.fixture
def zones(store: DirectoryStore, snapshot: Manifest) -> MemoryZones:
    """A twin's zones, as Replicate made them."""
    found = MemoryZones(empty_zone(ZONE.twin_id, ZONE.name))
    replicate_zone(found, ZONE, get_record_sets(store, snapshot.zones[0].part))
    return found


@pytest.fixture
def tables() -> MemoryTables:
    return MemoryTables({"twin-r1-baseline-plans": list(reversed(ITEMS))})


def test_a_twin_made_from_a_snapshot_equals_it(
    store: DirectoryStore, snapshot: Manifest, zones: MemoryZones, tables: MemoryTables
) -> None:
    twin = comparable_twin(TWIN, "baseline", snapshot, zones, tables)
    document = compare("baseline", comparable_snapshot(snapshot, store), twin, substitutions_of(TWIN, snapshot, store))
    assert document["equal"]
    assert document["twin"] == document["snapshot"]
    assert (document["differences"], document["differences_found"]) == ([], 0)
    assert document["counts"] == {"zones": 1, "record_sets": 3, "tables": 1, "items": 2}


def test_every_substitution_is_listed_with_its_reason(store: DirectoryStore, snapshot: Manifest) -> None:
    assert [(s["subject"], s["field"]) for s in substitutions_of(TWIN, snapshot, store)] == [
        ("cdn.ex.test. A", "AliasTarget"),
        ("ex.test. NS", "ResourceRecords"),
        ("ex.test. SOA", "ResourceRecords"),
        ("www.ex.test. A", "AliasTarget"),
    ]


def test_whatever_differs_is_named_without_its_content(
    store: DirectoryStore, snapshot: Manifest, zones: MemoryZones, tables: MemoryTables
) -> None:
    zones.change(ZONE.twin_id, [{"Action": "UPSERT", "ResourceRecordSet": rr("a.ex.test.", "A", "192.0.2.7")}])
    tables.tables["twin-r1-baseline-plans"].append(item("plan", "3", secret={"S": "x"}))
    twin = comparable_twin(TWIN, "baseline", snapshot, zones, tables)
    document = compare("baseline", comparable_snapshot(snapshot, store), twin, [])
    assert not document["equal"]
    assert document["differences"] == [
        {"service": "route53", "zone": "ex.test.", "key": "a.ex.test. A", "kind": "changed"},
        {"service": "dynamodb", "table": "plans", "key": '[{"S":"plan"},{"N":"3"}]', "kind": "added"},
    ]


def test_a_hundred_differences_are_shown_and_all_are_counted(
    store: DirectoryStore, snapshot: Manifest, zones: MemoryZones
) -> None:
    many = MemoryTables({"twin-r1-baseline-plans": [item("plan", str(i)) for i in range(1, 251)]})
    document = compare(
        "baseline", comparable_snapshot(snapshot, store), comparable_twin(TWIN, "baseline", snapshot, zones, many), []
    )
    assert (len(document["differences"]), document["differences_found"]) == (100, 248)


def test_an_arm_is_captured_in_productions_names(
    store: DirectoryStore, snapshot: Manifest, zones: MemoryZones, tables: MemoryTables
) -> None:
    view = twin_view(TWIN, "baseline", zones, tables, snapshot)
    final = capture(view, Selection(("ex.test.",), ("plans",)), store, captured=CAPTURED, tool="tests")
    assert [zone.id for zone in final.zones] == [ZONE.production_id]
    assert final.tables == snapshot.tables
    assert final.tables[0].schema == SCHEMA
    assert comparable_snapshot(final, store).digest() == comparable_snapshot(snapshot, store).digest()


def test_what_a_twin_does_not_have_cannot_be_captured_from_it(
    snapshot: Manifest, zones: MemoryZones, tables: MemoryTables
) -> None:
    view = twin_view(TWIN, "baseline", zones, tables, snapshot)
    with pytest.raises(TwinstageError, match="the twin has no zone for ZOTHER"):
        list(view.zones.record_sets("ZOTHER"))
    with pytest.raises(TwinstageError, match="clones such as enactor are not captured"):
        view.functions.definition("enactor")
