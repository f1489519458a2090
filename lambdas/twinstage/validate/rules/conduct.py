"""Kinds `locked` and `settled`: what an invocation may do to the records of a zone, whatever comes of it. Asked of explored schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.model.dns_name import canonical_name
from twinstage.model.invariant import BELOW
from twinstage.model.pointers import NOTHING, at_pointer
from twinstage.validate.generations import number_in, served
from twinstage.validate.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.deed import Deed, Written
    from twinstage.model.invariant import Locked
    from twinstage.model.record_set import RecordKey
    from twinstage.validate.moment import Moment
    from twinstage.world.memory.route53 import Zone


class DeedRule(Rule):
    """A rule about deeds, those of `functions` (empty: of every function). At any moment, and in the end, it has nothing to say."""

    def __init__(self, functions: tuple[str, ...]) -> None:
        self._functions = functions

    def applies(self, name: str, now: Moment) -> bool:
        """No moment is spoken of."""
        return False

    def speaks(self, name: str, deed: Deed, before: Moment, after: Moment) -> bool:
        """Whether a deed is one that the invariant speaks of at a name."""
        return (not self._functions or deed.function in self._functions) and self._concerns(name, deed, before, after)

    def done(self, name: str, deed: Deed, before: Moment, after: Moment) -> str | None:
        """What was wrong with a deed that the invariant speaks of."""
        return None

    def _concerns(self, name: str, deed: Deed, before: Moment, after: Moment) -> bool:
        return False


class Lock(NamedTuple):
    """Who holds a zone, and until when, epoch seconds."""

    holder: str
    expires_s: float


class OnlyLocked(DeedRule):
    """Records at a name change under the lock of its zone, on behalf of who holds it; and the lock itself changes hands as a lease does.

    It is taken where nobody has it, or where it has expired by the taker's time; it is given back, and renewed, by who holds it; and it runs from
    now on for as long as a lease does at most. A name `*.suffix` stands for every name below, but for the lock itself.
    """

    def __init__(self, lock: Locked, functions: tuple[str, ...]) -> None:
        super().__init__(functions)
        self._lock = lock

    def done(self, name: str, deed: Deed, before: Moment, after: Moment) -> str | None:
        """What was changed without the lock, or how the lock was taken away."""
        zones = before.zones.get(deed.written.zone_id), after.zones.get(deed.written.zone_id)
        holder, was, is_ = self._holder(deed), self._held(zones[0]), self._held(zones[1])
        changed = next(iter(self._changed(name, *zones)), None)
        if changed is not None and (was is None or was.holder != holder):
            kept = "nobody holds" if was is None else f"{was.holder} holds"
            return f"{deed.function} changed {changed[0]} {changed[1]} on behalf of {holder} while {kept} the zone"
        return None if was == is_ else self._taken(deed, holder, was, is_)

    def _taken(self, deed: Deed, holder: str, was: Lock | None, is_: Lock | None) -> str | None:
        now_s = self._now_s(deed)
        if was is not None and was.holder != holder and was.expires_s > now_s:
            return f"{deed.function} on behalf of {holder} took away the lock that {was.holder} holds for {was.expires_s - now_s:g} s more"
        if is_ is None:
            return None if was is None or was.holder == holder else f"{holder} gave back the lock of {was.holder}"
        if is_.holder != holder:
            return f"{deed.function} on behalf of {holder} gave the lock to {is_.holder}"
        runs_s = is_.expires_s - now_s
        if not 0 < runs_s <= self._lock.lease_s:
            return f"{holder} took the lock for {runs_s:g} s, not for {self._lock.lease_s:g} at most"
        return None

    def _concerns(self, name: str, deed: Deed, before: Moment, after: Moment) -> bool:
        zones = before.zones.get(deed.written.zone_id), after.zones.get(deed.written.zone_id)
        return self._held(zones[0]) != self._held(zones[1]) or any(self._changed(name, *zones))

    def _changed(self, name: str, before: Zone | None, after: Zone | None) -> Iterator[RecordKey]:
        """The record sets at a name that differ, but for the lock."""
        if before is None or after is None:
            return
        own = f"{self._lock.labels}.{before.name}".lower()
        for key in sorted(before.records.keys() | after.records.keys(), key=str):
            if key[0] != own and _is_at(key[0], name) and before.records.get(key) != after.records.get(key):
                yield key

    def _held(self, zone: Zone | None) -> Lock | None:
        record = zone.records.get((f"{self._lock.labels}.{zone.name}".lower(), "TXT", None)) if zone else None
        if record is None or "ResourceRecords" not in record:
            return None
        holder, _, expires = record["ResourceRecords"][0]["Value"].strip('"').rpartition(" ")
        return Lock(holder, float(expires) if expires.isdecimal() else 0.0)

    def _holder(self, deed: Deed) -> str:
        found = at_pointer(deed.message, self._lock.holder)
        return "nobody" if found is NOTHING else str(found)

    def _now_s(self, deed: Deed) -> float:
        found: Any = at_pointer(deed.message, self._lock.now) if self._lock.now is not None else NOTHING
        return float(found) if isinstance(found, int | float) else deed.written.at_s


class Settled(DeedRule):
    """An invocation points a name at a generation no sooner than so many seconds after it wrote records of it itself.

    What an earlier invocation wrote is not seen here: how long its follow-up is held back is for `waits` to ask.
    """

    def __init__(self, form: str, settle_s: float, functions: tuple[str, ...]) -> None:
        super().__init__(functions)
        self._form, self._settle_s = form, settle_s

    def done(self, name: str, deed: Deed, before: Moment, after: Moment) -> str | None:
        """How soon the name was pointed at it."""
        generation = served(after.zones, name, self._form)
        written = next((w for w in reversed((*deed.earlier, deed.written)) if self._writes(w, generation)), None)
        if written is None or deed.written.at_s - written.at_s >= self._settle_s:
            return None
        waited = deed.written.at_s - written.at_s
        return (
            f"{name} was pointed at generation {generation} {waited:g} s after it was written, not {self._settle_s:g}"
        )

    def _concerns(self, name: str, deed: Deed, before: Moment, after: Moment) -> bool:
        generation = served(after.zones, name, self._form)
        return generation is not None and generation != served(before.zones, name, self._form)

    def _writes(self, written: Written, generation: int | None) -> bool:
        names = (c["ResourceRecordSet"]["Name"] for c in written.changes if c["Action"] != "DELETE")
        return any(number_in(canonical_name(name), self._form) == generation for name in names)


def _is_at(name: str, entry: str) -> bool:
    return name.endswith("." + entry.removeprefix(BELOW)) if entry.startswith(BELOW) else name == entry
