"""How invocations end: kinds `succeeds` and `waits`, asked of an exploration."""

from __future__ import annotations

from typing import Any

import pytest

from tests.validate.judging_both import world
from twinstage.model.exploration_config import FollowUpPointers
from twinstage.model.invariant import invariant_of
from twinstage.rehearse.properties import InvariantProperties

FOLLOW_UPS = FollowUpPointers("/next/function", "/next/message", "/next/delay_s", "now")
SUCCEEDS: dict[str, Any] = {"id": "I", "kind": "succeeds", "functions": ["enactor"]}
WAITS: dict[str, Any] = {
    "id": "I",
    "kind": "waits",
    "function": "cleaner",
    "message": {"step": "drain", "of": {"zone": "z"}},
    "at_least_s": 120,
}


def ended(entry: dict[str, Any], function: str, **outcome: Any) -> tuple[bool, bool]:
    """(broken, idle) after one ending."""
    properties = InvariantProperties([invariant_of(entry)], world().state, FOLLOW_UPS)
    broken = properties.ended(function, {}, {"outcome": "success", "response": None} | outcome)
    return broken == {"I"}, not properties.applied


def asked_for(function: str, message: Any, delay_s: Any) -> dict[str, Any]:
    return {"response": {"next": {"function": function, "message": message, "delay_s": delay_s}}}


FAILED = {"outcome": "error", "error": "StaleLock", "message": "gone"}
MEANT = {"step": "drain", "of": {"zone": "z", "more": 1}, "now": 3}


def test_an_invocation_that_succeeds_is_what_was_asked_for() -> None:
    assert ended(SUCCEEDS, "enactor") == (False, False)


def test_an_invocation_that_fails_breaks_it() -> None:
    assert ended(SUCCEEDS, "enactor", **FAILED) == (True, False)


def test_another_function_may_fail_and_says_nothing() -> None:
    assert ended(SUCCEEDS, "planner", **FAILED) == (False, True)


@pytest.mark.parametrize(("delay_s", "broken"), [(120, False), (121.5, False), (119, True), (0, True), (None, True)])
def test_a_follow_up_is_held_back_for_long_enough_or_not(delay_s: Any, broken: bool) -> None:
    assert ended(WAITS, "enactor", **asked_for("cleaner", MEANT, delay_s)) == (broken, False)


@pytest.mark.parametrize(
    "response",
    [
        asked_for("enactor", MEANT, 0),
        asked_for("cleaner", {"step": "clean", "of": {"zone": "z"}}, 0),
        asked_for("cleaner", {"step": "drain", "of": {"zone": "other"}}, 0),
        asked_for("cleaner", {"step": "drain"}, 0),
        asked_for("cleaner", "drain", 0),
        {"response": {"result": "done"}},
        {"response": None},
        FAILED,
    ],
)
def test_what_is_no_such_follow_up_is_not_judged(response: dict[str, Any]) -> None:
    assert ended(WAITS, "enactor", **response) == (False, True)


def test_where_nothing_says_what_a_follow_up_is_none_is_judged() -> None:
    properties = InvariantProperties([invariant_of(WAITS)], world().state, None)
    outcome = {"outcome": "success", **asked_for("cleaner", MEANT, 0)}
    assert properties.ended("enactor", {}, outcome) == frozenset()


def test_what_was_wrong_with_an_ending_is_told() -> None:
    properties = InvariantProperties([invariant_of(WAITS)], world().state, FOLLOW_UPS)
    outcome = {"outcome": "success", **asked_for("cleaner", {"step": "drain", "of": {"zone": "z"}}, 5)}
    told = "enactor asks for cleaner in 5 s, not 120: {'step': 'drain', 'of': {'zone': 'z'}}"
    assert properties.told_ending("I", "enactor", outcome) == told


@pytest.mark.parametrize(("delay_s", "broken"), [(120, False), (900, False), (901, True), (119, True)])
def test_a_follow_up_is_held_back_for_no_longer_than_it_may_be(delay_s: int, broken: bool) -> None:
    assert ended(WAITS | {"at_most_s": 900}, "enactor", **asked_for("cleaner", MEANT, delay_s)) == (broken, False)


def test_a_follow_up_that_is_held_back_for_too_long_is_told() -> None:
    properties = InvariantProperties([invariant_of(WAITS | {"at_most_s": 900})], world().state, FOLLOW_UPS)
    outcome = {"outcome": "success", **asked_for("cleaner", MEANT, 1920)}
    assert properties.told_ending("I", "enactor", outcome).startswith(
        "enactor asks for cleaner in 1920 s, not 900 at most"
    )
