"""What is known of the order of events: a partial order, never more.

CloudTrail tells when a call completed, to the second, and its files are not ordered
(https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html). Inside a second an order is known only

- from fractions of the second, where both events have one and they differ as far as both go,
- inside a session, whose calls come one after the other: by their times, whatever their resolution,
- for one item, from the sequence numbers that DynamoDB Streams give its changes,
- for records of one request, which are of one call,
- from the life of a zone: nobody knows its id before it is made, and nothing is done to it once it was deleted.

The value chain (a DELETE with exact values follows what set them, a CREATE an absence, a refusal constrains both) needs the state: `order_search` has it.
Everything here is pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json
from twinstage.model.dns_name import canonical_name
from twinstage.model.recurrence import depends_on_the_moment
from twinstage.model.timestamp import fraction_of, instant, second_of
from twinstage.replay.scope import ZONE_EVENTS, zone_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.model.event import Event


@dataclass(frozen=True)
class Footprint:
    """What an event touches. `place`: what its order is kept in (a zone, a table); None: anything, as an invocation may.

    Of a `whole` place everything is touched. Otherwise `writes` and `reads` name what is changed, and what else the answer depends on.
    """

    place: str | None
    whole: bool = False
    writes: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()


NOTHING = Footprint("")


def footprint(event: Event, place_of_zone: Callable[[Event], str]) -> Footprint:
    """What an event touches. A call that failed for the moment it was made at (denied, throttled) changed nothing and depends on nothing that is replayed.

    Record changes touch the names of their record sets: at one name the rules for CNAMEs and for routing policies tie all types together. An alias depends on its
    target's name, too.
    """
    if event.type == "lambda_invoke":
        return Footprint(None)
    if depends_on_the_moment(event.type, event.expected.document()):
        return NOTHING
    if event.type == "item_change":
        key = canonical_json(event.payload["keys"]).decode("utf-8", "surrogatepass")
        return Footprint(f"table {event.payload['table']}", writes=frozenset({key}))
    if event.type != "dns_update":
        return Footprint(place_of_zone(event), whole=True)
    sets = [change["ResourceRecordSet"] for change in event.payload["changes"]]
    names = frozenset(canonical_name(record_set["Name"]) for record_set in sets)
    targets = frozenset(
        canonical_name(alias["DNSName"]) for record_set in sets if (alias := record_set.get("AliasTarget"))
    )
    if event.expected.outcome == "refused":
        return Footprint(place_of_zone(event), reads=names | targets)
    return Footprint(place_of_zone(event), writes=names, reads=targets)


def known_before(one: Event, other: Event) -> bool:
    """Whether it is known that `one` came before `other`, from what was recorded of the two alone."""
    if one.origin.request_id is not None and one.origin.request_id == other.origin.request_id:
        return one.id < other.id
    if _by_life_of_zone(one, other):
        return True
    if one.origin.sequence and other.origin.sequence and _item(one) == _item(other):
        return int(one.origin.sequence) < int(other.origin.sequence)
    if one.origin.session is not None and one.origin.session == other.origin.session:
        return instant(one.timestamp) < instant(other.timestamp)
    return _ended_before(one.timestamp, other.timestamp)


def partial_order(events: Sequence[Event]) -> tuple[frozenset[int], ...]:
    """For each event the indices of those that are known to come before it. Where what was recorded contradicts itself, only what goes with time is kept."""
    ranks = [instant(event.timestamp) for event in events]
    return tuple(
        frozenset(
            index
            for index, event in enumerate(events)
            if index != at and ranks[index] <= ranks[at] and known_before(event, other)
        )
        for at, other in enumerate(events)
    )


def components(footprints: Sequence[Footprint]) -> list[list[int]]:
    """The indices of events of one place, parted so that events of different parts commute; each part in order, the parts in the order of their first events.

    Parts may be joined where nothing but a third event ties them.
    """
    if any(one.whole for one in footprints):
        return [list(range(len(footprints)))]
    written = frozenset().union(*(one.writes for one in footprints))
    part_of = list(range(len(footprints)))
    first: dict[str, int] = {}
    for index, one in enumerate(footprints):
        for spot in (one.writes | one.reads) & written:
            mine, its = _root(part_of, index), _root(part_of, first.setdefault(spot, index))
            part_of[max(mine, its)] = min(mine, its)
    parts: dict[int, list[int]] = {}
    for index in range(len(footprints)):
        parts.setdefault(_root(part_of, index), []).append(index)
    return list(parts.values())


def _root(part_of: list[int], index: int) -> int:
    while part_of[index] != index:
        part_of[index] = index = part_of[part_of[index]]
    return index


def _by_life_of_zone(one: Event, other: Event) -> bool:
    """Whether one makes the zone that the other is about by its id, or the other deletes the one that the first is about. Of calls that production took."""
    if one.type == other.type or (one.type != "zone_create" and other.type != "zone_delete"):
        return False
    taken = one.expected.outcome == other.expected.outcome == "success"
    return taken and {one.type, other.type} <= ZONE_EVENTS and zone_reference(one) == zone_reference(other)


def _ended_before(one: str, other: str) -> bool:
    """Whether one time is over before another begins. A time is as long as its resolution: `07Z` is a whole second, `07.5Z` a tenth of one."""
    if second_of(one) != second_of(other):
        return second_of(one) < second_of(other)
    mine, its = fraction_of(one), fraction_of(other)
    common = min(len(mine), len(its))
    return mine[:common] < its[:common]


def _item(event: Event) -> Any:
    return event.payload.get("table"), event.payload.get("keys")
