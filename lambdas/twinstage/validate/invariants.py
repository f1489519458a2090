"""Invariants over a history: what must hold in the zones after every call, and what must have come about at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.validate.rules import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.scenario import Invariant
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
    _rule: Rule = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._rule = rule_of(self.invariant)

    def begin(self, zones: Mapping[str, Zone]) -> None:
        """Look at the state before the first call."""
        wrong = self._wrong(zones)
        self.at_start, self._broken = tuple(wrong[name] for name in sorted(wrong)), set(wrong)
        self.idle = {name for name in self.invariant.names if not self._rule.applies(name, zones)}

    def observe(self, step: Step) -> None:
        """Look at the state after one call. A name that stays broken is one violation, not one a call."""
        if all(zone is step.before[id_] for id_, zone in step.after.items()):
            return
        wrong = self._wrong(step.after)
        details = [wrong[name] for name in sorted(wrong.keys() - self._broken)]
        if details:
            self.violations.append(Violation(step.place(), "; ".join(details), step.changes))
        self.idle = {name for name in self.idle if not self._rule.applies(name, step.after)}
        self._broken = set(wrong) if self._rule.lasts else set()

    def end(self, zones: Mapping[str, Zone]) -> None:
        """Look at the state after the last call."""
        found = (self._rule.unmet(name, zones) for name in sorted(self.invariant.names))
        self.at_end = tuple(detail for detail in found if detail is not None)

    def _wrong(self, zones: Mapping[str, Zone]) -> dict[str, str]:
        found = ((name, self._rule.wrong(name, zones)) for name in self.invariant.names)
        return {name: detail for name, detail in found if detail is not None}


def watch(invariants: Sequence[Invariant], start: Mapping[str, Zone], steps: Iterable[Step]) -> list[Watch]:
    """Every invariant over a history, in the order given."""
    watches, last = [Watch(invariant) for invariant in invariants], start
    for each in watches:
        each.begin(start)
    for step in steps:
        last = step.after
        for each in watches:
            each.observe(step)
    for each in watches:
        each.end(last)
    return watches
