"""Kinds that judge how an invocation ended: `succeeds`, `waits` and `reports`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.follow_up import follow_up_of
from twinstage.model.pointers import all_at_pointer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.exploration_config import FollowUpPointers
    from twinstage.model.follow_up import FollowUp
    from twinstage.model.invariant import Invariant, Report, Wait


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
        succeeded = outcome["outcome"] == "success"
        return [each for each in self.invariants if self._speaks(each, function, after, succeeded=succeeded)]

    def wrong(self, invariant: Invariant, function: str, outcome: Mapping[str, Any]) -> str | None:
        """What is wrong with an ending that the invariant speaks of."""
        if invariant.report is not None:
            return _misreported(invariant.report, function, outcome.get("response"))
        if invariant.wait is None:
            failed = outcome["outcome"] != "success"
            return f"{function} failed: {outcome.get('error')}: {outcome.get('message')}" if failed else None
        after = self._follow_up(outcome)
        if after is None or invariant.wait.at_least_s <= after.delay_s <= invariant.wait.at_most_s:
            return None
        early = after.delay_s < invariant.wait.at_least_s
        bound = f"{invariant.wait.at_least_s:g}" if early else f"{invariant.wait.at_most_s:g} at most"
        return f"{function} asks for {after.function} in {after.delay_s:g} s, not {bound}: {after.message}"

    def _speaks(self, invariant: Invariant, function: str, after: FollowUp | None, *, succeeded: bool) -> bool:
        if invariant.report is not None:
            return succeeded and function in invariant.functions
        if invariant.wait is None:
            return function in invariant.functions
        return after is not None and _meant(after, invariant.wait)

    def _follow_up(self, outcome: Mapping[str, Any]) -> FollowUp | None:
        if outcome["outcome"] != "success" or self.follow_ups is None:
            return None
        return follow_up_of(outcome.get("response"), self.follow_ups)


def _meant(after: FollowUp, wait: Wait) -> bool:
    return after.function == wait.function and holds(after.message, wait.message)


def _misreported(report: Report, function: str, response: Any) -> str | None:
    found = all_at_pointer(response, report.response)
    if not found:
        return f"{function} says nothing at {report.response}: {response}"
    if unwanted := [each for each in found if each in report.none_of]:
        return f"{function} says {unwanted[0]!r} at {report.response}"
    wrong = [each for each in found if report.one_of is not None and each not in report.one_of]
    if not wrong:
        return None
    return f"{function} says {wrong[0]!r} at {report.response}, none of {', '.join(map(repr, report.one_of or ()))}"
