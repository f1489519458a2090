"""When the order of two containers' next calls may matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twinstage.explore.footprint import Span, conflict
from twinstage.explore.footprints_route53 import page_span
from twinstage.explore.shards import REST
from twinstage.world.contained import Failed
from twinstage.world.memory.route53 import published_limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.explore.interned import InternedWorld
    from twinstage.explore.request import Request
    from twinstage.explore.shards import World


_OTHERS: Final = 2_000
"""So many record sets may come between two batches by those of others."""


class Independence:
    """Answers by the calls' footprints. `stale`: reads may be stale, so that what they see hangs on the order of all writes to their table."""

    def __init__(self, world: InternedWorld, *, stale: bool = False) -> None:
        self._world, self._stale = world, stale
        self._known: dict[tuple[int, int], bool] = {}

    def any_dependent(
        self, ones: Iterable[Request], one_world: World, others: Iterable[Request], other_world: World, epoch: int
    ) -> bool:
        """Whether the order of any of these calls and any of those may matter."""
        others = tuple(others)
        return any(self.dependent(one, one_world, other, other_world, epoch) for one in ones for other in others)

    def dependent(self, one: Request, one_world: World, other: Request, other_world: World, epoch: int = 0) -> bool:
        """Whether the order of two calls may matter. The worlds say how far a page of a listing reaches."""
        if self._conflict(one, one_world, other, other_world, epoch) or self._crowded(
            one, one_world, other, other_world
        ):
            return True
        if not self._stale or (one.footprint.read_only and other.footprint.read_only):
            return False
        shared = set(one.shards or ()).intersection(other.shards or ())
        return any(self._world.shards.names[shard][0] == "table" for shard in shared)

    def _conflict(self, one: Request, one_world: World, other: Request, other_world: World, epoch: int) -> bool:
        if one.footprint.page_from is not None or other.footprint.page_from is not None:
            pages = self._page(one, one_world, epoch), self._page(other, other_world, epoch)
            return conflict(one.footprint, pages[0], other.footprint, pages[1])
        key = (one.id, other.id) if one.id <= other.id else (other.id, one.id)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = conflict(one.footprint, None, other.footprint, None)
        return found

    def _page(self, request: Request, world: World, epoch: int) -> Span | None:
        start = request.footprint.page_from
        if start is None:
            return None
        reply = self._world.apply(world, request, epoch)[1].reply
        return page_span(start, None if isinstance(reply, Failed) else reply.response)

    def _crowded(self, one: Request, one_world: World, other: Request, other_world: World) -> bool:
        """Whether two batches may both be near the most record sets that a zone may hold: then each looks at the zone's size.

        What AWS limits to 1,000 in a batch are values, of which an alias has none: a batch is as large as the record sets that it names.
        Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
        """
        if one.operation != "ChangeResourceRecordSets" or other.operation != one.operation:
            return False
        for shard in set(one.shards or ()).intersection(other.shards or ()):
            if shard == REST:
                continue
            found = (self._world.shards.content(world, shard) for world in (one_world, other_world))
            held = max((len(hosted.zone.records) for hosted in found if hosted is not None), default=0)
            named = len(one.footprint.keys) + len(other.footprint.keys)
            if held + named + _OTHERS > published_limits().record_sets_per_zone:
                return True
        return False
