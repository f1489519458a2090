"""The section `change` of a data product's file: read with what stands, and refused with every problem at once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from twinstage.cli.data_twin_file import load_data_twin
from twinstage.model.errors import InputError

FOLDER = Path(__file__).parents[2] / "scenarios/invoices"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "invoices")
    return tmp_path / "invoices"


def with_members(folder: Path, **members: Any) -> Path:
    file = folder / "data-twin.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | members))
    return file


def refused(file: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        load_data_twin(file, "python3.12")
    return [f"{problem.pointer} {problem.message}" for problem in error.value.problems]


def test_the_plan_has_the_contracts_changes_and_the_changed_functions() -> None:
    change = load_data_twin(FOLDER / "data-twin.yaml", "python3.12").change
    assert change is not None
    assert [each.kind for each in change.plan.changes] == ["contract", "contract", "contract", "function"]
    assert [guard.allowed for guard in change.plan.guards] == [True]
    assert set(change.plan.made_of) == {"contract", "function/total-order"}


def test_rows_that_stand_are_made_from_the_contract_that_stands(folder: Path) -> None:
    """The new contract's column is in none of them, though the same seed gives the others the same values."""
    file = with_members(folder, sample={"seed": 3, "rows": {"invoices": 20}})
    loaded = load_data_twin(file, "python3.12")
    assert loaded.change is not None
    assert len(loaded.rows["invoices"]) == 20
    assert not any("voucher_cents" in row for row in loaded.rows["invoices"])
    assert {row["currency"] for row in loaded.rows["invoices"]} <= {"EUR", "GBP"}

    document = yaml.safe_load(file.read_text())
    del document["change"]
    file.write_text(yaml.safe_dump(document))
    assert any("voucher_cents" in row for row in load_data_twin(file, "python3.12").rows["invoices"])


def test_a_column_that_goes_is_told_with_whoever_reads_it(folder: Path) -> None:
    contract = folder / "invoices.odcs.yaml"
    document = yaml.safe_load(contract.read_text())
    columns = document["schema"][0]["properties"]
    document["schema"][0]["properties"] = [each for each in columns if each["name"] != "reference"]
    contract.write_text(yaml.safe_dump(document))
    change = load_data_twin(folder / "data-twin.yaml", "python3.12").change
    assert change is not None
    (reader,) = change.readers
    assert reader.name == "invoices.reference"
    assert reader.read_by is not None
    assert "column:warehouse|ledger.entries|text" in reader.read_by
    assert not any(id_.startswith("column:dynamodb|invoices") for id_ in reader.read_by), (
        "the product itself reads nothing"
    )


def test_everything_that_is_wrong_with_a_change_is_told(folder: Path) -> None:
    functions = {"total-order": {"against": "nowhere"}, "unknown": {"against": "total.main"}}
    contract = {"against": "invoices.main.odcs.yaml"}
    file = with_members(folder, change={"contract": contract, "functions": functions}, lineage="none.jsonl")
    told = refused(file)
    assert len(told) == 3
    assert any("/lineage" in each for each in told)
    assert any("no function unknown" in each for each in told)
    assert any("nowhere is no folder" in each for each in told)


def test_a_guard_that_is_not_there_and_a_contract_that_is_not_there_are_refused(folder: Path) -> None:
    contract = {"against": "invoices.main.odcs.yaml"}
    assert any(
        "no guard share" in each
        for each in refused(with_members(folder, change={"contract": contract, "allow": ["share"]}))
    )
    assert refused(with_members(folder, change={"contract": {"against": "none.yaml"}}))
