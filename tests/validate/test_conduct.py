"""What an invocation may do to a zone, and how it says what it did: kinds `locked`, `settled` and `reports`, asked of an exploration."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.memory_zones import change
from tests.validate.evidence_parts import ZONE
from tests.validate.judging_both import FORM, NAME, leads, tree, txt, world
from twinstage.model.deed import Deed, Written
from twinstage.model.invariant import invariant_of
from twinstage.rehearse.properties import InvariantProperties

LOCK, NOW = "_lock.ex.test.", 1_000
LOCKED: dict[str, Any] = {
    "id": "I",
    "kind": "locked",
    "names": ["*.ex.test"],
    "functions": ["enactor"],
    "txt": "_lock",
    "holder": "/enactor",
    "now": "/now",
    "lease_s": 180,
}
SETTLED: dict[str, Any] = {"id": "I", "kind": "settled", "names": [NAME], "generation": FORM, "at_least_s": 60}
REPORTS: dict[str, Any] = {
    "id": "I",
    "kind": "reports",
    "functions": ["cleaner"],
    "response": "/trees/*/*",
    "one_of": ["removed", "kept"],
}
START = [tree(9), tree(10), leads(NAME, 10)]


def lock(holder: str, expires: int) -> dict[str, Any]:
    return txt(LOCK, f"{holder} {expires}")


def did(
    entry: dict[str, Any],
    start: list[dict[str, Any]],
    *batch: dict[str, Any],
    function: str = "enactor",
    message: Any = None,
    at_s: float = NOW,
    earlier: tuple[Written, ...] = (),
) -> tuple[str, bool]:
    """What is wrong with a batch that A makes, in words (empty: nothing), and whether the invariant had nothing to look at."""
    aws = world(*start)
    before = aws.state
    properties = InvariantProperties([invariant_of(entry)], before)
    aws.answer("route53", "ChangeResourceRecordSets", {"HostedZoneId": ZONE, "ChangeBatch": {"Changes": list(batch)}})
    handed = {"enactor": "A", "now": NOW} if message is None else message
    deed = Deed(function, handed, Written(at_s, ZONE, tuple(batch)), earlier)
    told = properties.told_deed("I", deed, before, aws.state)
    assert bool(told) == (properties.did(deed, before, aws.state) == {"I"})
    return told, not properties.applied


def test_what_changes_under_the_own_lock_is_fine() -> None:
    assert did(LOCKED, [*START, lock("A", 1180)], change("CREATE", tree(11))) == ("", False)


def test_what_changes_without_any_lock_is_told() -> None:
    told, _ = did(LOCKED, START, change("CREATE", tree(11)))
    assert told == "enactor changed plan-11.ex.test. A on behalf of A while nobody holds the zone"


def test_what_changes_while_somebody_else_holds_the_zone_is_told() -> None:
    told, _ = did(LOCKED, [*START, lock("B", 900)], change("UPSERT", leads(NAME, 9)))
    assert told == "enactor changed api.ex.test. A on behalf of A while B holds the zone"


def test_to_renew_the_own_lock_in_the_batch_is_fine() -> None:
    renewal = [change("DELETE", lock("A", 1100)), change("CREATE", lock("A", 1180)), change("CREATE", tree(11))]
    assert did(LOCKED, [*START, lock("A", 1100)], *renewal) == ("", False)


@pytest.mark.parametrize(
    ("held", "wanted", "told"),
    [
        (None, lock("A", 1180), ""),
        (None, lock("A", 1181), "A took the lock for 181 s, not for 180 at most"),
        (None, lock("A", 1000), "A took the lock for 0 s, not for 180 at most"),
        (None, lock("B", 1180), "enactor on behalf of A gave the lock to B"),
        (lock("B", 1000), lock("A", 1180), ""),
        (lock("B", 1001), lock("A", 1180), "enactor on behalf of A took away the lock that B holds for 1 s more"),
        (lock("B", 1001), None, "enactor on behalf of A took away the lock that B holds for 1 s more"),
        (lock("B", 900), None, "A gave back the lock of B"),
        (lock("A", 1100), None, ""),
    ],
)
def test_a_lock_changes_hands_as_a_lease_does(
    held: dict[str, Any] | None, wanted: dict[str, Any] | None, told: str
) -> None:
    batch = [*([change("DELETE", held)] if held else []), *([change("CREATE", wanted)] if wanted else [])]
    assert did(LOCKED, [*START, *([held] if held else [])], *batch) == (told, False)


def test_a_lock_that_does_not_say_until_when_has_run_out() -> None:
    assert did(LOCKED, [txt(LOCK, "B")], change("UPSERT", lock("A", 1180))) == ("", False)


def test_without_a_time_in_the_message_the_clock_of_the_function_counts() -> None:
    told, _ = did(LOCKED, [lock("B", 1001)], change("UPSERT", lock("A", 1180)), message={"enactor": "A"}, at_s=1001)
    assert told == ""


def test_a_message_on_nobodys_behalf_holds_nothing() -> None:
    told, _ = did(LOCKED, [*START, lock("A", 1180)], change("CREATE", tree(11)), message={})
    assert told == "enactor changed plan-11.ex.test. A on behalf of nobody while A holds the zone"


def test_another_function_needs_no_lock_and_says_nothing() -> None:
    assert did(LOCKED, START, change("CREATE", tree(11)), function="cleaner") == ("", True)


def test_other_names_need_no_lock_and_say_nothing() -> None:
    assert did(LOCKED | {"names": [NAME]}, START, change("CREATE", tree(11))) == ("", True)


def built(at_s: float, generation: int = 11) -> Written:
    return Written(at_s, ZONE, (change("UPSERT", tree(generation)),))


FLIP = change("UPSERT", leads(NAME, 11))
STANDS = [*START, tree(11)]


@pytest.mark.parametrize(("at_s", "told"), [(940, ""), (941, "59"), (1000, "0")])
def test_a_name_is_pointed_at_what_the_invocation_wrote_long_enough_ago(at_s: float, told: str) -> None:
    wrong, idle = did(SETTLED, STANDS, FLIP, earlier=(built(500), built(at_s)))
    expected = f"api.ex.test. was pointed at generation 11 {told} s after it was written, not 60" if told else ""
    assert (wrong, idle) == (expected, False)


def test_what_an_earlier_invocation_wrote_may_be_pointed_at() -> None:
    assert did(SETTLED, STANDS, FLIP, earlier=(built(999, 12),)) == ("", False)


def test_what_the_same_batch_writes_is_not_settled() -> None:
    told, _ = did(SETTLED, START, change("CREATE", tree(11)), FLIP)
    assert told == "api.ex.test. was pointed at generation 11 0 s after it was written, not 60"


def test_what_was_taken_away_was_not_written() -> None:
    removed = Written(990, ZONE, (change("DELETE", tree(11)),))
    assert did(SETTLED, STANDS, FLIP, earlier=(removed,)) == ("", False)


def test_a_name_that_stays_where_it_is_says_nothing() -> None:
    assert did(SETTLED, START, change("CREATE", tree(11))) == ("", True)


def reported(response: Any, outcome: str = "success", entry: dict[str, Any] | None = None) -> tuple[str, bool]:
    properties = InvariantProperties([invariant_of(entry or REPORTS)], world().state)
    ending = {"outcome": outcome, "response": response}
    told = properties.told_ending("I", "cleaner", ending)
    assert bool(told) == (properties.ended("cleaner", {}, ending) == {"I"})
    return told, not properties.applied


def test_a_report_that_says_one_of_what_may_be_said_is_fine() -> None:
    assert reported({"trees": {"z": {"8": "removed", "9": "kept"}}}) == ("", False)


def test_a_report_that_says_anything_else_is_told() -> None:
    told, _ = reported({"trees": {"z": {"8": "removed", "9": "lost"}}})
    assert told == "cleaner says 'lost' at /trees/*/*, none of 'removed', 'kept'"


@pytest.mark.parametrize("response", [None, {}, {"trees": {}}, {"trees": {"z": {}}}])
def test_a_report_that_says_nothing_is_told(response: Any) -> None:
    told, _ = reported(response)
    assert told.startswith("cleaner says nothing at /trees/*/*")


@pytest.mark.parametrize(("said", "told"), [("kept", "cleaner says 'kept' at /trees/*/*"), ("anything", "")])
def test_what_may_not_be_said_is_told_and_anything_else_may(said: str, told: str) -> None:
    entry = {name: value for name, value in REPORTS.items() if name != "one_of"} | {"none_of": ["kept"]}
    assert reported({"trees": {"z": {"8": "removed", "9": said}}}, entry=entry) == (told, False)


def test_a_failure_reports_nothing_and_is_not_asked() -> None:
    assert reported(None, "error") == ("", True)
