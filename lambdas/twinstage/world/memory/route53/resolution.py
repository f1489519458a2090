"""What a name resolves to, from the zones alone: aliases, CNAMEs, wildcards, delegations and routing policies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from twinstage.model.dns_name import canonical_name, is_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.world.memory.route53.zone import Zone

Status = Literal["answered", "no_data", "nx_domain", "loop"]
_WILDCARD = "\\052."


@dataclass(frozen=True)
class Resolution:
    """Where a question ended.

    `addresses` are the values of the type asked for and `external` the names outside the given zones that the answer
    depends on, both sorted; `chain` names the record sets passed through, in order. `status` is "loop" where any way
    leads back to itself, else "answered" where there is an address or an external name, else "nx_domain" where no
    name on any way exists, else "no_data".
    """

    addresses: tuple[str, ...]
    external: tuple[str, ...]
    chain: tuple[RecordKey, ...]
    status: Status


@dataclass
class _Walk:
    """What has been met so far while one question is followed."""

    type: str
    addresses: set[str] = field(default_factory=set)
    external: set[str] = field(default_factory=set)
    chain: dict[RecordKey, None] = field(default_factory=dict)
    misses: set[Status] = field(default_factory=set)

    def status(self) -> Status:
        if "loop" in self.misses:
            return "loop"
        if self.addresses or self.external:
            return "answered"
        return "nx_domain" if self.misses == {"nx_domain"} else "no_data"


def resolve(zones: Sequence[Zone], name: str, type: str = "A") -> Resolution:  # noqa: A002  (the API's own word)
    """Answer what a resolver that sees only `zones` gets for `name` and `type`.

    Of several zones that hold a name the longest counts. Record sets of one routing policy all count, but those of
    weight 0 only where all weigh 0. What lies in none of the zones, or below a delegation out of them, is external.
    """
    walk = _Walk(type)
    _follow(zones, canonical_name(name), walk, ())
    return Resolution(tuple(sorted(walk.addresses)), tuple(sorted(walk.external)), tuple(walk.chain), walk.status())


@dataclass(frozen=True)
class Held:
    """What `zone` answers a question with: any of the record sets of `keys`, in order. `exists`: whether the name is there at all."""

    zone: Zone
    keys: tuple[RecordKey, ...]
    exists: bool


def held(zones: Sequence[Zone], name: str, type: str) -> Held | None:  # noqa: A002  (the API's own word)
    """Answer which record sets may answer for a canonical name; None where none of the zones is asked for it."""
    zone = max((zone for zone in zones if is_within(name, zone.name)), key=lambda zone: len(zone.name), default=None)
    if zone is None or _is_delegated(zone, name):
        return None
    owner = _owner(zone, name)
    if owner is None:
        return Held(zone, (), exists=False)
    keys = [key for key in zone.names.get(owner, ()) if key[1] in {type, "CNAME"}]
    return Held(zone, tuple(_answering(zone, keys)), exists=True)


def _follow(zones: Sequence[Zone], name: str, walk: _Walk, path: tuple[str, ...]) -> None:
    """Follow one name, adding what is found to `walk`; `path` holds the names that led here."""
    if name in path:
        walk.misses.add("loop")
        return
    found = held(zones, name, walk.type)
    if found is None:
        walk.external.add(name)
        return
    if not found.keys:
        walk.misses.add("no_data" if found.exists else "nx_domain")
    for key in found.keys:
        walk.chain[key] = None
        for target in _targets(found.zone.records[key], walk):
            _follow(zones, target, walk, (*path, name))


def _answering(zone: Zone, keys: list[RecordKey]) -> list[RecordKey]:
    """Answer the keys that may answer, in order: without those of weight 0 where another weighs more."""
    weighing = [key for key in keys if zone.records[key].get("Weight") != 0]
    return sorted(weighing or keys, key=lambda key: (key[1], key[2] or ""))


def _targets(record_set: RecordSet, walk: _Walk) -> Iterator[str]:
    """Add a record set's own values to `walk`, or yield the names it sends the question on to."""
    if "AliasTarget" in record_set:
        yield record_set["AliasTarget"]["DNSName"]
        return
    values = [record["Value"] for record in record_set.get("ResourceRecords", ())]
    if record_set["Type"] == "CNAME" and walk.type != "CNAME":
        yield from map(canonical_name, values)
    else:
        walk.addresses.update(values)


def _ancestors(zone: Zone, name: str) -> Iterator[str]:
    """Yield the names above `name`, nearest first, down to and with the zone's apex."""
    while name != zone.name:
        name = name.partition(".")[2]
        yield name


def _is_delegated(zone: Zone, name: str) -> bool:
    """Say whether the zone hands `name`, or a name above it, to other name servers."""
    return any((other, "NS", None) in zone.records for other in (name, *_ancestors(zone, name)) if other != zone.name)


def _owner(zone: Zone, name: str) -> str | None:
    """Answer whose record sets answer for `name`: its own, or those of the wildcard below its closest encloser.

    Source: RFC 4592, section 3.3.1.
    """
    if _exists(zone, name):
        return name
    encloser = next(other for other in _ancestors(zone, name) if other == zone.name or _exists(zone, other))
    wildcard = _WILDCARD + encloser
    return wildcard if wildcard in zone.names else None


def _exists(zone: Zone, name: str) -> bool:
    """Say whether the zone holds the name, or a name below it (an empty non-terminal)."""
    return name in zone.names or any(other.endswith("." + name) for other in zone.names)
