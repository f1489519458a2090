"""Which keys each handler reads and writes, by the calls that it really made.

Calls are compiled to footprints as an exploration compiles them, so that what is said to conflict here is what is tried in both orders there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.footprint import Place, Span
from twinstage.explore.footprints_route53 import place_in_zone
from twinstage.explore.requests import Requests
from twinstage.explore.shards import Shards
from twinstage.model.record_set import printable_key
from twinstage.validate.tables_rebuilt import client_form
from twinstage.world.contained import Call
from twinstage.world.memory.dynamodb.keys import TOP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.aws import AwsState

PRODUCTION: Final = ""
"""The handler of what production's log itself changed."""

WHOLE: Final = "*"


@dataclass(frozen=True, order=True)
class Key:
    """One thing that calls read or write: a record set of a zone, an item of a table. `resource`: `zone NAME` or `table NAME`; `key`: a record set's name, type and set identifier, an item's key, or `*` for all of it."""

    resource: str
    key: str


@dataclass(frozen=True)
class Touched:
    """What one handler touched: so many calls wrote a place, or read a span of them. `floods`: shards of which a call may have changed anything."""

    writes: Counter[Place] = field(default_factory=Counter)
    reads: Counter[Span] = field(default_factory=Counter)
    floods: Counter[int] = field(default_factory=Counter)


class Touches:
    """The keys that the calls of one arm touched, by handler. `uncompiled` counts calls of other services, whose keys nobody knows."""

    def __init__(self, start: AwsState, region: str) -> None:
        self._shards = Shards(start)
        self._requests = Requests(self._shards, region)
        self._zones = zone_names({id_: held.zone.name for id_, held in start.route53.zones.items()})
        self._printed: dict[Place, str] = {}
        self.by_handler: dict[str, Touched] = defaultdict(Touched)
        self.uncompiled: Counter[str] = Counter()

    def follow(self, outcomes: Iterable[Mapping[str, Any]]) -> Touches:
        """Take every call of these outcomes in; gives itself."""
        for outcome in outcomes:
            touched = self.by_handler[outcome.get("function") or PRODUCTION]
            for call in outcome["calls"] or ():
                self._take(touched, call)
        return self

    def key(self, place: Place) -> Key:
        """What stands at a place."""
        shard, order = place
        return Key(self.resource(shard), self._printed.get(place) or _item(order))

    def resource(self, shard: int) -> str:
        """What a shard is."""
        kind, *names = self._shards.names[shard]
        return (
            f"zone {self._zones.get(names[0], names[0])}"
            if kind == "zone"
            else f"{kind} {names[-1] if names else ''}".strip()
        )

    def _take(self, touched: Touched, call: Mapping[str, Any]) -> None:
        service, parameters = call["service"], client_form(call["parameters"])
        try:
            footprint = self._requests.request(Call(service, call["operation"], parameters, None, None)).footprint
        except (KeyError, TypeError, ValueError):
            # What the service refused for its form touches nothing.
            return
        if footprint.shards is None:
            self.uncompiled[f"{service} {call['operation']}"] += 1
            return
        touched.reads.update(footprint.reads)
        if footprint.page_from is not None:
            shard, low = footprint.page_from
            touched.reads[Span(shard, low, (TOP,))] += 1
        if call["outcome"] == "success":
            touched.writes.update(footprint.writes)
            touched.floods.update(footprint.floods)
        if footprint.keys:
            (zone,) = footprint.shards[-1:]
            self._printed.update({place_in_zone(zone, key): printable_key(key) for key in footprint.keys})


def zone_names(names: Mapping[str, str]) -> dict[str, str]:
    """Zone id -> what the zone is called: its name, with its id where another has the same."""
    several = Counter(names.values())
    return {id_: f"{name} ({id_})" if several[name] > 1 else name for id_, name in names.items()}


def _item(order: tuple[Any, ...]) -> str:
    """An item's key out of where it stands: behind the hash of its partition key, which nobody reads."""
    return " / ".join(part.hex() if isinstance(part, bytes) else str(part) for part in order[1:]) or WHOLE
