"""Invariants: what must hold in the zones after every call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name, is_within
from twinstage.world.memory import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from twinstage.model.record_set import RecordSet
    from twinstage.model.scenario import Invariant
    from twinstage.validate.history import Step
    from twinstage.world.memory import Zone


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
    """One invariant over one history: every call at which it broke, having held before it, and what is wrong from the start.

    `idle` are the names at which there was never anything that the invariant speaks of: of those, that it held says nothing.
    """

    invariant: Invariant
    at_start: tuple[str, ...] = ()
    violations: list[Violation] = field(default_factory=list)
    idle: set[str] = field(default_factory=set)
    _broken: set[str] = field(default_factory=set)

    def begin(self, zones: Mapping[str, Zone]) -> None:
        """Look at the state before the first call."""
        wrong = wrong_names(self.invariant, zones, zones)
        self.at_start, self._broken = tuple(wrong[name] for name in sorted(wrong)), set(wrong)
        self.idle = {name for name in self.invariant.names if not _applies(self.invariant, name, zones)}

    def observe(self, step: Step) -> None:
        """Look at the state after one call. A name that stays broken is one violation, not one a call."""
        wrong = wrong_names(self.invariant, step.before, step.after)
        details = [wrong[name] for name in sorted(wrong.keys() - self._broken)]
        if details:
            self.violations.append(Violation(step.place(), "; ".join(details), step.changes))
        self.idle = {name for name in self.idle if not _applies(self.invariant, name, step.after)}
        self._broken = set() if self.invariant.kind == "never_decreases" else set(wrong)


def wrong_names(invariant: Invariant, before: Mapping[str, Zone], after: Mapping[str, Zone]) -> dict[str, str]:
    """Name -> what is wrong with it, for each name of the invariant that breaks it."""
    rule = _RULES[invariant.kind]
    found = ((name, rule(invariant, name, before, after)) for name in invariant.names)
    return {name: detail for name, detail in found if detail is not None}


def watch(invariants: Sequence[Invariant], start: Mapping[str, Zone], steps: Iterable[Step]) -> list[Watch]:
    """Every invariant over a history, in the order given."""
    watches = [Watch(invariant) for invariant in invariants]
    for each in watches:
        each.begin(start)
    for step in steps:
        for each in watches:
            each.observe(step)
    return watches


def _applies(invariant: Invariant, name: str, zones: Mapping[str, Zone]) -> bool:
    """Whether there is anything at a name that the invariant speaks of. That a name resolves can be said of every name."""
    match invariant.kind:
        case "alias_target_exists":
            return any(_inside(zone, alias) for zone, alias in _aliases(name, zones))
        case "never_decreases":
            return _generation(invariant, name, zones) is not None
        case _:
            return True


def _resolves(_: Invariant, name: str, __: Mapping[str, Zone], after: Mapping[str, Zone]) -> str | None:
    answer = resolve(list(after.values()), name)
    if answer.status == "answered":
        return None
    chain = " -> ".join(f"{key[0]} {key[1]}" for key in answer.chain)
    return f"{name} resolves to nothing ({answer.status.replace('_', ' ')}" + (f"; {chain})" if chain else ")")


def _alias_target_exists(_: Invariant, name: str, __: Mapping[str, Zone], after: Mapping[str, Zone]) -> str | None:
    for zone, alias in _aliases(name, after):
        target = alias["AliasTarget"]["DNSName"]
        if _inside(zone, alias) and not any(key[1] == alias["Type"] for key in zone.names.get(target, ())):
            return f"the target of {name}, {target} {alias['Type']}, does not exist"
    return None


def _inside(zone: Zone, alias: RecordSet) -> bool:
    return bool(alias["AliasTarget"]["HostedZoneId"] == zone.id)


def _never_decreases(
    invariant: Invariant, name: str, before: Mapping[str, Zone], after: Mapping[str, Zone]
) -> str | None:
    old, new = _generation(invariant, name, before), _generation(invariant, name, after)
    if old is None or new is None or new >= old:
        return None
    return f"{name} went from generation {old} back to {new}"


def _generation(invariant: Invariant, name: str, zones: Mapping[str, Zone]) -> int | None:
    prefix, _, suffix = (invariant.generation or "{generation}").partition("{generation}")
    found = [_number(alias["AliasTarget"]["DNSName"], prefix, suffix) for _, alias in _aliases(name, zones)]
    return max((number for number in found if number is not None), default=None)


def _number(text: str, prefix: str, suffix: str) -> int | None:
    """The digits between prefix and suffix, wherever in the text they stand first."""
    start = text.find(prefix)
    while start >= 0:
        digits = text[start + len(prefix) :]
        length = next((i for i, character in enumerate(digits) if not ("0" <= character <= "9")), len(digits))
        if length and digits[length:].startswith(suffix):
            return int(digits[:length])
        start = text.find(prefix, start + 1)
    return None


def _aliases(name: str, zones: Mapping[str, Zone]) -> list[tuple[Zone, RecordSet]]:
    canonical = canonical_name(name)
    return [
        (zone, zone.records[key])
        for zone in zones.values()
        if is_within(canonical, zone.name)
        for key in sorted(zone.names.get(canonical, ()), key=str)
        if "AliasTarget" in zone.records[key]
    ]


_RULES: dict[str, Callable[[Invariant, str, Mapping[str, Zone], Mapping[str, Zone]], str | None]] = {
    "resolves": _resolves,
    "alias_target_exists": _alias_target_exists,
    "never_decreases": _never_decreases,
}
