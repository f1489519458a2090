"""Capture: everything of the selection enters the snapshot, and nothing that must not; equal state has an equal digest."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck as Check
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.state.memory_zones import MemoryZones, rr
from tests.state.production_parts import (
    CAPTURED,
    CODE,
    CONFIGURATION,
    MemoryFunctions,
    MemoryTables,
    everything,
    item,
    production,
    write_dumps,
    zone_id,
)
from twinstage.model.archive import zip_directory
from twinstage.model.errors import InputError
from twinstage.model.rewrite import WITHHELD
from twinstage.state.capture import CaptureOptions, Production, Selection, capture, zone_reference
from twinstage.state.masking import Masking
from twinstage.state.masking_rules import masking_rules
from twinstage.state.sampling import sampled
from twinstage.state.snapshot import get_items, get_manifest, get_record_sets
from twinstage.world.dumps import FunctionDumps, NoZones, TableDumps, ZoneDumps
from twinstage.world.interface import Definition, HealthCheck, Version, ZoneSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.model.manifest import Manifest
    from twinstage.world.store import DirectoryStore

RECORDS = [rr("a.ex.test.", "A", "192.0.2.1"), rr("t.ex.test.", "TXT", '"x"')]
PEOPLE = [item(f"user-{n % 40}", str(n), email={"S": f"u{n % 40}@ex.test"}) for n in range(200)]
KEY = b"0123456789abcdef"
KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]


def snapshot(source: Production, store: DirectoryStore, **given: Any) -> Manifest:
    selection = given.pop("selection", None) or everything(source)
    return capture(source, selection, store, captured=CAPTURED, tool="tests", **given)


def masking(*rules: dict[str, Any]) -> Masking:
    return Masking(masking_rules({"rules": list(rules)}, "rules"), KEY)


@dataclass
class DescribedZones(MemoryZones):
    """Zones that have everything a zone can have beside its record sets."""

    def __init__(self, source: Production) -> None:
        assert isinstance(source.zones, MemoryZones)
        super().__init__(*source.zones.held.values())

    def settings(self, zone_id: str) -> ZoneSettings:
        return ZoneSettings(f"of {zone_id}", {"team": "dns"}, ({"VPCId": "vpc-1", "VPCRegion": "us-east-1"},))

    def health_check(self, id_: str) -> HealthCheck | None:
        return None if id_ == "gone" else HealthCheck(id_, {"Type": "TCP", "Port": 80}, {"Name": id_})


def test_a_zone_is_captured_with_its_settings_and_the_health_checks_it_names(store: DirectoryStore) -> None:
    checked = [
        rr("h.ex.test.", "A", "192.0.2.1", SetIdentifier=str(n), Weight=1, HealthCheckId=id_)
        for n, id_ in enumerate(("hc-2", "hc-1", "hc-2", "gone"))
    ]
    source = production({"ex.test": [*RECORDS, *checked]}, {})
    source = replace(source, zones=DescribedZones(source))
    selection = Selection(("ex.test.",))

    found = get_manifest(store, snapshot(source, store, selection=selection).id)

    (zone,) = found.zones
    assert (zone.comment, zone.tags) == (f"of {zone_id('ex.test')}", {"team": "dns"})
    assert zone.vpcs == ({"VPCId": "vpc-1", "VPCRegion": "us-east-1"},)
    assert [check.document() for check in found.health_checks] == [
        {"id": id_, "configuration": {"Type": "TCP", "Port": 80}, "tags": {"Name": id_}} for id_ in ("hc-1", "hc-2")
    ]


def test_a_zone_may_be_chosen_by_its_id_where_names_are_not_unique(store: DirectoryStore) -> None:
    zones = production({"ex.test": RECORDS}, {}).zones
    assert isinstance(zones, MemoryZones)
    (held,) = zones.held.values()
    twice = MemoryZones(held, replace(held, id="ZAGAIN"))
    source = Production(twice, MemoryTables(), MemoryFunctions())

    with pytest.raises(InputError) as caught:
        snapshot(source, store, selection=Selection(("ex.test.", "no.test.")))
    assert [(p.message, p.hint) for p in caught.value.problems] == [
        ("ex.test.: 2 hosted zones have this name", f"choose one by its id: ZAGAIN, {zone_id('ex.test')}"),
        ("no.test.: 0 hosted zones have this name", "choose among ex.test."),
    ]
    assert list(store.list("")) == []

    assert snapshot(source, store, selection=Selection(("ZAGAIN",))).zones[0].id == "ZAGAIN"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("Ex.test", "ex.test."),
        ("Z0703663WE3WTQ3FAPIF", "Z0703663WE3WTQ3FAPIF"),
        ("/hostedzone/Z0703663WE3WTQ3FAPIF", "Z0703663WE3WTQ3FAPIF"),
        ("z.test", "z.test."),
    ],
)
def test_a_reference_is_a_name_or_an_id(text: str, reference: str) -> None:
    assert zone_reference(text) == reference


def test_when_and_how_each_thing_was_read_stands_beside_the_state(store: DirectoryStore) -> None:
    source = production({"ex.test": RECORDS}, {"people": PEOPLE}, {"enactor": CODE})
    ticks = (f"2026-01-01T00:00:{second:02}Z" for second in itertools.count())

    found = snapshot(source, store, clock=lambda: next(ticks), options=CaptureOptions(one_in=4))

    sources = found.captured["sources"]
    assert {kind: {name: s["by"] for name, s in things.items()} for kind, things in sources.items()} == {
        "functions": {"enactor": "list"},
        "zones": {"ex.test.": "list"},
        "tables": {"people": "sample"},
    }
    assert all(s["from"] < s["to"] for things in sources.values() for s in things.values())
    assert found.digest == snapshot(source, store, options=CaptureOptions(one_in=4)).digest


@dataclass
class VersionedFunctions:
    """One function with two versions and an alias; `environments` by version."""

    environments: dict[str, dict[str, str]]

    def definition(self, function: str) -> Definition:
        def configured(version: str) -> dict[str, Any]:
            return {**CONFIGURATION, "Environment": self.environments[version]}

        versions = tuple(Version(v, configured(v), CODE + v.encode()) for v in self.environments if v != "$LATEST")
        alias = {"Name": "live", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}
        return Definition(configured("$LATEST"), CODE, versions, (alias,))


def functions(**environments: dict[str, str]) -> Production:
    held = {name.replace("v", "").replace("latest", "$LATEST"): value for name, value in environments.items()}
    return Production(NoZones(), MemoryTables(), VersionedFunctions(held))


ENACTOR = Selection(functions=("enactor",))


def test_a_function_is_captured_with_its_versions_and_aliases(store: DirectoryStore) -> None:
    source = functions(latest={"A": "1"}, v1={"A": "0"}, v2={"B": "2"})

    (found,) = get_manifest(store, snapshot(source, store, selection=ENACTOR).id).functions

    assert [(v.version, v.configuration["Environment"]) for v in found.versions] == [
        ("1", {"A": "0"}),
        ("2", {"B": "2"}),
    ]
    assert len({part.sha256 for part in found.packages()}) == 3
    assert found.aliases[0]["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.1}}


def test_secrets_of_every_function_and_version_stop_the_capture_before_anything_is_stored(
    store: DirectoryStore,
) -> None:
    source = functions(latest={"DB_PASSWORD": "hunter2"}, v1={"TOKEN": "ghp_" + "Ab1" * 12}, v2={"A": "x"})

    with pytest.raises(InputError) as caught:
        snapshot(source, store, selection=ENACTOR)

    assert [problem.pointer for problem in caught.value.problems] == [
        "/functions/enactor/Environment/DB_PASSWORD",
        "/functions/enactor/versions/1/Environment/TOKEN",
    ]
    assert "hunter2" not in str(caught.value)
    assert list(store.list("")) == []


def test_a_value_that_is_withheld_is_in_no_version_and_its_name_is_listed(store: DirectoryStore) -> None:
    source = functions(latest={"DB_PASSWORD": "hunter2", "A": "1"}, v1={"DB_PASSWORD": "hunter1", "OLD": "x"})
    options = CaptureOptions(withhold={"enactor": frozenset({"DB_PASSWORD", "OLD"})})

    (found,) = snapshot(source, store, selection=ENACTOR, options=options).functions

    assert found.withheld == ("DB_PASSWORD", "OLD")
    assert found.environment == {"DB_PASSWORD": WITHHELD, "A": "1"}
    assert found.versions[0].configuration["Environment"] == {"DB_PASSWORD": WITHHELD, "OLD": WITHHELD}
    assert not any(b"hunter" in store.get(key) for key in store.list(""))


def test_what_is_to_be_withheld_and_is_not_there_is_refused(store: DirectoryStore) -> None:
    options = CaptureOptions(withhold={"enactor": frozenset({"B"}), "planner": frozenset({"A"})})

    with pytest.raises(InputError) as caught:
        snapshot(functions(latest={"A": "1"}), store, selection=ENACTOR, options=options)

    assert [problem.message for problem in caught.value.problems] == [
        "enactor has no environment variable B",
        "planner is not captured: nothing of it can be withheld",
    ]


def test_a_masked_variable_is_no_secret_any_more(store: DirectoryStore) -> None:
    source = functions(latest={"API_KEY": "9f86d081884c7d659a2feaa0c55ad015", "A": "1"})
    options = CaptureOptions(masking=masking({"function": "enactor", "variable": "API_*"}))

    (found,) = snapshot(source, store, selection=ENACTOR, options=options).functions

    assert found.environment["A"] == "1"
    assert found.environment["API_KEY"] != "9f86d081884c7d659a2feaa0c55ad015"


def test_what_a_rule_leaves_readable_of_a_variable_may_still_be_a_secret(store: DirectoryStore) -> None:
    """With `after`, a token stands for the end of a value only, and for nothing of a value that has no such mark."""
    source = functions(latest={"A_URL": "postgres://u:hunter2@db?key=1", "B_URL": "postgres://u:hunter2@db"})
    rule = {"function": "enactor", "variable": "*_URL", "after": "?key="}

    with pytest.raises(InputError) as caught:
        snapshot(source, store, selection=ENACTOR, options=CaptureOptions(masking=masking(rule)))

    assert [problem.pointer.rsplit("/", 1)[1] for problem in caught.value.problems] == ["A_URL", "B_URL"]
    assert list(store.list("")) == []


def test_a_variable_that_is_masked_and_withheld_is_withheld(store: DirectoryStore) -> None:
    masked = masking({"function": "*", "variable": "*"})
    options = CaptureOptions(masking=masked, withhold={"enactor": frozenset({"A"})})

    (found,) = snapshot(functions(latest={"A": "1"}), store, selection=ENACTOR, options=options).functions

    assert found.environment == {"A": WITHHELD}


def test_masked_items_and_texts_are_in_no_part_and_what_was_masked_is_told(store: DirectoryStore) -> None:
    source = production({"ex.test": RECORDS}, {"people": PEOPLE})
    rules = ({"table": "people", "path": "email"}, {"table": "people", "path": "pk"}, {"zone": "*", "txt": "t.*"})

    found = snapshot(source, store, options=CaptureOptions(masking=masking(*rules)))

    (table,) = found.tables
    assert table.masked == ("email", "pk")
    assert found.masking == masking(*rules).document()
    held = [found_item for part in table.parts for found_item in get_items(store, part)]
    assert len({found_item["pk"]["S"] for found_item in held}) == 40
    assert not any("ex.test" in json.dumps(found_item) for found_item in held)
    (txt,) = [r for r in get_record_sets(store, found.zones[0].part) if r["Type"] == "TXT"]
    assert txt["ResourceRecords"] != [{"Value": '"x"'}]


def test_masking_is_as_deterministic_as_capture(store: DirectoryStore) -> None:
    rule = {"table": "people", "path": "email"}
    digests = {
        snapshot(production({}, {"people": people}), store, options=CaptureOptions(masking=masking(rule))).digest
        for people in (PEOPLE, PEOPLE[::-1])
    }

    assert len(digests) == 1
    assert digests != {snapshot(production({}, {"people": PEOPLE}), store).digest}


def test_keys_that_masking_makes_equal_stop_the_capture(store: DirectoryStore) -> None:
    people = [item("one", str(n)) for n in range(5000)]
    options = CaptureOptions(masking=masking({"table": "people", "path": "sk", "digits": 6}))

    with pytest.raises(InputError, match="people: two items have the key") as caught:
        snapshot(production({}, {"people": people}), store, options=options)
    assert "give the rule more digits" in caught.value.problems[0].hint


def test_items_with_one_key_are_refused(store: DirectoryStore) -> None:
    with pytest.raises(InputError, match="people: two items have the key"):
        snapshot(production({}, {"people": [PEOPLE[0], PEOPLE[0]]}), store)


@settings(max_examples=30, deadline=None, suppress_health_check=[Check.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False), one_in=st.integers(2, 9))
def test_a_sample_keeps_whole_partitions_and_is_the_same_each_time(order: Any, one_in: int) -> None:
    shuffled = order.sample(PEOPLE, len(PEOPLE))

    def numbers(items: Iterator[dict[str, Any]]) -> list[int]:
        return sorted(int(found["sk"]["N"]) for found in items)

    kept = list(sampled(shuffled, KEYS, one_in))
    partitions = {found["pk"]["S"] for found in kept}

    assert numbers(iter(kept)) == numbers(sampled(PEOPLE, KEYS, one_in))
    assert len(kept) == sum(found["pk"]["S"] in partitions for found in PEOPLE)
    assert {found["pk"]["S"] for found in sampled(PEOPLE, KEYS, one_in * 2)} <= partitions


def test_a_sample_holds_about_as_many_partitions_as_it_says_and_says_so(store: DirectoryStore) -> None:
    people = [item(str(n), "0") for n in range(4000)]

    (table,) = snapshot(production({}, {"people": people}), store, options=CaptureOptions(one_in=8)).tables

    assert table.sample == {"one_in": 8}
    assert 400 < table.items < 600


def test_a_sample_is_chosen_by_productions_keys_whatever_is_masked(store: DirectoryStore) -> None:
    rules = masking({"table": "people", "path": "pk"})

    plain, masked = (
        snapshot(production({}, {"people": PEOPLE}), store, options=CaptureOptions(one_in=3, masking=m)).tables[0]
        for m in (None, rules)
    )

    assert plain.items == masked.items > 0


def test_dumps_of_the_api_give_the_digest_that_a_capture_gives(tmp_path: Path, store: DirectoryStore) -> None:
    source = production({"ex.test": RECORDS, "other.test": []}, {"plans": PEOPLE, "empty": []}, {"enactor": CODE})
    write_dumps(tmp_path, source)
    dumps = Production(
        ZoneDumps(tmp_path / "zones"),
        TableDumps(tmp_path / "tables"),
        FunctionDumps(tmp_path / "functions", zip_directory),
        listed_by="dump",
        items_by="dump",
    )

    imported = snapshot(dumps, store, selection=everything(source))

    assert imported.digest == snapshot(source, store).digest
    assert {s["by"] for things in imported.captured["sources"].values() for s in things.values()} == {"dump"}


def test_what_a_snapshot_cannot_hold_is_refused(store: DirectoryStore) -> None:
    node = MemoryFunctions({"web": CODE})
    node.configured |= {"Runtime": "nodejs22.x"}
    with pytest.raises(InputError, match=r"nodejs22\.x"):
        snapshot(Production(NoZones(), MemoryTables(), node), store, selection=Selection(functions=("web",)))
    twice = Selection(tables=("plans", "plans"))
    with pytest.raises(InputError, match="'plans' appears twice"):
        snapshot(Production(NoZones(), MemoryTables({"plans": []}), node), store, selection=twice)
