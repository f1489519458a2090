"""What an exploration stands on: exactly what the snapshot holds, under production's names, with each arm's own code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.production_parts import CONFIGURATION, MemoryFunctions
from tests.state.sample_snapshots import ITEMS, RECORDS, snapshot_of, source
from twinstage.model.archive import zip_files
from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError
from twinstage.model.item import canonical_item, from_client
from twinstage.model.rewrite import WITHHELD
from twinstage.model.scenario import scenario_of
from twinstage.rehearse.inputs import Change, inputs_of, start_state
from twinstage.rehearse.uploaded import code_key, local_changes, uploaded_changes
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.manifest import Manifest
    from twinstage.rehearse.inputs import Inputs
    from twinstage.state.capture import Production

ENVIRONMENT = {"PLAN_TABLE": "plans", "ZONE": "ex.test.", "MODE": "quick", "SIGNING": "some value of production"}
OLD, NEW = zip_files({"app.py": b"OLD = 1\n", "lib/x.py": b""}), zip_files({"app.py": b"NEW = 1\n"})


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


def scenario(**document: Any) -> Any:
    change = {"functions": {"enactor": {"code": "candidate", "handler": "app.other", "environment": {"MODE": "slow"}}}}
    least = {
        "schema": "twinstage:scenario:1",
        "name": "s",
        "capture": {"functions": ["enactor"]},
        "events": {"file": "-"},
    }
    return scenario_of({**least, "change": change, "environment": {"keep": ["MODE"]}, **document})


def production(code: bytes = OLD) -> Production:
    functions = MemoryFunctions({"enactor": code}, {**CONFIGURATION, "Environment": ENVIRONMENT})
    return replace(source(), functions=functions)


def inputs(store: DirectoryStore, folder: Path, changes: dict[str, Change] | None = None, code: bytes = OLD) -> Inputs:
    given = {"enactor": Change(NEW, "app.other", {"MODE": "slow"})} if changes is None else changes
    return inputs_of(scenario(), (), snapshot_of(production(code), store), store, given, folder / "code")


def world(manifest: Manifest, store: DirectoryStore) -> MemoryAws:
    aws = MemoryAws(clock=lambda: 0.0, account=manifest.captured["account"], region=manifest.captured["region"])
    aws.restore(start_state(manifest, store))
    return aws


def test_the_world_holds_the_snapshots_record_sets_in_productions_zones(store: DirectoryStore) -> None:
    manifest = snapshot_of(source(), store)
    zone = next(zone for zone in manifest.zones if zone.name == "ex.test.")

    listed = world(manifest, store).answer("route53", "ListResourceRecordSets", {"HostedZoneId": zone.id})

    named = {(record["Name"], record["Type"]) for record in listed["ResourceRecordSets"]}
    assert named >= {(record["Name"].replace("*", "\\052"), record["Type"]) for record in RECORDS}


def test_the_world_holds_the_snapshots_items_in_tables_without_streams(store: DirectoryStore) -> None:
    manifest = snapshot_of(source(), store)
    streamed = [
        replace(table, schema={**table.schema, "StreamSpecification": {"StreamViewType": "KEYS_ONLY"}})
        for table in manifest.tables
    ]
    aws = world(replace(manifest, tables=tuple(streamed)), store)

    found = aws.answer("dynamodb", "Scan", {"TableName": "plans"})["Items"]
    described = aws.answer("dynamodb", "DescribeTable", {"TableName": "plans"})["Table"]

    key = str
    assert sorted((canonical_item(from_client(i)) for i in found), key=key) == sorted(
        map(canonical_item, ITEMS), key=key
    )
    assert "LatestStreamArn" not in described
    assert aws.answer("dynamodb", "Scan", {"TableName": "empty"})["Count"] == 0


def test_a_snapshot_without_tables_or_functions_is_a_world_too(store: DirectoryStore) -> None:
    assert start_state(snapshot_of(source(tables={}, functions={}), store), store).databases == {}


def test_each_arm_has_its_own_code_and_handler(store: DirectoryStore, tmp_path: Path) -> None:
    functions = inputs(store, tmp_path).functions
    baseline, candidate = functions["baseline"]["enactor"], functions["candidate"]["enactor"]

    assert (baseline.handler, (baseline.folder / "app.py").read_text()) == ("app.handler", "OLD = 1\n")
    assert (candidate.handler, (candidate.folder / "app.py").read_text()) == ("app.other", "NEW = 1\n")
    assert (baseline.folder / "lib/x.py").is_file()
    assert (baseline.timeout_s, baseline.memory_mb) == (CONFIGURATION["Timeout"], CONFIGURATION["MemorySize"])


def test_an_environment_is_that_of_the_twins_clones_under_productions_names(
    store: DirectoryStore, tmp_path: Path
) -> None:
    """What is captured is named as in production; what the scenario keeps passes; anything else is withheld, as from a clone."""
    functions = inputs(store, tmp_path).functions

    assert functions["baseline"]["enactor"].environment == {**ENVIRONMENT, "SIGNING": WITHHELD}
    assert functions["candidate"]["enactor"].environment == {**ENVIRONMENT, "SIGNING": WITHHELD, "MODE": "slow"}


def test_a_function_that_does_not_change_is_the_same_in_both_arms(store: DirectoryStore, tmp_path: Path) -> None:
    candidate = inputs(store, tmp_path, changes={}).functions["candidate"]["enactor"]

    assert (candidate.folder / "app.py").read_text() == "OLD = 1\n"


def test_every_package_that_cannot_be_unpacked_is_told_at_once(store: DirectoryStore, tmp_path: Path) -> None:
    outside = zip_files({"../outside.py": b"x", "app.py": b""})

    with pytest.raises(InputError) as raised:
        inputs(store, tmp_path, {"enactor": Change(outside)}, code=b"no zip at all")

    told = sorted(problem.message for problem in raised.value.problems)
    assert told == [
        "its package: '../outside.py' leads out of the package",
        "its package: not a zip: File is not a zip file",
    ]
    assert not (tmp_path / "outside.py").exists()


def test_the_uploaded_package_is_the_one_that_is_deployed(store: DirectoryStore, tmp_path: Path) -> None:
    folder = tmp_path / "candidate"
    folder.mkdir()
    (folder / "app.py").write_text("NEW = 1\n")
    local = local_changes({"enactor": {"code": folder, "handler": "app.other", "environment": {"MODE": "slow"}}})
    store.put(code_key("enactor"), local["enactor"].package)
    digest = f"sha256:{sha256_hex(local['enactor'].package)}"

    assert uploaded_changes(store, scenario(), {"enactor": digest}) == local


@pytest.mark.parametrize(("uploaded", "said"), [(None, "is missing"), (b"another", "is not the package of digest")])
def test_code_that_is_not_what_the_run_was_started_with_is_refused(
    store: DirectoryStore, uploaded: bytes | None, said: str
) -> None:
    if uploaded is not None:
        store.put(code_key("enactor"), uploaded)

    with pytest.raises(InputError) as raised:
        uploaded_changes(store, scenario(), {"enactor": f"sha256:{sha256_hex(NEW)}"})

    assert said in raised.value.problems[0].message
    assert raised.value.problems[0].file == "input/code/enactor.zip"


def test_a_candidate_has_the_timeout_the_memory_and_the_variables_of_its_change(
    store: DirectoryStore, tmp_path: Path
) -> None:
    kept = set(inputs(store, tmp_path / "first").functions["baseline"]["enactor"].environment)
    gone = sorted(kept)[0]
    found = inputs(store, tmp_path, {"enactor": Change(NEW, unset=(gone,), timeout_s=7, memory_mb=1024)}).functions

    candidate, baseline = found["candidate"]["enactor"], found["baseline"]["enactor"]
    assert (candidate.timeout_s, candidate.memory_mb) == (7, 1024)
    assert (baseline.timeout_s, baseline.memory_mb) != (7, 1024)
    assert set(candidate.environment) == kept - {gone}
    assert set(baseline.environment) == kept
