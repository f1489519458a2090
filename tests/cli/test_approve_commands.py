"""The `approval` section with mistakes, and what `approve` and `reject` say where there is nothing to decide."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.cli.test_scenario_problems import EVENT, GOOD, scenario, write_events
from tests.faults.approvals import Office
from twinstage.cli.commands.approve import approve, reject
from twinstage.cli.commands.attest import attest_command
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError, SafetyError
from twinstage.model.scenario import scenario_of
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["scenario"]  # the fixture


def problems(scenario: Path, section: str) -> list[tuple[str, str]]:
    write_events(scenario, EVENT)
    (scenario / "scenario.yaml").write_text(GOOD + section)
    with pytest.raises(InputError) as caught:
        load_scenario(scenario / "scenario.yaml")
    return [(problem.pointer, problem.message) for problem in caught.value.problems]


def test_every_mistake_of_the_section_is_told_at_once(scenario: Path) -> None:
    found = problems(
        scenario, "approval: {risk: extreme, expires_s: 0, policies: {high: {quorum: 1}}, approvers: []}\n"
    )

    assert {place for place, _ in found} == {
        "/approval/approvers",
        "/approval/expires_s",
        "/approval/policies/high/quorum",
        "/approval/risk",
    }


def test_people_enough_have_to_be_named(scenario: Path) -> None:
    found = problems(scenario, 'approval: {risk: medium, approvers: [alice, "Alice "]}\n')

    assert found == [
        ("/approval/approvers", "a high risk needs 2 people to approve, and only 1 may"),
        ("/approval/approvers/1", "Alice  is named twice"),
    ]


def test_a_higher_risk_asks_for_no_fewer_people(scenario: Path) -> None:
    found = problems(scenario, "approval: {policies: {low: one, medium: {quorum: 3}, high: auto}}\n")

    assert found == [("/approval/policies", "a high risk needs fewer people than a medium one")]


def test_a_section_has_defaults_and_none_asks_nobody() -> None:
    document = {"schema": "twinstage:scenario:1", "name": "a", "capture": {"tables": ["t"]}, "events": {"file": "e"}}
    assert scenario_of(document).approval is None

    policy = scenario_of({**document, "approval": {"policies": {"low": "one"}}}).approval

    assert policy is not None
    assert (policy.risk, policy.policies, policy.expires_s) == (None, {"low": 1, "medium": 1, "high": 2}, 3600)


def test_a_folder_that_is_no_run_and_a_run_that_asks_nobody_are_bad_input(tmp_path: Path) -> None:
    office = Office(tmp_path / "run", {})
    for place, message in ((tmp_path, "not a run"), (office.folder, "no approval was asked for")):
        with pytest.raises(InputError, match=message):
            CliRunner().invoke(approve, [str(place)], catch_exceptions=False)


def test_who_decides_is_this_user_where_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "alice")
    office = Office(tmp_path, {"policies": {"medium": {"quorum": 2}}, "expires_s": 604_800})
    office.ask_now()

    done = CliRunner().invoke(approve, [str(tmp_path), "--json"], catch_exceptions=False)
    other = CliRunner().invoke(reject, [str(tmp_path), "--as", "bob", "--reason", "why", "--json"])

    found, last = json.loads(done.stdout), json.loads(other.stdout)
    assert (done.exit_code, found["by"], found["outcome"], found["approvals"]) == (0, "alice", "pending", 1)
    assert (other.exit_code, last["outcome"]) == (0, "rejected")
    record = office.desk.file()
    assert schema_violations("change-record", record) == []
    assert [entry["by"] for entry in record["decisions"]] == ["alice", "bob"]


def test_what_is_approved_is_attested_with_this_users_key(tmp_path: Path) -> None:
    office = Office(tmp_path, {"policies": {"medium": "one"}, "expires_s": 604_800})
    office.ask_now()
    with pytest.raises(SafetyError, match="nobody has decided yet"):
        CliRunner().invoke(attest_command, [str(tmp_path)], catch_exceptions=False)
    CliRunner().invoke(approve, [str(tmp_path), "--as", "alice"], catch_exceptions=False)
    office.end()

    done = CliRunner().invoke(attest_command, [str(tmp_path), "--json"], catch_exceptions=False)

    told = json.loads(done.stdout)
    assert told["envelope"] == json.loads((tmp_path / "attestation.json").read_bytes())
    assert [each["keyid"] for each in told["envelope"]["signatures"]] == [told["key"]]


def test_a_refusal_is_a_guards(tmp_path: Path) -> None:
    office = Office(tmp_path, {})
    office.ask_now()

    with pytest.raises(SafetyError) as caught:
        CliRunner().invoke(approve, [str(tmp_path), "--as", "carol"], catch_exceptions=False)

    assert (caught.value.exit_code, caught.value.code) == (4, "OWN_CHANGE")
