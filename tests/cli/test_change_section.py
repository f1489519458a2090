"""A scenario's change of records and tables: read with its files, told with its mistakes, compiled into steps, planned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.bad_input import good
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.change_step import FunctionStep, RecordsStep, TableStep, steps_of
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

NEW = {"Name": "new.ex.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.9"}]}
BATCH = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": NEW}]}
MOVED = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": good.RECORDS[0]}]}
INDEX = {
    "IndexName": "by-n",
    "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
INDEXED = {
    **good.TABLE,
    "AttributeDefinitions": [*good.TABLE["AttributeDefinitions"], {"AttributeName": "n", "AttributeType": "N"}],
    "GlobalSecondaryIndexes": [INDEX],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a scenario in which nothing is wrong."""
    found = good.scenario(tmp_path / "small")
    for name, content in (
        ("new.json", BATCH),
        ("moved.json", {"ChangeBatch": MOVED}),
        ("indexed.json", {"Table": INDEXED}),
    ):
        good.write(found / name, content)
    return found


def changed(folder: Path, change: dict[str, Any]) -> Path:
    """The scenario with another change."""
    (folder / "changed.yaml").write_text(f"extends: scenario.yaml\nchange: {json.dumps(change)}\n")
    return folder / "changed.yaml"


def told(file: Path) -> list[tuple[str, str, str]]:
    """File, pointer and message of every problem."""
    with pytest.raises(InputError) as caught:
        load_scenario(file)
    return [(Path(p.file).name, p.pointer, p.message) for p in caught.value.problems]


def test_tables_come_before_functions_and_functions_before_records_in_their_order(folder: Path) -> None:
    records = [{"zone": "EX.test", "file": "new.json"}, {"zone": "ex.test.", "file": "moved.json"}]
    change = {"records": records, "tables": {"plans": "indexed.json"}, "functions": {"enactor": {"code": "candidate"}}}

    scenario = load_scenario(changed(folder, change)).scenario

    assert [step.id for step in scenario.steps] == ["table-plans", "function-enactor", "records-1", "records-2"]
    table, function, first, second = scenario.steps
    assert isinstance(table, TableStep)
    assert isinstance(function, FunctionStep)
    assert isinstance(first, RecordsStep)
    assert isinstance(second, RecordsStep)
    assert [index["IndexName"] for index in table.schema["GlobalSecondaryIndexes"]] == ["by-n"]
    assert (first.zone, list(first.changes)) == ("ex.test.", BATCH["Changes"])
    assert scenario.arms == ("baseline", "candidate")


def test_the_compiled_scenario_says_the_same_steps_again(folder: Path) -> None:
    loaded = load_scenario(changed(folder, {"records": [{"zone": "ex.test", "file": "new.json"}]}))
    assert steps_of(json.loads(json.dumps(loaded.scenario.document))["change"]) == loaded.scenario.steps


def test_a_change_of_functions_alone_is_compiled_as_it_stands(folder: Path) -> None:
    scenario = load_scenario(folder / "scenario.yaml").scenario
    assert "steps" not in scenario.document["change"]
    assert [step.id for step in scenario.steps] == ["function-enactor"]


def test_a_setting_that_the_file_says_nothing_of_stays_and_null_takes_it_away(folder: Path) -> None:
    good.write(folder / "indexed.json", {**INDEXED, "StreamSpecification": None})
    (step,) = load_scenario(changed(folder, {"tables": {"plans": "indexed.json"}})).scenario.steps
    before = {"TimeToLive": {"AttributeName": "until"}, "StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}

    assert isinstance(step, TableStep)
    after = step.target(before)

    assert after["TimeToLive"] == before["TimeToLive"]
    assert "StreamSpecification" not in after


def test_every_mistake_is_told_at_once(folder: Path) -> None:
    good.write(folder / "broken.json", {"Changes": [{"Action": "REPLACE", "ResourceRecordSet": NEW}]})
    good.write(folder / "shapeless.json", {"KeySchema": []})
    change = {
        "records": [
            {"zone": "other.test", "file": "new.json"},
            {"zone": "ex.test", "file": "gone.json"},
            {"zone": "ex.test", "file": "broken.json"},
        ],
        "tables": {"others": "indexed.json", "plans": "shapeless.json"},
        "steps": [],
    }

    assert told(changed(folder, change)) == [
        ("broken.json", "/Changes/0/Action", "'REPLACE' is not one of ['CREATE', 'DELETE', 'UPSERT']"),
        ("changed.yaml", "/change/records/0/zone", "other.test changes but is not captured"),
        ("changed.yaml", "/change/records/1/file", "gone.json does not exist"),
        ("changed.yaml", "/change/steps", "the steps follow from what else stands in the section"),
        ("changed.yaml", "/change/tables/others", "others changes but is not captured"),
        ("shapeless.json", "/AttributeDefinitions", "missing, or of another type"),
    ]


def test_a_change_that_changes_nothing_is_refused(folder: Path) -> None:
    (problem,) = told(changed(folder, {"summary": "nothing"}))
    assert problem[1] == "/change"
    assert problem[2].startswith("one of 'functions', 'records', 'tables'")


def test_the_plan_of_a_scenario_has_its_records_and_tables(
    folder: Path, twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    change = {"records": [{"zone": "ex.test", "file": "new.json"}, {"zone": "ex.test", "file": "moved.json"}]}
    file = changed(folder, change | {"tables": {"plans": "indexed.json"}})

    ran = twinstage("plan", file, "--store", tmp_path / "store", "--json")

    document = ran.document
    assert {(each["kind"], each["place"]) for each in document["changes"]} == {
        ("record", "api.ex.test. A"),
        ("record", "new.ex.test. A"),
        ("table", "GlobalSecondaryIndexes/by-n"),
    }
    refusing = {
        (each["guard"], each["observed"].partition(":")[0]) for each in document["guards"] if not each["passed"]
    }
    assert ("last-of-name", "records-1") not in refusing
    assert {step for _, step in refusing} == {"records-2"}
    assert ran.code == 4
    assert {name for name in document["made_of"] if name.startswith("step/")} == {
        "step/records-1",
        "step/records-2",
        "step/table-plans",
    }


def test_what_the_scenario_lets_through_passes_and_is_told(
    folder: Path, twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    change = {"records": [{"zone": "ex.test", "file": "moved.json"}]}
    refused = twinstage("plan", changed(folder, change), "--store", tmp_path / "store", "--json").document
    allow = [each["guard"] for each in refused["guards"] if not each["passed"]]

    allowed = twinstage("plan", changed(folder, {**change, "allow": allow}), "--store", tmp_path / "store", "--json")

    assert allow
    assert {each["guard"] for each in allowed.document["guards"] if each["allowed"]} == set(allow)
    assert allowed.code == 1
    assert allowed.document["digest"] != refused["digest"]


def test_a_load_that_reaches_the_twin_would_find_it_unchanged(folder: Path) -> None:
    records = [{"zone": "ex.test", "file": "new.json"}]
    stress = {
        "world": "twin",
        "target": {"function": "enactor"},
        "load": {"profile": "constant", "rate_per_s": 5, "duration_s": 10},
    }
    text = f"extends: scenario.yaml\nchange: {json.dumps({'records': records})}\nstress: {json.dumps(stress)}\n"
    (folder / "stressed.yaml").write_text(text)
    assert ("stressed.yaml", "/stress/world") in [(file, place) for file, place, _ in told(folder / "stressed.yaml")]
