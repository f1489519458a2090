"""Until when resolvers answer otherwise than rolled back, from each place of the recorded path on which the way back changes records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.dns_name import canonical_name
from twinstage.world.memory.resolver_caches import Period, answers, kept_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from twinstage.explore.shards import World
    from twinstage.model.invariant import Invariant
    from twinstage.rehearse.rollback.places import Place
    from twinstage.rehearse.rollback.trial import Trial
    from twinstage.rehearse.rollback.way_back import WayBack
    from twinstage.world.memory.aws import AwsState
    from twinstage.world.memory.route53 import Zone

_ADDRESSES: Final = ("A", "AAAA")
_UNASKED: Final = frozenset({"NS", "SOA"})
_SHOWN: Final = 4

Document = dict[str, Any]
Question = tuple[str, str]


def questions(way: WayBack, invariants: Sequence[Invariant]) -> tuple[Question, ...]:
    """What resolvers ask: the names that the change touches, and the addresses of every name that an invariant speaks of."""
    found = {(key[0], key[1]): None for _, key in way.touched if key[1] not in _UNASKED}
    named = {canonical_name(name) for each in invariants for name in each.names if not name.startswith("*")}
    for zone in _zones(way.before):
        asked = sorted(name for name in named if name in zone.names)
        found |= {(name, kind): None for name in asked for kind in _kinds(zone, name)}
    return tuple(found)


def _kinds(zone: Zone, name: str) -> list[str]:
    return [kind for kind in _ADDRESSES if any(key[1] in {kind, "CNAME"} for key in zone.names[name])]


@dataclass
class Seen:
    """Works out, place by place in the path's order, what resolvers keep once the way back is over. `state` tells what a world holds."""

    asked: tuple[Question, ...]
    propagation_s: float
    state: Callable[[World], AwsState]

    def __post_init__(self) -> None:
        # By the identities of the zones: of those that are equal there is one.
        self._served: dict[tuple[int, ...], Period] = {}
        self._last: tuple[Zone, ...] | None = None

    def kept(self, place: Place, trial: Trial) -> Iterator[Document]:
        """What resolvers keep after the way back from a place, a name at a time; to be asked of every place, in order.

        Nothing of a name that the way back does not move: what resolvers keep of it is of the day's own moves.
        """
        zones, held = _zones(self.state(trial.back)), _zones(self.state(place.world))
        if self._last is not None:
            self._serve(self._served, self._last, place.at_s)
        self._last = held
        passed = [held, *(_zones(self.state(world)) for world in trial.worlds)]
        moved = [
            asked for asked in self.asked if any(answers(each, *asked) != answers(zones, *asked) for each in passed)
        ]
        if not moved:
            return
        served = dict(self._served)
        for each in passed:
            self._serve(served, each, place.at_s)
        periods = list(served.values())
        here = {value for zone in zones for record in zone.records.values() for value in _values(record)}
        for name, kind in moved:
            kept = [each for each in kept_answers(periods, zones, name, kind) if each.until_s > place.at_s]
            if kept:
                gone = sorted({value for each in kept for value in each.values if value not in here})
                yield {
                    "name": name,
                    "type": kind,
                    "seconds": round(kept[0].until_s - place.at_s, 3),
                    "event": place.event,
                    "call": place.call,
                    "answers": [
                        {"values": list(each.values), "seconds": round(each.until_s - place.at_s, 3)}
                        for each in kept[:_SHOWN]
                    ],
                    "gone": gone if kind in _ADDRESSES else [],
                }

    def _serve(self, served: dict[tuple[int, ...], Period], zones: tuple[Zone, ...], until_s: float) -> None:
        """Note until when zones are served: for as long after they were replaced as the last name server takes to hear of it."""
        served[tuple(map(id, zones))] = Period(zones, until_s + self.propagation_s)


def worst(kept: Sequence[Document]) -> list[Document]:
    """Of each name and type what is kept longest, the longest first."""
    found: dict[Question, Document] = {}
    for each in kept:
        asked = (each["name"], each["type"])
        if asked not in found or each["seconds"] > found[asked]["seconds"]:
            found[asked] = each
    return sorted(found.values(), key=lambda each: (-each["seconds"], each["name"], each["type"]))


def _zones(state: AwsState) -> tuple[Zone, ...]:
    return tuple(hosted.zone for hosted in state.route53.zones.values())


def _values(record: Any) -> Iterator[str]:
    yield from (entry["Value"] for entry in record.get("ResourceRecords", ()))
