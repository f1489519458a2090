"""The listings of interned zones: carried on from one content to the next, a few kept at a time.

A listing is as large as its zone. Kept with every content of a zone it would fill the memory; worked out anew it takes the time of a sort. So
each content remembers the one it came from and the keys that changed, and a listing is derived from the nearest one that is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twinstage.world.memory.route53.listing import listing_of, relisted

if TYPE_CHECKING:
    from collections.abc import Collection

    from twinstage.explore.shards import Shards
    from twinstage.model.record_set import RecordKey
    from twinstage.world.memory.route53 import HostedZone
    from twinstage.world.memory.route53.listing import Listing

_KEPT: Final = 64


class Listings:
    """Answers zones with their listings worked out."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._kept: OrderedDict[int, Listing] = OrderedDict()
        self._origins: dict[int, tuple[int, Collection[RecordKey]]] = {}

    def follows(self, content: int, before: int, keys: Collection[RecordKey]) -> None:
        """Say that a zone's content came of another one by a change of these keys."""
        if content != before and content > before:
            self._origins.setdefault(content, (before, keys))

    def listed(self, content: int) -> HostedZone:
        """The zone of that content, with its listing."""
        hosted: HostedZone = replace(self._shards.contents[content])
        # Where `route53` itself keeps a listing that was worked out.
        vars(hosted)["listing"] = self._listing(content)
        return hosted

    def _listing(self, content: int) -> Listing:
        changed: dict[RecordKey, None] = {}
        at = content
        while at not in self._kept and at in self._origins:
            at, keys = self._origins[at]
            changed.update(dict.fromkeys(keys))
        zone = self._shards.contents[content].zone
        if at not in self._kept:
            self._kept[at] = listing_of(self._shards.contents[at].zone)
        self._kept.move_to_end(at)
        if changed:
            self._kept[content] = relisted(self._kept[at], zone, changed)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[content]
