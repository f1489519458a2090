"""Invariants of kind `items` in a scenario: every mistake at once, in DynamoDB's own words where an expression is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from racing_scenario import write_racing_scenario

from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = {
    "TableName": "leases",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "TableStatus": "ACTIVE",
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
}


def scenario(folder: Path, *invariants: dict[str, Any]) -> Path:
    """The racing scenario with a table `leases` and these invariants of it."""
    write_racing_scenario(folder)
    (folder / "tables").mkdir()
    (folder / "tables/leases.json").write_text(json.dumps({"Table": TABLE, "Items": []}))
    asked = "".join(
        f"  - {json.dumps({'id': f'D{n}', 'kind': 'items', 'table': 'leases', **each})}\n"
        for n, each in enumerate(invariants)
    )
    text = (folder / "scenario.yaml").read_text()
    text = text.replace("zones: zones\n", "zones: zones\n  tables: tables\n").replace(
        "capture:\n", "capture:\n  tables: [leases]\n"
    )
    (folder / "scenario.yaml").write_text(text.replace("criteria:\n", f"{asked}criteria:\n"))
    return folder / "scenario.yaml"


def test_every_form_is_understood(tmp_path: Path):
    limits = {"at_least": 0, "at_most": 1}
    active = {"where": "#s = :on", "placeholders": {"#s": "state", ":on": {"S": "on"}}}

    loaded = load_scenario(
        scenario(
            tmp_path / "s",
            {"condition": "attribute_exists(holder)", "at_end": True},
            {"never_decreases": "version"},
            {"refers_to": {"attribute": "owner", "table": "leases"}},
            {"count": limits, **active},
            {"sum": {"attribute": "tokens", "equals": 10}},
        )
    )

    assert [each.names for each in loaded.scenario.explored_invariants if each.kind == "items"] == [("leases",)] * 5


@pytest.mark.parametrize(
    ("entry", "place", "said"),
    [
        ({"condition": "holder ="}, "condition", "Syntax error"),
        (
            {"condition": "#s = :on"},
            "condition",
            "An expression attribute name used in the document path is not defined",
        ),
        (
            {"condition": "attribute_exists(a)", "placeholders": {":x": {"S": ""}}},
            "placeholders",
            "unused in expressions",
        ),
        ({"condition": "a = :x", "placeholders": {":x": {"N": "one"}}}, "placeholders", "cannot be converted"),
        ({"never_decreases": "v", "table": "nowhere"}, "table", "nowhere is not captured"),
        ({"refers_to": {"attribute": "a", "table": "nowhere"}}, "refers_to/table", "nowhere is not captured"),
        ({"never_decreases": "v", "behind": 2}, "", "behind"),
        ({"count": {}}, "count", ""),
        ({}, "", ""),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, entry: dict[str, Any], place: str, said: str):
    with pytest.raises(InputError) as caught:
        load_scenario(scenario(tmp_path / "s", {"condition": "attribute_exists(a)"}, entry))

    problems = caught.value.problems
    at = f"/invariants/3/{place}".rstrip("/")
    assert {problem.pointer for problem in problems} == {at}, problems
    assert any(said in problem.message for problem in problems), problems
    assert all(problem.line for problem in problems)
