"""Fidelity: the twin is compared in production's terms, and every difference and substitution is listed with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import MemoryZones, alias, empty_zone, rr
from tests.state.production_parts import CAPTURED, SCHEMA, MemoryTables, everything, item, production, zone_id
from twinstage.model.errors import TwinstageError
from twinstage.model.twin import Twin
from twinstage.model.zone_map import ZoneMap
from twinstage.state.capture import CaptureOptions, Selection, capture
from twinstage.state.diff import snapshot_differences
from twinstage.state.fidelity import compare_twin, substitutions_of
from twinstage.state.masking import Masking
from twinstage.state.masking_rules import masking_rules
from twinstage.state.replicate import replicate_zone
from twinstage.state.snapshot import get_items, get_record_sets
from twinstage.state.twin_view import twin_view
from twinstage.world.interface import ZoneSettings

if TYPE_CHECKING:
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import DirectoryStore

ZONE = ZoneMap("ex.test.", zone_id("ex.test"), "ZTWIN")
TWIN = Twin("r1", ("baseline",), (ZONE,))
TABLE = "twin-r1-baseline-plans"
RECORDS = [
    rr("a.ex.test.", "A", "192.0.2.1"),
    alias("www.ex.test.", "A", "a.ex.test.", ZONE.production_id),
    alias("cdn.ex.test.", "A", "d1.cloudfront.net.", "Z2FDTNDATAQYW2"),
]
ITEMS = [item("plan", "1", owner={"S": "x"}), item("plan", "2")]


@pytest.fixture
def snapshot(store: DirectoryStore) -> Manifest:
    source = production({"ex.test": RECORDS}, {"plans": ITEMS})
    assert isinstance(source.zones, MemoryZones)
    source.zones.described[ZONE.production_id] = ZoneSettings("production", {"team": "dns"})
    return capture(source, everything(source), store, captured=CAPTURED, tool="tests")


@pytest.fixture
def zones(store: DirectoryStore, snapshot: Manifest) -> MemoryZones:
    """A twin's zones, as Replicate made them."""
    found = MemoryZones(empty_zone(ZONE.twin_id, ZONE.name))
    replicate_zone(found, ZONE, get_record_sets(store, snapshot.zones[0].part))
    return found


@pytest.fixture
def tables() -> MemoryTables:
    return MemoryTables({TABLE: list(reversed(ITEMS))})


def compared(store: DirectoryStore, snapshot: Manifest, zones: MemoryZones, tables: MemoryTables) -> dict[str, Any]:
    return compare_twin("baseline", TWIN, snapshot, store, zones, tables, [])


def test_a_twin_made_from_a_snapshot_equals_it_service_by_service(
    store: DirectoryStore, snapshot: Manifest, zones: MemoryZones, tables: MemoryTables
) -> None:
    document = compared(store, snapshot, zones, tables)
    assert document["equal"]
    assert document["twin"] == document["snapshot"]
    assert {name: service["equal"] for name, service in document["services"].items()} == {
        "route53": True,
        "dynamodb": True,
    }
    assert (document["differences"], document["differences_found"]) == ([], 0)
    assert {name: document["counts"][name] for name in ("zones", "record_sets", "tables", "items")} == {
        "zones": 1,
        "record_sets": 3,
        "tables": 1,
        "items": 2,
    }


def test_every_substitution_is_listed_with_its_reason(store: DirectoryStore, snapshot: Manifest) -> None:
    listed = substitutions_of(TWIN, snapshot, store)
    assert [(s["subject"], s["field"]) for s in listed][:4] == [
        ("cdn.ex.test. A", "AliasTarget"),
        ("ex.test. NS", "ResourceRecords"),
        ("ex.test. SOA", "ResourceRecords"),
        ("www.ex.test. A", "AliasTarget"),
    ]
    assert {s["subject"] for s in listed[4:]} >= {"ex.test."}
    assert all(s["reason"] for s in listed)


def test_whatever_differs_is_named_with_the_field_and_the_reason_and_without_its_content(
    store: DirectoryStore, snapshot: Manifest, zones: MemoryZones, tables: MemoryTables
) -> None:
    zones.change(ZONE.twin_id, [{"Action": "UPSERT", "ResourceRecordSet": rr("a.ex.test.", "A", "192.0.2.7", ttl=5)}])
    tables.tables[TABLE] = [item("plan", "1", owner={"S": "y"}), item("plan", "3", secret={"S": "x"})]
    document = compared(store, snapshot, zones, tables)
    assert not document["equal"]
    assert document["services"]["route53"]["twin"] != document["services"]["route53"]["snapshot"]
    first, *of_items = document["differences"]
    assert first == {
        "type": "record_set",
        "service": "route53",
        "zone": "ex.test.",
        "key": "a.ex.test. A",
        "kind": "changed",
        "fields": ["ResourceRecords", "TTL"],
        "why": "the twin holds another ResourceRecords, TTL",
    }
    assert sorted((d["table"], d["key"], d["kind"], d["why"]) for d in of_items) == [
        ("plans", '[{"S":"plan"},{"N":"1"}]', "changed", "the twin holds another owner"),
        ("plans", '[{"S":"plan"},{"N":"2"}]', "removed", "production held it, the twin does not"),
        ("plans", '[{"S":"plan"},{"N":"3"}]', "added", "the twin holds it, production did not"),
    ]


def test_one_service_may_be_equal_while_another_is_not(
    store: DirectoryStore, snapshot: Manifest, zones: MemoryZones
) -> None:
    document = compared(store, snapshot, zones, MemoryTables({TABLE: []}))
    assert {name: service["equal"] for name, service in document["services"].items()} == {
        "route53": True,
        "dynamodb": False,
    }
    assert not document["equal"]


def test_a_hundred_differences_are_shown_and_all_are_counted(
    store: DirectoryStore, snapshot: Manifest, zones: MemoryZones
) -> None:
    many = MemoryTables({TABLE: [*ITEMS, *(item("plan", str(i)) for i in range(3, 251))]})
    document = compared(store, snapshot, zones, many)
    assert (len(document["differences"]), document["differences_found"]) == (100, 248)


def test_an_arm_is_captured_in_productions_names(
    store: DirectoryStore, snapshot: Manifest, zones: MemoryZones, tables: MemoryTables
) -> None:
    view = twin_view(TWIN, "baseline", zones, tables, snapshot)
    captured = {**CAPTURED, "derived": "rehearsal r1 baseline"}
    final = capture(
        view, Selection((ZONE.production_id,), ("plans",)), store, captured=captured, tool="tests", parent=snapshot.id
    )
    assert [(zone.id, zone.comment, zone.tags) for zone in final.zones] == [
        (ZONE.production_id, "production", {"team": "dns"})
    ]
    assert final.tables == snapshot.tables
    assert final.tables[0].schema == SCHEMA
    assert final.parent == snapshot.id
    assert list(snapshot_differences(snapshot, final, store)) == []


def test_an_arm_of_a_masked_sample_is_captured_as_one(store: DirectoryStore, zones: MemoryZones) -> None:
    """Else the state that a run ends with would have another digest than the same state replayed in memory."""
    rules = masking_rules({"rules": [{"table": "plans", "path": "owner", "domain": "user"}]}, "rules.yaml")
    options = CaptureOptions(one_in=2, masking=Masking(rules, b"a key of sixteen bytes, at least"))
    source = production({"ex.test": RECORDS}, {"plans": [item(f"plan {n}", "1", owner={"S": "x"}) for n in range(40)]})
    masked = capture(source, everything(source), store, captured=CAPTURED, tool="tests", options=options)
    (table,) = masked.tables
    held = MemoryTables({TABLE: [item for part in table.parts for item in get_items(store, part)]})

    view, selection = twin_view(TWIN, "baseline", zones, held, masked), Selection((ZONE.production_id,), ("plans",))
    captured = {**CAPTURED, "derived": "rehearsal r1 baseline"}
    final = capture(view, selection, store, captured=captured, tool="tests", parent=masked.id)

    assert (table.sample, table.masked, bool(masked.masking)) == ({"one_in": 2}, ("owner",), True)
    assert (final.tables, final.masking) == (masked.tables, masked.masking)


def test_what_a_twin_does_not_have_cannot_be_captured_from_it(
    snapshot: Manifest, zones: MemoryZones, tables: MemoryTables
) -> None:
    view = twin_view(TWIN, "baseline", zones, tables, snapshot)
    with pytest.raises(TwinstageError, match="the twin has no zone for ZOTHER"):
        list(view.zones.record_sets("ZOTHER"))
    with pytest.raises(TwinstageError, match="clones such as enactor are not captured"):
        view.functions.definition("enactor")
