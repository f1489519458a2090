"""Kinds `resolves` and `alias_target_exists`: a name answers, and what it points at is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.dns_name import canonical_name, is_within
from twinstage.model.record_set import printable_key
from twinstage.validate.generations import ADDRESS_TYPES, record_at, target_of
from twinstage.validate.rules.rule import Rule
from twinstage.world.memory.route53 import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.record_set import RecordSet
    from twinstage.validate.moment import Moment
    from twinstage.world.memory.route53 import Resolution, Zone

    Zones = Mapping[str, Zone]


class Resolves(Rule):
    """A name answers for each address type it had at the start (A where it had none), by every way that its routing may choose."""

    def __init__(self, names: tuple[str, ...], start: Moment) -> None:
        self._types = {name: _address_types(name, start.zones) for name in names}

    def wrong(self, name: str, now: Moment) -> str | None:
        """The first address type without an answer, or the first way that leads to none."""
        return next(
            (found for kind in self._types[name] if (found := unanswered(name, kind, now.zones)) is not None), None
        )


def _address_types(name: str, zones: Zones) -> tuple[str, ...]:
    held = {key[1] for zone in zones.values() for key in zone.names.get(name, ())}
    given = (kind for kind in ADDRESS_TYPES if kind in held or resolve(list(zones.values()), name, kind).addresses)
    return tuple(given) or ("A",)


def unanswered(name: str, kind: str, zones: Zones) -> str | None:
    """Why a name has no answer of a type, by some way that its routing may choose; None where every way leads to one."""
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


class AliasTargetExists(Rule):
    """What a name's alias inside its zone points at is there."""

    def wrong(self, name: str, now: Moment) -> str | None:
        """The first target that is not there."""
        for zone, alias in _inner_aliases(name, now.zones):
            target = alias["AliasTarget"]["DNSName"]
            if not any(key[1] == alias["Type"] for key in zone.names.get(target, ())):
                return f"the target of {name}, {target} {alias['Type']}, does not exist"
        return None

    def applies(self, name: str, now: Moment) -> bool:
        """Where the name has an alias inside its zone."""
        return bool(_inner_aliases(name, now.zones))


def _inner_aliases(name: str, zones: Zones) -> list[tuple[Zone, RecordSet]]:
    canonical = canonical_name(name)
    return [
        (zone, zone.records[key])
        for zone in zones.values()
        if is_within(canonical, zone.name)
        for key in sorted(zone.names.get(canonical, ()), key=str)
        if zone.records[key].get("AliasTarget", {}).get("HostedZoneId") == zone.id
    ]
