"""The follow-up that a function's response asks for."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from twinstage.explore.case import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.case import FollowUps


def follow_up(
    how: FollowUps | None, outcome: Mapping[str, Any], clock_s: float, *, at_once: bool = False
) -> Message | None:
    """The message that an outcome asks for, handed over once its delay is over; None where it asks for none. `at_once`: without the delay.

    The hand-over is at a whole second, as a queue's `now` is, and never before the delay is over.
    """
    if how is None or outcome.get("outcome") != "success":
        return None
    response = outcome.get("response")
    function = _at(response, how.function)
    if not isinstance(function, str):
        return None
    delay = _at(response, how.delay_s)
    counts = isinstance(delay, int | float) and not isinstance(delay, bool) and not at_once
    message = Message(function, _at(response, how.message), 0.0)
    return how.handed_over(message, float(ceil(clock_s + (max(delay, 0.0) if counts else 0.0))))


def _at(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; None where it leads nowhere."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        elif isinstance(document, dict) and key in document:
            document = document[key]
        else:
            return None
    return document
