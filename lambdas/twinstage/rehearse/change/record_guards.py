"""Guards of a record change: each says what it saw, the most that passes, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twinstage.model.dns_name import canonical_name, is_within
from twinstage.model.record_set import printable_key
from twinstage.rehearse.change.plan import Guard
from twinstage.rehearse.change.records import ROLLBACK_WAIT_S, ttl_of
from twinstage.world.memory.route53 import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from twinstage.model.record_set import RecordKey
    from twinstage.rehearse.change.records import ZoneChange

MOST_SHARE: Final = 0.3
"""The share of a zone's record sets that one change may alter or remove where nobody says otherwise."""
_APEX: Final = frozenset({"NS", "SOA"})
_MOST_TOLD: Final = 3


def record_guards(
    change: ZoneChange,
    mentioned: Iterable[str] = (),
    *,
    most_share: float = MOST_SHARE,
    rollback_wait_s: int = ROLLBACK_WAIT_S,
) -> Iterator[Guard]:
    """Every guard of a record change, in a fixed order. `mentioned` are names that functions are configured with: they resolve what they are told to."""
    yield _accepted(change)
    if change.refused:
        return
    entries = {canonical_name(name) for name in mentioned}
    yield _share(change, most_share)
    yield _last_of_name(change, entries)
    yield _last_of_type(change)
    yield _active_endpoint(change, entries)
    yield _apex(change)
    yield _ttl(change, rollback_wait_s)


def _accepted(change: ZoneChange) -> Guard:
    """Whether Route 53 takes the batch at all: its rules, in its words."""
    observed = change.refused or "Route 53 takes the batch"
    way_out = "mend the batch: it is refused as a whole"
    return Guard("accepted", observed, "Route 53's rules", not change.refused, way_out, final=True)


def _share(change: ZoneChange, most: float) -> Guard:
    """However few there are: a zone of three that loses one loses a third."""
    held = [key for key in change.zone.records if not _is_apex(change, key)]
    touched = [key for key in change.changed if change.old(key) is not None and not _is_apex(change, key)]
    share = len(touched) / len(held) if held else 0.0
    observed = f"{len(touched)} of {len(held)} record sets altered or removed ({share:.0%})"
    way_out = "split the change, or --allow share"
    return Guard("share", observed, f"{most:.0%}", share <= most, way_out)


def _last_of_name(change: ZoneChange, entries: set[str]) -> Guard:
    """Names that have no record set afterwards, though something points at them."""
    after = {key[0] for zone in change.after for key in zone.records}
    gone = {key[0] for key in _removed(change)} - after
    hit = [f"{name} ({_by(change, name, entries)})" for name in sorted(gone) if _by(change, name, entries)]
    way_out = "point elsewhere first, and remove it once nothing does; or --allow last-of-name"
    return _of("last-of-name", hit, "no name that something points at loses its last record set", way_out)


def _last_of_type(change: ZoneChange) -> Guard:
    """Names whose record sets of a type are gone afterwards: nothing of that type is answered there."""
    removed = _removed(change)
    left = {key[:2] for zone in change.after if zone.id == change.zone_id for key in zone.records}
    hit = sorted({f"{key[0]} {key[1]}" for key in removed if key[:2] not in left})
    way_out = "keep one, or --allow last-of-type where it is to stop answering"
    return _of("last-of-type", hit, "no name loses its last record set of a type", way_out)


def _active_endpoint(change: ZoneChange, entries: set[str]) -> Guard:
    """Record sets that are removed while an alias, a CNAME or a function's setting resolves to them: whoever was told so a moment ago still asks for them."""
    removed = _removed(change)
    asking = {question for pointing in change.pointers.values() for question in pointing} if removed else set()
    asking |= {(name, kind) for name in entries if is_within(name, change.zone.name) for kind in ("A", "AAAA")}
    served: dict[RecordKey, str] = {}
    for name, kind in sorted(asking):
        for key in resolve(change.before, name, kind).chain:
            if key[0] != name or name in entries:
                served.setdefault(key, name)
    hit = [f"{printable_key(key)} (serves {served[key]})" for key in removed if key in served]
    way_out = "move what points there, wait for its TTL, then remove it; or --allow active-endpoint"
    return _of("active-endpoint", hit, "nothing is removed that is resolved to now", way_out)


def _apex(change: ZoneChange) -> Guard:
    """The apex's NS and SOA say whose the zone is, and for how long that is kept."""
    hit = [printable_key(key) for key in change.changed if _is_apex(change, key)]
    way_out = "leave them out of the batch, or --allow apex"
    return _of("apex", hit, "NS and SOA of the apex stay as they are", way_out)


def _ttl(change: ZoneChange, most_s: int) -> Guard:
    """A TTL that is raised, or new, above what a rollback can wait for: until it is over, resolvers go on with what was rolled back."""
    hit = []
    for key in change.changed:
        old, new = ttl_of(change.old(key)), ttl_of(change.new(key))
        if new is not None and new > most_s and new > (old or 0):
            hit.append(f"{printable_key(key)}: {'none' if old is None else f'{old} s'} -> {new} s")
    way_out = "keep the TTL low until the change has proven itself, or --allow ttl"
    return _of("ttl", hit, f"{most_s} s", way_out)


def _removed(change: ZoneChange) -> list[RecordKey]:
    return [key for key in change.changed if change.new(key) is None]


def _is_apex(change: ZoneChange, key: RecordKey) -> bool:
    return key[0] == change.zone.name and key[1] in _APEX


def _by(change: ZoneChange, name: str, entries: set[str]) -> str:
    """Who points at a name; empty where nobody does."""
    found = sorted({pointer for pointer, _ in change.pointers.get(name, ())})
    return ", ".join([*found[:_MOST_TOLD], *(["a function's setting"] if name in entries else [])])


def _of(id_: str, hit: Sequence[str], limit: str, way_out: str) -> Guard:
    more = len(hit) - _MOST_TOLD
    observed = "; ".join(hit[:_MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")
    return Guard(id_, observed or "none", limit, not hit, way_out)
