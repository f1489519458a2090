"""`twinstage rollback`: is there a way back, from every state that the change may be met in?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from racing_scenario import ASSERT, write_racing_scenario

from twinstage.model.errors import InputError
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

RECOVERY = "{messages: [{function: enactor, event: {generation: 3}}]}"
RACE = "{name: race, certify: true, containers: {A: [{function: enactor, event: {generation: 2}}], B: [{function: enactor, event: {generation: 3}}]}}"
EXPLORE = f"{{recovery: {RECOVERY}, cases: [{RACE}]}}"
# What it moves to is not there once the trees before it are cleaned away.
CLEANS = """
    gone = {"Name": f"plan-{applied}.example.net.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": f"192.0.2.{applied}"}]}
    changes = [{"Action": "UPSERT", "ResourceRecordSet": alias(event["generation"])}, {"Action": "DELETE", "ResourceRecordSet": gone}]
    ROUTE53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": changes})
    return {"applied": event["generation"]}
"""
# What it moves to is taken away at once: the old code takes it for applied, and leaves it so.
FELLS = """
    felled = {"Name": f"plan-{event['generation']}.example.net.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": f"192.0.2.{event['generation']}"}]}
    for action, record in (("UPSERT", alias(event["generation"])), ("DELETE", felled)):
        changes = [{"Action": action, "ResourceRecordSet": record}]
        ROUTE53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": changes})
    return {"applied": event["generation"]}
"""
# The old code goes back to the first tree before it goes on.
BY_THE_FIRST = """
    ROUTE53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": alias(1)}]})
    return {"applied": 1}
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_racing_scenario(tmp_path / "racing", baseline=ASSERT, candidate=ASSERT, explore=EXPLORE)


def test_a_way_back_that_works_from_every_state_is_approved(
    twinstage: Callable[..., Ran], good: Path, tmp_path: Path
) -> None:
    ran = twinstage("rollback", good, "--json", "--run-dir", tmp_path / "run")

    assert ran.code == 0, ran.out
    found = ran.document
    assert (found["schema"], found["verdict"]) == ("twinstage:rollback:1", "APPROVED")
    assert not list(schema_violations("rollback", found))
    assert [(case["case"], case["exhausted"]) for case in found["cases"]] == [("recorded", None), ("race", True)]
    page = (tmp_path / "run/rollback.html").read_text()
    assert "The way back" in page
    assert "race: from" in page


def test_code_that_cannot_go_on_from_what_the_new_code_left_is_rejected_and_shown_by_its_command(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    """The new code cleans up behind itself; the old code begins again at the first tree, which is gone by then."""
    folder = write_racing_scenario(
        tmp_path / "racing",
        baseline=BY_THE_FIRST,
        candidate=CLEANS,
        explore=f"{{recovery: {RECOVERY}}}",
    )

    ran = twinstage("rollback", folder, "--json")
    told = twinstage("rollback", folder)
    (failure,) = [each for each in ran.document["failures"] if each["check"] == "recovery"]
    shown = twinstage(*failure["command"].split()[1:])

    assert (ran.code, told.code, shown.code) == (1, 1, 1)
    assert (failure["event"], failure["call"]) == ("e1", 2)
    assert "REJECTED" in told.out
    assert failure["command"] in told.out
    assert "BREAKS recovery: enactor fails" in shown.out


def test_a_case_alone_is_asked_all_that_the_whole_is(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    folder = write_racing_scenario(tmp_path / "racing", baseline=ASSERT, candidate=FELLS, explore=EXPLORE)

    whole = twinstage("rollback", folder, "--json")
    alone = twinstage("rollback", folder, "--case", "race", "--json")

    assert (whole.code, alone.code) == (1, 1)
    assert alone.document["asked"] == whole.document["asked"]
    assert "I1" in alone.document["asked"]
    assert {each["check"] for each in alone.document["failures"] if each["case"] == "race"} >= {"I1"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--from", "e9:1"), "e9:1 is no place of the recorded path"),
        (("--from", "e1"), "e1 names no state of the recorded path"),
        (("--case", "nobodys", "--schedule", "A"), "nobodys: there is no case of this name"),
        (("--case", "race", "--schedule", "C"), "'C' is no action"),
        (("--case", "nobodys"), "nobodys: there is no case of this name that is to be certified"),
    ],
)
def test_a_state_that_there_is_not_is_bad_input(
    twinstage: Callable[..., Ran], good: Path, options: tuple[str, ...], message: str
) -> None:
    ran = twinstage("rollback", good, *options)

    assert ran.code == InputError.exit_code
    assert message in ran.err


def test_without_a_message_for_the_old_code_there_is_nothing_to_ask_it(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = twinstage("rollback", write_racing_scenario(tmp_path / "racing"))

    assert ran.code == InputError.exit_code
    assert "nothing is run with the old code afterwards" in ran.err
