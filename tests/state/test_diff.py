"""What lies between two snapshots: typed, keyed, with the fields that differ, and nothing exactly where the digests are equal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.state.memory_zones import MemoryZones, rr
from tests.state.production_parts import CAPTURED, CODE, SCHEMA, item, zone_id
from tests.state.sample_snapshots import ITEMS, RECORDS, snapshot_of, source
from twinstage.model.manifest import FunctionManifest, FunctionVersion, HealthCheckManifest, Part, new_manifest
from twinstage.state.diff import snapshot_differences
from twinstage.state.snapshot import put_manifest
from twinstage.world.interface import ZoneSettings
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.manifest import Manifest

Difference = dict[str, Any]


def told(differences: list[Difference]) -> list[tuple[Any, ...]]:
    return [
        (
            d["type"],
            d.get("zone") or d.get("table") or d.get("function"),
            d["key"],
            d["kind"],
            tuple(d.get("fields", ())),
        )
        for d in differences
    ]


def test_equal_state_has_no_difference_whenever_it_was_captured(store: DirectoryStore, snapshot: Manifest) -> None:
    assert list(snapshot_differences(snapshot, snapshot_of(source(), store, at="later"), store)) == []


def test_record_sets_and_items_are_told_one_by_one(store: DirectoryStore, snapshot: Manifest) -> None:
    other = source(
        zones={
            "ex.test": [rr("a.ex.test.", "A", "192.0.2.3", ttl=5), rr("new.ex.test.", "A", "192.0.2.4"), *RECORDS[2:]],
            "third.test": [],
        },
        tables={
            "plans": [item("plan", "2.0", tags={"SS": ["a", "b"]}), item("plan", "11"), {**ITEMS[2], "n": {"N": "2"}}]
        },
    )
    found = list(snapshot_differences(snapshot, snapshot_of(other, store), store))
    of_items = sorted(entry for entry in told(found) if entry[0] == "item")
    assert [entry for entry in told(found) if entry[0] != "item"] == [
        ("record_set", "ex.test.", "\\052.ex.test. TXT", "removed", ()),
        ("record_set", "ex.test.", "a.ex.test. A", "changed", ("ResourceRecords", "TTL")),
        ("record_set", "ex.test.", "new.ex.test. A", "added", ()),
        ("zone", "other.test.", "", "removed", ()),
        ("zone", "third.test.", "", "added", ()),
        ("table", "empty", "", "removed", ()),
    ]
    assert of_items == [
        ("item", "plans", '[{"S":"lock"},{"N":"1"}]', "changed", ("n",)),
        ("item", "plans", '[{"S":"plan"},{"N":"10"}]', "removed", ()),
        ("item", "plans", '[{"S":"plan"},{"N":"11"}]', "added", ()),
    ]
    (change,) = [d for d in found if d["key"] == '[{"S":"lock"},{"N":"1"}]']
    assert (change["before"]["n"], change["after"]["n"]) == ({"N": "1.5"}, {"N": "2"})


def test_a_zones_settings_differ_beside_its_records(store: DirectoryStore, snapshot: Manifest) -> None:
    described = source()
    assert isinstance(described.zones, MemoryZones)
    described.zones.described[zone_id("ex.test")] = ZoneSettings("ours", {"team": "dns"})
    (difference,) = snapshot_differences(snapshot, snapshot_of(described, store), store)
    assert told([difference]) == [("zone", "ex.test.", "settings", "changed", ("comment", "tags"))]
    assert difference["after"] == {
        "id": zone_id("ex.test"),
        "private": False,
        "comment": "ours",
        "tags": {"team": "dns"},
    }


def test_a_zone_that_was_made_anew_is_the_same_zone_with_another_id(store: DirectoryStore, snapshot: Manifest) -> None:
    zones = [replace(zone, id=f"{zone.id}NEW") if zone.name == "ex.test." else zone for zone in snapshot.zones]
    again = new_manifest(CAPTURED, "tests", zones, snapshot.tables, snapshot.functions)
    assert told(list(snapshot_differences(snapshot, again, store))) == [
        ("zone", "ex.test.", "settings", "changed", ("id",))
    ]


def test_the_apex_counts_between_captures_and_not_for_what_a_run_ended_with(store: DirectoryStore) -> None:
    before = snapshot_of(source(), store)
    (zone,) = (zone for zone in before.zones if zone.name == "other.test.")
    empty = snapshot_of(source(), store, derived="replay")
    without_apex = replace(zone, part=next(z.part for z in before.zones if z.name == "ex.test."))
    assert list(snapshot_differences(before, empty, store)) == []
    moved = new_manifest(CAPTURED, "tests", [without_apex], before.tables, before.functions)
    keys = [d["key"] for d in snapshot_differences(before, moved, store) if d["type"] == "record_set"]
    assert {"other.test. NS", "other.test. SOA"} <= set(keys)


def altered(snapshot: Manifest, store: DirectoryStore, **changes: Any) -> Manifest:
    """The snapshot with other tables, functions, health checks or masking; stored."""
    given: dict[str, Any] = {"tables": snapshot.tables, "functions": snapshot.functions, **changes}
    tables, functions = given.pop("tables"), given.pop("functions")
    found = new_manifest(CAPTURED, "tests", snapshot.zones, tables, functions, **given)
    put_manifest(store, found)
    return found


CHECK = HealthCheckManifest("hc-1", {"Type": "TCP", "Port": 53})


def with_function(snapshot: Manifest, **changes: Any) -> list[FunctionManifest]:
    return [replace(snapshot.functions[0], **changes)]


def test_a_health_check_that_came_is_told(store: DirectoryStore, snapshot: Manifest) -> None:
    (difference,) = snapshot_differences(snapshot, altered(snapshot, store, health_checks=[CHECK]), store)
    assert difference == {
        "type": "health_check",
        "service": "route53",
        "key": "hc-1",
        "kind": "added",
        "after": CHECK.document(),
    }


def test_a_tables_shape_and_what_was_sampled_of_it_are_told(store: DirectoryStore, snapshot: Manifest) -> None:
    tables = [
        replace(table, schema={**SCHEMA, "TableClass": "STANDARD_INFREQUENT_ACCESS"}, sample={"one_in": 10})
        if table.name == "plans"
        else table
        for table in snapshot.tables
    ]
    assert told(list(snapshot_differences(snapshot, altered(snapshot, store, tables=tables), store))) == [
        ("schema", "plans", "schema", "changed", ("TableClass",)),
        ("sample", "plans", "sample", "changed", ("sample",)),
    ]


def test_a_functions_code_configuration_versions_and_aliases_are_told(
    store: DirectoryStore, snapshot: Manifest
) -> None:
    configuration = dict(snapshot.functions[0].configuration)
    functions = with_function(
        snapshot,
        configuration={**configuration, "Timeout": 9},
        code=Part("0" * 64, 3),
        versions=(FunctionVersion("1", configuration, Part("1" * 64, 3)),),
        aliases=({"Name": "live", "FunctionVersion": "1"},),
        withheld=("TOKEN",),
    )
    assert told(list(snapshot_differences(snapshot, altered(snapshot, store, functions=functions), store))) == [
        ("configuration", "enactor", "configuration", "changed", ("Timeout",)),
        ("code", "enactor", "code", "changed", ()),
        ("versions", "enactor", "versions", "changed", ("1",)),
        ("aliases", "enactor", "aliases", "changed", ("live",)),
        ("withheld", "enactor", "withheld", "changed", ()),
    ]


def test_other_masking_is_told(store: DirectoryStore, snapshot: Manifest) -> None:
    masked = altered(snapshot, store, masking={"rules": "0" * 64, "key": "1" * 16})
    assert told(list(snapshot_differences(snapshot, masked, store))) == [("masking", None, "masking", "added", ())]


VALUES = st.sampled_from(["1", "2", "3"])


@st.composite
def states(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.sets(st.sampled_from(["a.ex.test.", "b.ex.test."])))
    keys = draw(st.sets(st.tuples(st.sampled_from(["p", "q"]), VALUES)))
    tables = {"plans": [item(pk, sk, v={"N": draw(VALUES)}) for pk, sk in sorted(keys)]}
    return {
        "zones": {"ex.test": [rr(name, "A", f"192.0.2.{draw(VALUES)}") for name in sorted(names)]},
        "tables": tables if draw(st.booleans()) else {},
        "functions": {"enactor": CODE + draw(VALUES).encode()} if draw(st.booleans()) else {},
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=states(), after=states())
def test_two_snapshots_differ_exactly_where_their_digests_do(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any]
) -> None:
    store = DirectoryStore(tmp_path / "store")
    first, second = (snapshot_of(source(**state), store) for state in (before, after))
    found = list(snapshot_differences(first, second, store))
    assert (found == []) == (first.digest == second.digest)
    back = list(snapshot_differences(second, first, store))
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted((d["type"], d["key"], turned[d["kind"]]) for d in back) == sorted(
        (d["type"], d["key"], d["kind"]) for d in found
    )
