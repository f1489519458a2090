"""`twinstage twin` and `twinstage config`: from files to versions, and what lies between them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml

from tests.twin.contract_parts import DCS, ODCS_3, manifest
from tests.twin.test_version_differences import MACHINE
from twinstage.world.aws.versions import TABLE
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

PIPELINES = Path(__file__).parents[2] / "../shared/data/pipelines"
FILES = sorted([*PIPELINES.glob("odcs/*.yaml"), *PIPELINES.glob("dbt/*manifest*.json")])
Twinstage = Any


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A contract, the next one, a state machine, and an event of lineage."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "orders.odcs.yaml").write_text(ODCS_3)
    (folder / "next.odcs.yaml").write_text(ODCS_3.replace("name: customer", "name: client").replace("1.2.0", "2.0.0"))
    (folder / "flow.asl.json").write_text(json.dumps(MACHINE))
    event = {
        "eventTime": "2026-01-01T00:00:00Z",
        "job": {"namespace": "airflow", "name": "daily"},
        "inputs": [{"namespace": "postgres://db.example.test:5432", "name": "shop.public.orders_v1"}],
        "outputs": [{"namespace": "postgres://db.example.test:5432", "name": "shop.public.revenue"}],
    }
    (folder / "events.jsonl").write_text(json.dumps(event) + "\n")
    return folder


@pytest.fixture
def created(twinstage: Callable[..., Ran], files: Path) -> Ran:
    return twinstage(
        *("twin", "create", "--contract", files / "orders.odcs.yaml", "--pipeline", files / "flow.asl.json"),
        *("--lineage", files / "events.jsonl", "--json"),
    )


def test_a_twin_is_made_of_contract_pipeline_and_lineage(created: Ran) -> None:
    assert created.code == 0
    document = created.document
    assert (document["schema"], document["id"], document["version"], document["dry_run"]) == (
        "twinstage:twin-create:1",
        "orders",
        1,
        False,
    )
    (table,) = document["product"]["tables"]
    assert (table["name"], table["columns"], table["rules"]) == ("orders", 7, 3)
    assert table["deployed_key"] == [{"name": "id", "type": "S", "columns": ["id"]}]
    nodes = document["graph"]["nodes"]
    assert nodes["pipeline"] == 2
    assert nodes["column"] >= 7
    content = document["twin"]["content"]
    assert (content["owner"], content["ttl_hours"], content["configuration"]) == (
        "ann",
        24.0,
        {"sample_rows": 20, "seed": 0},
    )
    assert content["files"] == {"contract": "orders.odcs.yaml", "lineage": "events.jsonl", "pipeline": "flow.asl.json"}


def test_the_graph_of_a_twin_is_kept_in_the_store_as_impact_reads_it(
    twinstage: Callable[..., Ran], files: Path, created: Ran
) -> None:
    digest = created.document["twin"]["content"]["graph"].removeprefix("sha256:")
    (kept,) = files.parent.rglob(digest)
    ran = twinstage("impact", "table:postgres://db.example.test:5432|shop.public.orders_v1", "--graph", kept, "--json")
    assert ran.code == 0
    assert "table:postgres://db.example.test:5432|shop.public.revenue" in {n["node"] for n in ran.document["affected"]}


def test_a_dry_run_shows_the_same_and_writes_nothing(twinstage: Callable[..., Ran], files: Path, created: Ran) -> None:
    ran = twinstage("twin", "create", "--contract", files / "next.odcs.yaml", "--id", "other", "--dry-run", "--json")
    assert (ran.code, ran.document["version"], ran.document["twin"]) == (0, 1, None)
    assert [twin["id"] for twin in twinstage("twin", "list", "--json").document["twins"]] == ["orders"]
    told = twinstage("twin", "create", "--contract", files / "orders.odcs.yaml", "--id", "other", "--dry-run").out
    assert "table     orders  key id  7 columns, 3 rules" in told
    assert told.endswith("dry run: version 1 of other was not written\n")


def test_equal_files_make_equal_twins_wherever_they_lie(
    twinstage: Callable[..., Ran], files: Path, created: Ran
) -> None:
    copy = files.parent / "copy"
    copy.mkdir()
    (copy / "orders.odcs.yaml").write_text("# moved\n" + ODCS_3.replace("\n", "\r\n"))
    one, other = (
        twinstage("twin", "create", "--contract", place / "orders.odcs.yaml", "--id", "x", "--dry-run", "--json")
        for place in (files, files)
    )
    assert one.document["digest"] == other.document["digest"]
    moved = twinstage("twin", "create", "--contract", copy / "orders.odcs.yaml", "--id", "y", "--dry-run", "--json")
    assert moved.document["product"] == one.document["product"]


def test_an_id_that_is_taken_is_refused_and_an_update_is_a_version_with_its_differences(
    twinstage: Callable[..., Ran], files: Path, created: Ran
) -> None:
    taken = twinstage("twin", "create", "--contract", files / "next.odcs.yaml")
    assert taken.code == 2
    assert "there is a twin orders already, at version 1 (`twinstage twin create --id orders --update`" in taken.err
    ran = twinstage("twin", "create", "--contract", files / "next.odcs.yaml", "--update", "--json")
    assert (ran.code, ran.document["version"], ran.document["breaking"]) == (0, 2, True)
    # What is not given stays as the version before has it.
    content = ran.document["twin"]["content"]
    assert content["pipeline"] == created.document["twin"]["content"]["pipeline"]
    gone = next(one for one in ran.document["differences"] if one["kind"] == "column-removed")
    assert (gone["path"], gone["breaks"], gone["causes"]) == ("orders.customer", "consumers", ["contract"])
    assert any(node.startswith("data-product:") for node in gone["affected"])


def test_the_difference_of_two_versions(twinstage: Callable[..., Ran], files: Path, created: Ran) -> None:
    twinstage("twin", "create", "--contract", files / "next.odcs.yaml", "--update")
    twinstage("twin", "create", "--contract", files / "next.odcs.yaml", "--update", "--set", "seed=5")
    newest = twinstage("twin", "diff", "orders", "--json").document
    assert (newest["from"], newest["to"], newest["breaking"]) == (2, 3, False)
    assert [(one["kind"], one["path"], one["before"], one["after"]) for one in newest["differences"]] == [
        ("setting-changed", "seed", 0, 5)
    ]
    whole = twinstage("twin", "diff", "orders", "--from", 1, "--json").document
    assert {one["part"] for one in whole["differences"]} == {"contract", "configuration", "graph"}
    assert twinstage("twin", "diff", "orders", "--from", 3, "--to", 3).out == "equal\n"
    assert twinstage("twin", "diff", "orders", "--fail-on", "breaking").code == 0
    assert twinstage("twin", "diff", "orders", "--fail-on", "any").code == 1
    told = twinstage("twin", "diff", "orders", "--from", 1, "--to", 2, "--fail-on", "breaking")
    assert told.code == 1
    assert "BREAKS consumers  contract  column-removed  orders.customer" in told.out


def test_a_state_machine_in_yaml_is_a_pipeline_and_its_states_are_compared(
    twinstage: Callable[..., Ran], files: Path, created: Ran
) -> None:
    (files / "flow.asl.yaml").write_text(yaml.safe_dump(MACHINE))
    create = ("twin", "create", "--contract", files / "orders.odcs.yaml", "--pipeline", files / "flow.asl.yaml")
    same = twinstage(*create, "--update", "--json").document
    assert same["graph"]["nodes"]["stage"] == created.document["graph"]["nodes"]["stage"]
    (files / "flow.asl.yaml").write_text(
        yaml.safe_dump({**MACHINE, "States": {**MACHINE["States"], "New": {"Type": "Succeed"}}})
    )
    assert twinstage(*create, "--update").code == 0
    told = twinstage("twin", "diff", "orders", "--json").document["differences"]
    assert [(one["kind"], one["path"]) for one in told if one["part"] == "pipeline"] == [("state-added", "New")]


def test_a_version_comes_back_as_a_new_one(twinstage: Callable[..., Ran], files: Path, created: Ran) -> None:
    twinstage("twin", "create", "--contract", files / "next.odcs.yaml", "--update")
    late = twinstage("twin", "restore", "orders", 1, "--expect", 1, "--json")
    assert (late.code, late.document["code"]) == (5, "TWIN_CHANGED")
    back = twinstage("twin", "restore", "orders", 1, "--json").document["twin"]
    assert (back["version"], back["restored"], back["digest"]) == (3, 1, created.document["digest"])
    assert twinstage("twin", "diff", "orders", "--from", 1).out == "equal\n"


def test_an_update_is_expected_to_follow_a_version_also_when_nothing_is_written(
    twinstage: Callable[..., Ran], files: Path, created: Ran
) -> None:
    update = ("twin", "create", "--contract", files / "next.odcs.yaml", "--expect", 2)
    assert created.code == 0
    assert twinstage(*update).code == 2
    for more in ((), ("--dry-run",)):
        late = twinstage(*update, "--update", *more, "--json")
        assert (late.code, late.document["code"]) == (5, "TWIN_CHANGED")


def test_a_deleted_twin_is_listed_no_more_and_its_history_stays(twinstage: Callable[..., Ran], created: Ran) -> None:
    assert twinstage("twin", "delete", "orders").code == 0
    assert twinstage("twin", "list").out == "no twin is registered\n"
    listed = twinstage("twin", "list", "--all", "--json").document["twins"]
    assert [(twin["version"], twin["status"]) for twin in listed] == [(2, "deleted")]
    assert twinstage("twin", "show", "orders").code == 2
    shown = twinstage("twin", "show", "orders", "--version", 1, "--json").document
    assert shown["product"]["name"] == "Orders"
    assert [version["change"] for version in shown["history"]] == ["create", "delete"]


def test_a_name_is_nothing_but_text_to_a_terminal(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(ODCS_3.replace("name: Orders", 'name: "Or\\u001b[2Jders"'))
    ran = twinstage("twin", "create", "--contract", tmp_path / "c.yaml", "--id", "x")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "Or\\u{1b}[2Jders" in ran.out


def test_the_registry_may_be_a_table_of_dynamodb(
    twinstage: Callable[..., Ran], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("TWINSTAGE_REGISTRY", "twins")
    with answering(MemoryAws(clock=lambda: 0.0)):
        boto3.client("dynamodb").create_table(TableName="twins", **TABLE)
        assert twinstage("twin", "create", "--contract", files / "orders.odcs.yaml").code == 0
        assert twinstage("twin", "create", "--contract", files / "next.odcs.yaml", "--update").code == 0
        assert twinstage("twin", "diff", "orders", "--fail-on", "breaking").code == 1
        (twin,) = twinstage("twin", "list", "--json").document["twins"]
    assert (twin["id"], twin["version"]) == ("orders", 2)
    assert not list(Path(".twinstage").glob("twins/*"))


def test_a_manifest_is_contract_and_pipeline(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest()))
    ran = twinstage("twin", "create", "--contract", tmp_path / "manifest.json", "--json")
    assert ran.code == 0
    content = ran.document["twin"]["content"]
    assert content["contract"] != content["pipeline"] != ""
    assert "feeds" in ran.document["graph"]["edges"] or "reads" in ran.document["graph"]["edges"]


def test_a_table_without_a_key_may_be_looked_at_and_is_told_with_the_way_out(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    (tmp_path / "c.yaml").write_text(DCS.replace("    primaryKey: [shop, id]\n", ""))
    ran = twinstage("twin", "create", "--contract", tmp_path / "c.yaml", "--json")
    (problem,) = ran.document["undeployable"]
    assert "has no primary key" in problem["message"]
    assert "primaryKey: true" in problem["hint"]
    assert problem["line"] > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--contract", "none.yaml"), "cannot be read"),
        (("--contract", "orders.odcs.yaml", "--pipeline", "none.json"), "cannot be read"),
        (("--contract", "orders.odcs.yaml", "--pipeline", "broken.json"), "broken.json"),
        (("--contract", "orders.odcs.yaml", "--lineage", "broken.json"), "broken.json"),
        (("--contract", "orders.odcs.yaml", "--id", "No Id"), "is not a run id"),
        (("--contract", "orders.odcs.yaml", "--update"), "there is no twin orders"),
        (("--contract", "orders.odcs.yaml", "--ttl-hours", "0"), "ttl_hours cannot be 0.0"),
        (("--contract", "orders.odcs.yaml", "--set", "seed"), "'seed' has no ="),
        (("--contract", "orders.odcs.yaml", "--snapshot", "sha256:12"), "no snapshot"),
    ],
)
def test_bad_input_is_refused(
    twinstage: Callable[..., Ran], files: Path, arguments: tuple[str, ...], message: str
) -> None:
    (files / "broken.json").write_text('{"StartAt": "Nowhere", "States": {}')
    named = [files / one if (files / one).suffix in (".yaml", ".json") else one for one in arguments]
    ran = twinstage("twin", "create", *named)
    assert ran.code == 2, ran.err
    assert message in ran.err
    assert twinstage("twin", "list").out == "no twin is registered\n"


@pytest.mark.parametrize("command", [("show",), ("diff",), ("restore",), ("delete",)])
@pytest.mark.parametrize("name", ["../../etc", "", "Orders", "a" * 21])
def test_a_name_that_is_no_id_is_refused(twinstage: Callable[..., Ran], command: tuple[str, ...], name: str) -> None:
    ran = twinstage("twin", *command, name, *((1,) if command == ("restore",) else ()))
    assert ran.code == 2
    assert "is not a run id" in ran.err


def test_settings_are_shown_with_the_layer_that_gave_them(
    twinstage: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s.yaml").write_text("name: x\nconfiguration:\n  seed: 3\n  sample_rows: 4\n")
    monkeypatch.setenv("TWINSTAGE_SEED", "5")
    ran = twinstage("config", "show", "--origin", "--scenario", tmp_path / "s.yaml", "--set", "owner=ann")
    assert ran.out.splitlines() == [
        "store = '.twinstage'  # default",
        "registry = ''  # default",
        "owner = 'ann'  # flag --set owner (over default '')",
        "ttl_hours = 24.0  # default",
        f"sample_rows = 4  # scenario {tmp_path / 's.yaml'}:4 (over default 20)",
        "seed = 5  # environment TWINSTAGE_SEED (over scenario 3, default 0)",
    ]
    assert twinstage("config", "show").out.splitlines()[-1] == "seed = 5"
    document = twinstage("config", "show", "--json").document
    assert (document["schema"], document["settings"][5]["layer"]) == ("twinstage:config-show:1", "environment")


def test_an_unknown_setting_of_any_layer_is_one_error(
    twinstage: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWINSTAGE_SEAD", "5")
    ran = twinstage("config", "show", "--set", "ttl=1", "--set", "seed", "--set", "store=", "--json")
    assert ran.code == 2
    assert [(p["file"], p["hint"]) for p in ran.document["problems"]] == [
        ("--set", "NAME=VALUE"),
        ("--set", "give a path"),
        ("--set", "nearest: ttl_hours"),
        ("TWINSTAGE_SEAD", "nearest: seed"),
    ]


@pytest.mark.skipif(not FILES, reason="no contracts of other people's here: ../shared/data/pipelines")
def test_every_contract_of_other_people_becomes_a_twin_or_is_refused_with_its_line(
    twinstage: Callable[..., Ran],
) -> None:
    for n, file in enumerate(FILES):
        ran = twinstage("twin", "create", "--contract", file, "--id", f"t{n}", "--dry-run", "--json")
        assert ran.code == 0 or file.parent.name == "dbt", (file.name, ran.err)
        if ran.code != 0:
            assert ran.code == 2, (file.name, ran.err)
            assert all(problem["line"] for problem in ran.document["problems"]), (file.name, ran.err)
        else:
            assert ran.document["product"]["kind"] in ("odcs", "dbt")
