"""The file of a data product's twin: read with all that it names, or refused with every problem at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from twinstage.cli.data_twin_file import DataTwinFile, find_data_twin, load_data_twin
from twinstage.model.errors import InputError
from twinstage.rehearse.pipeline.product_snapshot import product_snapshot
from twinstage.world.store import DirectoryStore

SCENARIO = Path(__file__).parents[2] / "scenarios/orders-pipeline"
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: o
name: orders
version: 1.0.0
status: active
schema:
  - name: orders
    physicalName: shop_orders
    properties:
      - {name: id, logicalType: string, primaryKey: true, required: true}
      - {name: cents, logicalType: integer, required: true}
"""
FLOW = {"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "${Store}", "End": True}}}


def written(folder: Path, **members: Any) -> Path:
    (folder / "code").mkdir()
    (folder / "code/app.py").write_text("def handler(event, context):\n    return event\n")
    (folder / "orders.yaml").write_text(CONTRACT)
    (folder / "flow.json").write_text(json.dumps(FLOW))
    (folder / "inputs.jsonl").write_text('{"n": 1}\n{"n": 2}\n')
    document = {
        "schema": "twinstage:data_twin:1",
        "name": "orders",
        "contract": "orders.yaml",
        "pipeline": {
            "definition": "flow.json",
            "functions": {"store": {"code": "code", "handler": "app.handler", "environment": {"TABLE": "shop_orders"}}},
            "placeholders": {"Store": "store"},
        },
        "sample": {"seed": 1, "rows": {"orders": 3}},
        "inputs": "inputs.jsonl",
        **members,
    }
    (folder / "data-twin.yaml").write_text(yaml.safe_dump(document))
    return folder / "data-twin.yaml"


def load(path: Path) -> DataTwinFile:
    return load_data_twin(path, "python3.12")


def test_it_is_read_with_rows_functions_and_inputs(tmp_path: Path) -> None:
    found = load(find_data_twin(written(tmp_path).parent))

    assert (found.name, found.contract.product.version, len(found.inputs)) == ("orders", "1.0.0", 2)
    assert found.functions["store"].runtime == "python3.12"
    assert [row["id"] for row in found.rows["orders"]] == ["id-000001", "id-000002", "id-000003"]


def test_the_state_machine_may_be_in_yaml(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "flow.json").write_text(yaml.safe_dump(FLOW))
    assert load(path).definition == FLOW
    (tmp_path / "flow.json").write_text("StartAt: S\nStates:\n  S: &s {Type: Pass, End: true}\n  T: *s\n")
    with pytest.raises(InputError) as refused:
        load(path)
    assert [(one.line, one.pointer) for one in refused.value.problems] == [(3, "/States/S"), (4, "/States/T")]


def test_what_was_read_becomes_a_snapshot_that_is_the_same_every_time(tmp_path: Path) -> None:
    found, store = load(written(tmp_path)), DirectoryStore(tmp_path / "store")
    captured = {"at": "2026-01-01T00:00:00Z", "account": "1" * 12, "region": "us-east-1"}

    first, again = (
        product_snapshot(
            found.contract.product, found.rows, found.functions, store, captured=captured, file="orders.yaml"
        )
        for _ in range(2)
    )

    assert first.digest == again.digest
    assert [(table.name, table.items) for table in first.tables] == [("shop_orders", 3)]
    assert [function.name for function in first.functions] == ["store"]


def test_rows_may_be_given_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "x", "cents": 5}\n')

    found = load(written(tmp_path, sample={"files": {"orders": "rows.jsonl"}}))

    assert found.rows["orders"] == [{"id": "x", "cents": 5}]


def test_every_problem_of_the_files_is_told_at_once(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        pipeline={
            "definition": "flow.json",
            "functions": {"other": {"code": "nowhere", "handler": "app.handler"}},
        },
        inputs="none.jsonl",
        sample={"rows": {"invoices": 1}},
    )

    with pytest.raises(InputError) as raised:
        load(file)

    told = [(Path(problem.file).name, problem.pointer) for problem in raised.value.problems]
    assert ("data-twin.yaml", "/pipeline/functions/other/code") in told
    assert ("data-twin.yaml", "/inputs") in told
    assert ("flow.json", "/States/S/Resource") in told
    assert any("no table invoices" in problem.message for problem in raised.value.problems)


@pytest.mark.parametrize(
    ("member", "value", "pointer"),
    [
        ("name", "No Name", "/name"),
        ("inputs", 3, "/inputs"),
        ("extra", 1, ""),
        ("executions", {"seed": -1}, "/executions/seed"),
    ],
)
def test_what_the_schema_does_not_allow_is_told_with_its_line(
    tmp_path: Path, member: str, value: Any, pointer: str
) -> None:
    with pytest.raises(InputError) as raised:
        load(written(tmp_path, **{member: value}))

    assert pointer in [problem.pointer for problem in raised.value.problems]
    assert all(problem.line for problem in raised.value.problems)


def test_inputs_that_are_no_json_are_told_by_line(tmp_path: Path) -> None:
    file = written(tmp_path)
    (tmp_path / "inputs.jsonl").write_text("{}\n{\n")

    with pytest.raises(InputError) as raised:
        load(file)
    assert [(Path(p.file).name, p.line) for p in raised.value.problems] == [("inputs.jsonl", 2)]


def test_rows_without_their_key_never_become_a_snapshot(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"cents": 5}\n')
    found = load(written(tmp_path, sample={"files": {"orders": "rows.jsonl"}}))
    captured = {"at": "2026-01-01T00:00:00Z", "account": "1" * 12, "region": "us-east-1"}
    store = DirectoryStore(tmp_path / "store")

    with pytest.raises(InputError, match="row 1 of orders has no id, which is its key"):
        product_snapshot(found.contract.product, found.rows, found.functions, store, captured=captured, file="c")


def test_a_folder_without_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no data-twin\.yaml"):
        find_data_twin(tmp_path)


def test_the_packaged_scenario_is_whole() -> None:
    found = load(SCENARIO / "data-twin.yaml")

    assert len(found.inputs) == 24
    assert {table: len(rows) for table, rows in found.rows.items()} == {"orders": 0, "prices": 40, "batches": 0}
