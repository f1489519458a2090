"""`twinstage impact` and `twinstage graph export`: what they say, their documents, their exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.twin.lineage_parts import dataset, event, lineage, write
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
name: Orders
schema:
  - name: orders
    physicalName: shop.orders
    properties:
      - name: id
        logicalType: string
"""
MACHINE = {
    "StartAt": "Load",
    "States": {"Load": {"Type": "Task", "Resource": "${Loader}", "End": True}},
}


@pytest.fixture
def events(tmp_path: Path) -> Path:
    told = event(
        "daily",
        [dataset("raw", "amount", "note")],
        [dataset("shop.orders", "id", columnLineage=lineage(id=[("raw", "amount")]))],
    )
    return write(tmp_path / "events.jsonl", json.dumps(told) + "\n" + json.dumps(told) + "\n")


def test_impact_tells_what_is_affected_and_why(twinstage: Callable[..., Ran], events: Path) -> None:
    ran = twinstage("impact", "raw", "--lineage", str(events), "--why", "shop.orders")
    assert ran.code == 0
    assert "2 affected downstream of table:db|raw" in ran.out
    assert "table:db|shop.orders" in ran.out
    assert "events.jsonl line 1 /outputs/0" in ran.out


def test_its_one_document_keeps_to_its_schema(twinstage: Callable[..., Ran], events: Path) -> None:
    ran = twinstage("impact", "raw.amount", "--lineage", str(events), "--columns", "--why", "orders.id", "--json")
    assert schema_violations("impact", ran.document) == []
    assert [each["node"] for each in ran.document["affected"]] == ["column:db|shop.orders|id"]
    assert ran.document["why"][0]["path"][0]["edges"][0]["kind"] == "feeds"
    upstream = twinstage("impact", "orders.id", "--lineage", str(events), "--columns", "--upstream", "--json").document
    assert [each["node"] for each in upstream["affected"]] == ["column:db|raw|amount", "pipeline:jobs|daily"]


def test_all_sources_come_together(twinstage: Callable[..., Ran], events: Path, tmp_path: Path) -> None:
    contract = write(tmp_path / "orders.odcs.yaml", CONTRACT)
    machine = write(tmp_path / "flow.asl.json", MACHINE)
    given = ("--lineage", str(events), "--contract", str(contract), "--pipeline", str(machine))
    ran = twinstage("impact", "raw", *given, "--json")
    assert "data-product:orders" in {each["node"] for each in ran.document["affected"]}
    exported = twinstage("graph", "export", *given, "--json").document
    assert any("${Loader}" in node for node in exported["unresolved"])


def test_an_exported_graph_is_as_good_as_its_sources(
    twinstage: Callable[..., Ran], events: Path, tmp_path: Path
) -> None:
    file = tmp_path / "graph.json"
    assert twinstage("graph", "export", "--lineage", str(events), "--out", str(file)).code == 0
    assert schema_violations("graph", json.loads(file.read_text())) == []
    direct = twinstage("impact", "raw", "--lineage", str(events), "--json").document
    assert twinstage("impact", "raw", "--graph", str(file), "--json").document == direct


@pytest.mark.parametrize(
    ("form", "begins"),
    [("json", '{\n  "digest"'), ("jsonld", '{\n  "@context"'), ("graphml", "<?xml"), ("html", "<!DOCTYPE")],
)
def test_every_form_is_written_to_stdout(twinstage: Callable[..., Ran], events: Path, form: str, begins: str) -> None:
    ran = twinstage("graph", "export", "--lineage", str(events), "--format", form)
    assert ran.code == 0
    assert ran.out.lstrip().startswith(begins)


@pytest.mark.parametrize(
    "arguments",
    [("raw",), ("nothing-of-the-kind", "--lineage"), ("raw", "--graph")],
    ids=["no source", "no node", "no graph"],
)
def test_bad_input_is_one_error_with_a_way_out(
    twinstage: Callable[..., Ran], events: Path, arguments: tuple[str, ...]
) -> None:
    ran = twinstage("impact", *arguments, *([str(events)] if len(arguments) > 1 else []), "--json")
    assert ran.code == 2
    assert ran.document["problems"]


def test_what_is_refused_of_lineage_stops_the_command_unless_it_is_to_keep_going(
    twinstage: Callable[..., Ran], events: Path
) -> None:
    bad: dict[str, Any] = event("late", [dataset("raw")], [], eventTime="soon")
    events.write_text(events.read_text() + json.dumps(bad) + "\n")
    stopped = twinstage("impact", "raw", "--lineage", str(events), "--json")
    assert stopped.code == 2
    assert [(each["line"], each["pointer"]) for each in stopped.document["problems"]] == [(3, "/eventTime")]
    going = twinstage("impact", "raw", "--lineage", str(events), "--keep-going", "--json")
    assert going.code == 0
    assert "/eventTime" in going.document["refused"][0]


def test_a_snapshot_says_what_a_record_is_resolved_by(twinstage: Callable[..., Ran], imported: Ran) -> None:
    snapshot = imported.document["snapshot"]
    ran = twinstage("impact", "record:a.ex.test. A", "--snapshot", snapshot, "--unsigned", "--json")
    affected = {each["node"].partition("|")[2] for each in ran.document["affected"]}
    assert affected == {"www.ex.test. A", "ex.test."}


def test_a_table_that_contract_and_lineage_name_is_one_table(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    contract = tmp_path / "orders.odcs.yaml"
    contract.write_text(CONTRACT)
    told = event(
        "daily",
        [dataset("shop.orders", "id")],
        [dataset("report", "id", columnLineage=lineage(id=[("shop.orders", "id")]))],
    )
    lines = write(tmp_path / "read.jsonl", json.dumps(told) + "\n")
    ran = twinstage(
        "impact", "table:orders", "--contract", str(contract), "--lineage", str(lines), "--columns", "--json"
    )
    assert ran.code == 0, ran.err
    assert "column:db|report|id" in {each["node"] for each in ran.document["affected"]}


def test_what_begins_with_a_dot_is_no_node(twinstage: Callable[..., Ran], events: Path) -> None:
    ran = twinstage("impact", ".raw", "--lineage", str(events))
    assert ran.code == 2
    assert "no node '.raw'" in ran.err
