"""Invariants over a history: what must hold in the zones after every call, and what must have come about at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.invariant import REPLAY
from twinstage.validate.moment import Moment
from twinstage.validate.rules import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.invariant import Invariant
    from twinstage.validate.history import Step
    from twinstage.validate.rules import Rule
    from twinstage.world.memory.route53 import Zone


@dataclass(frozen=True)
class Violation:
    """The call after which an invariant no longer held, and what was wrong then."""

    place: Mapping[str, Any]
    detail: str
    changes: tuple[Mapping[str, Any], ...]

    def document(self) -> dict[str, Any]:
        """As a finding's evidence carries it."""
        return {**self.place, "detail": self.detail, "changes": list(self.changes)}


@dataclass
class Watch:
    """One invariant over one history: every call at which it broke, having held before it, what is wrong from the start and at the end.

    `idle` are the names at which there was never anything that the invariant speaks of: of those, that it held says nothing.
    """

    invariant: Invariant
    at_start: tuple[str, ...] = ()
    violations: list[Violation] = field(default_factory=list)
    at_end: tuple[str, ...] = ()
    idle: set[str] = field(default_factory=set)
    _broken: set[str] = field(default_factory=set)
    _remembered: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _rule: Rule = field(init=False, repr=False, compare=False)

    def begin(self, start: Moment) -> None:
        """Look at the state before the first call."""
        self._rule = rule_of(self.invariant, start)
        wrong = self._wrong(start)
        self.at_start, self._broken = tuple(wrong[name] for name in sorted(wrong)), set(wrong)
        self.idle = {name for name in self.invariant.names if not self._rule.applies(name, start)}
        self._remembered = {name: self._rule.remember(name, start) for name in self.invariant.names}

    def observe(self, step: Step) -> None:
        """Look at the state after one call. A name that stays broken is one violation, not one a call."""
        before, after = step.before, step.after
        if before.keys() == after.keys() and all(zone is before[id_] for id_, zone in after.items()):
            return
        now = Moment(step.after)
        wrong, moved = self._wrong(now), self._moved(now)
        new = {name: moved.get(name) or wrong[name] for name in moved.keys() | (wrong.keys() - self._broken)}
        if new:
            details = "; ".join(new[name] for name in sorted(new))
            self.violations.append(Violation(step.place(), details, step.changes))
        self.idle = {name for name in self.idle if not self._rule.applies(name, now)}
        self._broken = set(wrong)

    def end(self, last: Moment) -> None:
        """Look at the state after the last call."""
        found = (self._rule.unmet(name, last) for name in sorted(self.invariant.names))
        self.at_end = tuple(detail for detail in found if detail is not None)

    def _wrong(self, now: Moment) -> dict[str, str]:
        found = ((name, self._rule.wrong(name, now)) for name in self.invariant.names)
        return {name: detail for name, detail in found if detail is not None}

    def _moved(self, now: Moment) -> dict[str, str]:
        found = {}
        for name in self.invariant.names:
            earlier = self._remembered[name]
            detail = self._rule.moved(name, earlier, now)
            self._remembered[name] = self._rule.remember(name, now, earlier)
            if detail is not None:
                found[name] = detail
        return found


def watch(invariants: Sequence[Invariant], start: Mapping[str, Zone], steps: Iterable[Step]) -> list[Watch]:
    """Every invariant that is asked of a replay, over a history, in the order given."""
    watches, last = [Watch(invariant) for invariant in invariants if REPLAY in invariant.asked_in], start
    for each in watches:
        each.begin(Moment(start))
    for step in steps:
        last = step.after
        for each in watches:
            each.observe(step)
    for each in watches:
        each.end(Moment(last))
    return watches
