"""The contract of invoices, changed twice: the pipeline's functions run in memory on the scenario's own orders, and the rows are held against the new promises."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from changed_in_process import called

from twinstage.cli.data_twin_file import load_data_twin
from twinstage.rehearse.pipeline.contract_change import reader_findings, row_findings
from twinstage.twin.sample.items import row_of, table_schema
from twinstage.validate.checks.plan import plan_findings
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.table_form import creation

if TYPE_CHECKING:
    from twinstage.cli.data_twin_file import DataTwinFile

FOLDER = Path(__file__).parents[2] / "scenarios/invoices"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())


def issued(loaded: DataTwinFile, orders: list[Any]) -> list[dict[str, Any]]:
    """The rows that the pipeline's functions write for these orders, one after the other."""
    aws = MemoryAws(clock=lambda: 1_763_450_000.0, region="eu-central-1")
    (table,) = loaded.contract.product.tables
    total, issue = (loaded.functions[name] for name in ("total-order", "issue-invoice"))
    with (
        called(aws, total.code, total.handler, total.environment) as totalling,
        called(aws, issue.code, issue.handler, issue.environment) as issuing,
    ):
        client = boto3.client("dynamodb")
        client.create_table(**creation("invoices", table_schema(table, "contract"))[0])
        for order in orders:
            # An order in a currency that is not known goes another way: nobody invoices it here.
            with contextlib.suppress(Exception):
                issuing({**order, "total": totalling(order)})
        return [row_of(item) for item in client.scan(TableName="invoices")["Items"]]


@pytest.mark.parametrize("file", sorted(EXPECTED))
def test_what_is_found_against_the_change_is_what_is_expected(file: str) -> None:
    loaded = load_data_twin(FOLDER / file, "python3.12")
    change = loaded.change
    assert change is not None
    after = {"invoices": [*change.standing["invoices"], *issued(loaded, list(loaded.inputs))]}
    static = plan_findings(change.plan.document(), change.may_break)
    findings = [*static, *reader_findings(change), *row_findings(change, after)]
    assert [each.check for each in findings if each.passed is False and each.counts] == EXPECTED[file]["failed"]
    written = {each.evidence["rows"] for each in findings if each.check.startswith("written-")}
    assert written == {8 if file == "data-twin.yaml" else 7}, "francs are invoiced under the contract that has them"


def test_the_tests_that_one_would_write_of_the_strict_pipeline_pass() -> None:
    loaded = load_data_twin(FOLDER / "strict.yaml", "python3.12")
    of_others = {order["customer_id"]: order for order in loaded.inputs if order["currency"] != "CHF"}
    rows = issued(loaded, list(of_others.values()))
    references = [row["reference"] for row in rows]
    assert len(rows) == len(of_others)
    assert all(references)
    assert len(set(references)) == len(rows), "one order a customer shows nothing"


def test_the_static_part_of_the_strict_contract_refuses_nothing() -> None:
    change = load_data_twin(FOLDER / "strict.yaml", "python3.12").change
    assert change is not None
    assert change.plan.announced
    assert all(finding.passed for finding in plan_findings(change.plan.document(), change.may_break))


@pytest.mark.parametrize(("name", "known"), [("invoices", True), ("prod.invoices_v1", False)])
def test_who_reads_what_goes_is_known_only_where_lineage_knows_the_table(
    tmp_path: Path, name: str, known: bool
) -> None:
    shutil.copytree(FOLDER, tmp_path / "invoices")
    lineage = tmp_path / "invoices/lineage.jsonl"
    lineage.write_text(lineage.read_text().replace('"name": "invoices"', f'"name": "{name}"'))
    contract = tmp_path / "invoices/invoices.odcs.yaml"
    contract.write_text(contract.read_text().replace("name: reference\n", "name: purpose\n"))
    change = load_data_twin(tmp_path / "invoices/data-twin.yaml", "python3.12").change
    assert change is not None
    told = {each.name: each.read_by for each in change.readers}
    if known:
        assert told["invoices.reference"], "it is read, and the change says why it may break"
    else:
        assert told["invoices.reference"] is None
    findings = {each.check: each.passed for each in reader_findings(change)}
    assert findings["consumers-invoices.reference"] is (True if known else None)
