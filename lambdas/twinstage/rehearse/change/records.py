"""A change of record sets: what a batch does to a zone, by what names resolve to before and after it, through aliases, CNAMEs and delegations.

Caches go on with what they were told after a rollback: for the TTL of what the change put there, or, where it took something away, for as long as a missing answer
is kept (RFC 2308, section 5: the lower of the SOA's TTL and its MINIMUM).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from twinstage.model.dns_name import canonical_name
from twinstage.model.record_set import ROUTING_FIELDS, printable_key
from twinstage.rehearse.change.plan import PlannedChange
from twinstage.world.memory.route53 import REFUSALS, Account, Resolution, Zone, execute, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.rehearse.change.plan import Action, Category

ROLLBACK_WAIT_S: Final = 3600
"""How long a rollback may take to be seen by everybody where nobody says otherwise."""
_ADDRESSES: Final = ("A", "AAAA")
_ASKED: Final = frozenset({*_ADDRESSES, "CNAME"})
_MOST_TOLD: Final = 3
Question = tuple[str, str]


@dataclass(frozen=True)
class ZoneChange:
    """A batch and what comes of it: every zone that is known before and after, the zone it is for, and Route 53's words where it refuses the batch."""

    before: tuple[Zone, ...]
    after: tuple[Zone, ...]
    zone_id: str
    refused: str = ""

    @cached_property
    def zone(self) -> Zone:
        """The zone before the change."""
        return next(zone for zone in self.before if zone.id == self.zone_id)

    @cached_property
    def changed(self) -> tuple[RecordKey, ...]:
        """The record sets that are others afterwards, or there in one of the two only, in order."""
        old, new = self.zone.records, self._after.records
        return tuple(
            sorted(
                (key for key in {*old, *new} if old.get(key) != new.get(key)), key=lambda key: (*key[:2], key[2] or "")
            )
        )

    def old(self, key: RecordKey) -> RecordSet | None:
        """A record set of the zone before the change."""
        return self.zone.records.get(key)

    def new(self, key: RecordKey) -> RecordSet | None:
        """A record set of the zone after the change."""
        return self._after.records.get(key)

    @cached_property
    def pointers(self) -> Mapping[str, tuple[Question, ...]]:
        """Name -> what points at it now by alias or CNAME, in any zone that is known, each as the question that leads there."""
        return _pointers(self.before)

    @cached_property
    def pointers_after(self) -> Mapping[str, tuple[Question, ...]]:
        """The same once the change is made."""
        return _pointers(self.after)

    @cached_property
    def _after(self) -> Zone:
        return next(zone for zone in self.after if zone.id == self.zone_id)


def zone_change(account: Account, zone_id: str, batch: Sequence[Mapping[str, object]]) -> ZoneChange:
    """What a change batch in the API's form does to a zone of an account; nothing where Route 53 refuses it."""
    before = tuple(hosted.zone for _, hosted in sorted(account.zones.items()))
    request = {"HostedZoneId": zone_id, "ChangeBatch": {"Changes": list(batch)}}
    try:
        changed, _ = execute(account, "ChangeResourceRecordSets", request, now=0.0)
    except REFUSALS as refused:
        return ZoneChange(before, before, zone_id, f"{refused.error}: {refused.message}")
    return ZoneChange(before, tuple(hosted.zone for _, hosted in sorted(changed.zones.items())), zone_id)


def record_changes(change: ZoneChange, *, rollback_wait_s: int = ROLLBACK_WAIT_S) -> Iterator[PlannedChange]:
    """Each record set that is another one afterwards, with what names resolve to because of it."""
    for key in change.changed:
        old, new = change.old(key), change.new(key)
        action: Action = "add" if old is None else "remove" if new is None else "change"
        category, reason = _category(change, key)
        held_s = _cached_s(change.zone, new)
        yield PlannedChange(
            kind="record",
            subject=change.zone.name,
            action=action,
            category=category,
            reason=reason,
            before=old,
            after=new,
            place=printable_key(key),
            forward_only=old is not None and held_s is not None and held_s > rollback_wait_s,
            rollback_s=held_s,
        )


def questions(change: ZoneChange, key: RecordKey) -> list[Question]:
    """What may be answered by a record set: its own name, and every name that leads to it by alias or CNAME, before or after."""
    types = _ADDRESSES if key[1] in _ASKED else (key[1],)
    found, waiting = dict.fromkeys([key[0]]), [key[0]]
    while waiting:
        name = waiting.pop()
        for pointer, _ in (*change.pointers.get(name, ()), *change.pointers_after.get(name, ())):
            if pointer not in found:
                found[pointer] = None
                waiting.append(pointer)
    return [(name, kind) for name in found for kind in types]


def ttl_of(record_set: RecordSet | None) -> int | None:
    """For how long resolvers keep a record set; None for none, and for an alias, whose target decides."""
    return None if record_set is None or "TTL" not in record_set else int(record_set["TTL"])


def _category(change: ZoneChange, key: RecordKey) -> tuple[Category, str]:
    lost, others = list[str](), list[str]()
    for name, kind in questions(change, key):
        before, after = resolve(change.before, name, kind), resolve(change.after, name, kind)
        if before.status == "answered" != after.status:
            lost.append(f"{name} {kind} has no answer any more ({after.status})")
        elif before.status == "answered" and _answer(before) != _answer(after):
            others.append(f"{name} {kind}: {_shown(before)} -> {_shown(after)}")
    if lost:
        return "breaking", _told(lost)
    if others:
        return "undecided", _told(others)
    routed = [_routing(record_set) for record_set in (change.old(key), change.new(key)) if record_set is not None]
    if routed[0] != routed[-1]:
        return "undecided", "who gets which answer is another: the routing policy changes"
    return "non-breaking", "every name that answers goes on answering the same"


def _routing(record_set: RecordSet) -> dict[str, object]:
    """What decides who is given a record set of a group."""
    return {member: record_set[member] for member in (*ROUTING_FIELDS, "HealthCheckId") if member in record_set}


def _answer(found: Resolution) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return found.addresses, found.external


def _shown(found: Resolution) -> str:
    return ", ".join((*found.addresses, *found.external)[:_MOST_TOLD]) or "nothing"


def _told(said: list[str]) -> str:
    more = len(said) - _MOST_TOLD
    return "; ".join(said[:_MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")


def _pointers(zones: Iterable[Zone]) -> dict[str, tuple[Question, ...]]:
    found: dict[str, tuple[Question, ...]] = {}
    for zone in zones:
        for (name, kind, _), record_set in zone.records.items():
            for target in targets(kind, record_set):
                if target != name:
                    asked = _ADDRESSES if kind == "CNAME" else (kind,)
                    found[target] = (*found.get(target, ()), *((name, each) for each in asked))
    return found


def targets(kind: str, record_set: RecordSet) -> list[str]:
    """The names that a record set sends whoever asks on to."""
    if "AliasTarget" in record_set:
        return [str(record_set["AliasTarget"]["DNSName"])]
    values = [str(value["Value"]) for value in record_set.get("ResourceRecords", ())]
    return [canonical_name(value) for value in values] if kind == "CNAME" else []


def _cached_s(zone: Zone, new: RecordSet | None) -> int | None:
    if new is not None:
        return ttl_of(new)
    soa = zone.records.get((zone.name, "SOA", None))
    if soa is None:
        return None
    minimum = str(soa["ResourceRecords"][0]["Value"]).split()[-1]
    return min(int(soa["TTL"]), int(minimum)) if minimum.isdecimal() else int(soa["TTL"])
