"""Kinds that judge how an invocation ended: `succeeds` and `waits`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.pointers import NOTHING, at_pointer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.exploration_config import FollowUpPointers
    from twinstage.model.invariant import Invariant, Wait


@dataclass(frozen=True)
class FollowUp:
    """The invocation that a response asks for: the function, its message, and how long it is held back, seconds."""

    function: str
    message: Any
    delay_s: float


def follow_up_of(response: Any, pointers: FollowUpPointers) -> FollowUp | None:
    """What a response asks for; None where it names no function or no message."""
    function, message = at_pointer(response, pointers.function), at_pointer(response, pointers.message)
    if not isinstance(function, str) or message is NOTHING:
        return None
    delay = at_pointer(response, pointers.delay_s) if pointers.delay_s is not None else 0
    return FollowUp(function, message, float(delay) if isinstance(delay, int | float) else 0.0)


def holds(message: Any, part: Any) -> bool:
    """Whether a message holds everything that `part` does: objects member by member, anything else as it is."""
    if not isinstance(part, dict):
        return bool(message == part)
    return isinstance(message, dict) and all(
        name in message and holds(message[name], value) for name, value in part.items()
    )


@dataclass(frozen=True)
class Endings:
    """Judges endings by invariants of these kinds; `follow_ups` says where a response names what follows (None: nothing does)."""

    invariants: tuple[Invariant, ...]
    follow_ups: FollowUpPointers | None

    def concerned(self, function: str, outcome: Mapping[str, Any]) -> list[Invariant]:
        """The invariants that speak of this ending."""
        after = self._follow_up(outcome)
        return [each for each in self.invariants if self._speaks(each, function, after)]

    def wrong(self, invariant: Invariant, function: str, outcome: Mapping[str, Any]) -> str | None:
        """What is wrong with an ending that the invariant speaks of."""
        if invariant.wait is None:
            failed = outcome["outcome"] != "success"
            return f"{function} failed: {outcome.get('error')}: {outcome.get('message')}" if failed else None
        after = self._follow_up(outcome)
        if after is None or after.delay_s >= invariant.wait.at_least_s:
            return None
        waited = f"{after.delay_s:g} s, not {invariant.wait.at_least_s:g}"
        return f"{function} asks for {after.function} in {waited}: {after.message}"

    def _speaks(self, invariant: Invariant, function: str, after: FollowUp | None) -> bool:
        if invariant.wait is None:
            return function in invariant.functions
        return after is not None and _meant(after, invariant.wait)

    def _follow_up(self, outcome: Mapping[str, Any]) -> FollowUp | None:
        if outcome["outcome"] != "success" or self.follow_ups is None:
            return None
        return follow_up_of(outcome.get("response"), self.follow_ups)


def _meant(after: FollowUp, wait: Wait) -> bool:
    return after.function == wait.function and holds(after.message, wait.message)
