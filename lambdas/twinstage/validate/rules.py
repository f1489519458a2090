"""What each kind of invariant asks of a name, and what it remembers to do so."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from twinstage.model.dns_name import canonical_name, is_within
from twinstage.model.record_set import printable_key
from twinstage.validate.generations import ADDRESS_TYPES, PLACE, record_at, serving, target_of
from twinstage.world.memory.route53 import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.model.scenario import Invariant
    from twinstage.world.memory.route53 import Resolution, Zone

    Zones = Mapping[str, Zone]


class Rule(Protocol):
    """One invariant over one history, asked about each of its names, first with the zones as they are at the start.

    `lasts` says whether what is wrong stays so until it is mended; otherwise each answer is a break of its own.
    """

    lasts: ClassVar[bool]

    def wrong(self, name: str, zones: Zones) -> str | None:
        """What is wrong with a name now; asked at the start and after every record change."""

    def unmet(self, name: str, zones: Zones) -> str | None:
        """What is wrong with a name when the replay is over."""

    def applies(self, name: str, zones: Zones) -> bool:
        """Whether there is anything at a name that the invariant speaks of."""


class Resolves:
    """A name answers for each address type it had at the start (A where it had none), by every way that its routing may choose."""

    lasts: ClassVar[bool] = True

    def __init__(self) -> None:
        self._types: dict[str, tuple[str, ...]] = {}

    def wrong(self, name: str, zones: Zones) -> str | None:
        """The first address type without an answer, or the first way that leads to none."""
        types = self._types.setdefault(name, _address_types(name, zones))
        return next((found for kind in types if (found := _unanswered(name, kind, zones)) is not None), None)

    def unmet(self, _name: str, _zones: Zones) -> str | None:
        """Nothing more is asked at the end."""
        return None

    def applies(self, _name: str, _zones: Zones) -> bool:
        """That it resolves can be said of every name."""
        return True


def _address_types(name: str, zones: Zones) -> tuple[str, ...]:
    held = {key[1] for zone in zones.values() for key in zone.names.get(name, ())}
    given = (kind for kind in ADDRESS_TYPES if kind in held or resolve(list(zones.values()), name, kind).addresses)
    return tuple(given) or ("A",)


def _unanswered(name: str, kind: str, zones: Zones) -> str | None:
    asked = "" if kind == "A" else f" for {kind}"
    answer = resolve(list(zones.values()), name, kind)
    if answer.status != "answered":
        chain = " -> ".join(f"{key[0]} {key[1]}" for key in answer.chain)
        why = _status(answer) + (f"; {chain}" if chain else "")
        return f"{name} resolves to nothing{asked} ({why})"
    if len({key[0] for key in answer.chain}) == len(answer.chain):
        return None  # one way only, and it leads to an answer
    for key in answer.chain:
        target = target_of(record_at(zones, key))
        led = None if target is None else resolve(list(zones.values()), target, kind)
        if led is not None and led.status != "answered":
            return f"{name} resolves to nothing{asked} by way of {printable_key(key)} -> {target} ({_status(led)})"
    return None


def _status(answer: Resolution) -> str:
    return answer.status.replace("_", " ")


class AliasTargetExists:
    """What a name's alias inside its zone points at is there."""

    lasts: ClassVar[bool] = True

    def wrong(self, name: str, zones: Zones) -> str | None:
        """The first target that is not there."""
        for zone, alias in _inner_aliases(name, zones):
            target = alias["AliasTarget"]["DNSName"]
            if not any(key[1] == alias["Type"] for key in zone.names.get(target, ())):
                return f"the target of {name}, {target} {alias['Type']}, does not exist"
        return None

    def unmet(self, _name: str, _zones: Zones) -> str | None:
        """Nothing more is asked at the end."""
        return None

    def applies(self, name: str, zones: Zones) -> bool:
        """Where the name has an alias inside its zone."""
        return bool(_inner_aliases(name, zones))


def _inner_aliases(name: str, zones: Zones) -> list[tuple[Zone, RecordSet]]:
    canonical = canonical_name(name)
    return [
        (zone, zone.records[key])
        for zone in zones.values()
        if is_within(canonical, zone.name)
        for key in sorted(zone.names.get(canonical, ()), key=str)
        if zone.records[key].get("AliasTarget", {}).get("HostedZoneId") == zone.id
    ]


class NeverDecreases:
    """No record set of a name goes to an older generation, and none begins to answer with an older one than the name ever had.

    It remembers across absences: a name deleted and made again with an older generation has gone back. Two generations may answer side by
    side, as in a gradual change-over, but the newer one may not be taken away while the older goes on.
    """

    lasts: ClassVar[bool] = False

    def __init__(self, form: str) -> None:
        self._form = form
        self._highest: dict[str, int] = {}
        self._serving: dict[str, dict[RecordKey, int]] = {}

    def wrong(self, name: str, zones: Zones) -> str | None:
        """From which generation to which the name went back since it was asked last."""
        now, before = serving(zones, name, self._form), self._serving.get(name, {})
        highest = self._highest.get(name, 0)
        self._serving[name] = now
        self._highest[name] = max(highest, *now.values()) if now else highest
        back = [(number, before.get(key, highest)) for key, number in now.items() if number < before.get(key, highest)]
        if not back and now and before and max(now.values()) < max(before.values()):
            back = [(max(now.values()), max(before.values()))]
        if not back:
            return None
        to, since = min(back)
        return f"{name} went from generation {since} back to {to}"

    def unmet(self, _name: str, _zones: Zones) -> str | None:
        """Nothing more is asked at the end."""
        return None

    def applies(self, name: str, zones: Zones) -> bool:
        """Where the name serves a generation."""
        return bool(serving(zones, name, self._form))


class Reaches:
    """When the replay is over, the lowest generation that a name serves is at least so high. On the way there nothing is asked."""

    lasts: ClassVar[bool] = True

    def __init__(self, form: str, at_least: int) -> None:
        self._form, self._at_least = form, at_least

    def wrong(self, _name: str, _zones: Zones) -> str | None:
        """Nothing is asked before the end."""
        return None

    def unmet(self, name: str, zones: Zones) -> str | None:
        """Where the name ended instead."""
        lowest = min(serving(zones, name, self._form).values(), default=None)
        if lowest is None:
            return f"{name} ends without a generation, not at {self._at_least} or above"
        return None if lowest >= self._at_least else f"{name} ends at generation {lowest}, below {self._at_least}"

    def applies(self, name: str, zones: Zones) -> bool:
        """Where the name serves a generation."""
        return bool(serving(zones, name, self._form))


def rule_of(invariant: Invariant) -> Rule:
    """The rule of an invariant, remembering nothing yet."""
    return _RULES[invariant.kind](invariant)


_RULES: dict[str, Callable[[Invariant], Rule]] = {
    "resolves": lambda _: Resolves(),
    "alias_target_exists": lambda _: AliasTargetExists(),
    "never_decreases": lambda invariant: NeverDecreases(invariant.generation or PLACE),
    "reaches": lambda invariant: Reaches(invariant.generation or PLACE, invariant.at_least or 0),
}
