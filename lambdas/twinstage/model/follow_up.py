"""Follow-ups: the invocation that a function's response asks for, and what it is handed over as. Read here alone, so that all read it alike.

A response names the function to invoke next, the message for it, and how long it is held back, each at a JSON pointer of the scenario's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any, Protocol

from twinstage.model.pointers import NOTHING, at_pointer


class Pointers(Protocol):
    """Where a response names what follows: JSON pointers to the function, its message and the delay in seconds (None: there is no delay)."""

    @property
    def function(self) -> str:
        """To the function's name."""

    @property
    def message(self) -> str:
        """To its message."""

    @property
    def delay_s(self) -> str | None:
        """To the delay."""


@dataclass(frozen=True)
class FollowUp:
    """The invocation that a response asks for: the function, its message, and how long it is held back, seconds, never less than 0."""

    function: str
    message: Any
    delay_s: float

    def due_s(self, clock_s: float) -> float:
        """When it is handed over, asked for at `clock_s`: at a whole second, as a queue's times are, and never before its delay is over."""
        return float(ceil(clock_s + self.delay_s))


def follow_up_of(response: Any, pointers: Pointers) -> FollowUp | None:
    """What a response asks for; None where it names no function or no message. A delay that is no finite number is none."""
    function, message = at_pointer(response, pointers.function), at_pointer(response, pointers.message)
    if not isinstance(function, str) or message is NOTHING:
        return None
    delay = at_pointer(response, pointers.delay_s) if pointers.delay_s is not None else 0
    counts = isinstance(delay, int | float) and not isinstance(delay, bool) and isfinite(delay)
    return FollowUp(function, message, max(float(delay), 0.0) if counts else 0.0)


def told_the_time(message: Any, now: str | None, at_s: float) -> Any:
    """A message as it is handed over at `at_s`: its member `now` is that time in whole seconds (None: it is told no time)."""
    if now is None or not isinstance(message, Mapping):
        return message
    return {**message, now: ceil(at_s)}
