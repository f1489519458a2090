"""The one reading of what a response asks for next."""

from __future__ import annotations

from typing import Any

import pytest

from twinstage.model.exploration_config import FollowUpPointers
from twinstage.model.follow_up import FollowUp, follow_up_of, told_the_time

POINTERS = FollowUpPointers("/next/function", "/next/message", "/next/delay_s", "now")


def response(**following: Any) -> dict[str, Any]:
    return {"next": {"function": "cleaner", "message": {"zone": "z"}, **following}}


@pytest.mark.parametrize(
    ("delay", "read"),
    [
        (30, 30.0),
        (0.5, 0.5),
        (-5, 0.0),
        (True, 0.0),
        ("30", 0.0),
        (None, 0.0),
        (float("nan"), 0.0),
        (float("inf"), 0.0),
    ],
)
def test_a_delay_is_a_finite_number_of_seconds_and_never_negative(delay: Any, read: float) -> None:
    assert follow_up_of(response(delay_s=delay), POINTERS) == FollowUp("cleaner", {"zone": "z"}, read)


def test_a_delay_that_nobody_points_at_is_none() -> None:
    without = FollowUpPointers("/next/function", "/next/message")
    assert follow_up_of(response(delay_s=30), without) == FollowUp("cleaner", {"zone": "z"}, 0.0)


@pytest.mark.parametrize(
    "asked", [None, [], {"next": {"function": 7, "message": {}}}, {"next": {"function": "cleaner"}}]
)
def test_a_response_that_names_no_function_or_no_message_asks_for_nothing(asked: Any) -> None:
    assert follow_up_of(asked, POINTERS) is None


def test_null_is_a_message() -> None:
    assert follow_up_of(response(message=None), POINTERS) == FollowUp("cleaner", None, 0.0)


def test_a_hand_over_is_at_a_whole_second_and_never_early() -> None:
    assert FollowUp("cleaner", {}, 1.5).due_s(10.25) == 12.0
    assert FollowUp("cleaner", {}, 2.0).due_s(10.0) == 12.0


def test_a_message_is_told_the_time_of_its_hand_over_where_it_has_a_place_for_it() -> None:
    assert told_the_time({"zone": "z"}, "now", 11.2) == {"zone": "z", "now": 12}
    assert told_the_time({"zone": "z"}, None, 11.2) == {"zone": "z"}
    assert told_the_time("text", "now", 11.2) == "text"
