"""What a world holds at one moment, as far as invariants look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.model.dns_name import is_within
from twinstage.world.memory.watched import watched_table, watched_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb import Table
    from twinstage.world.memory.route53 import Zone
    from twinstage.world.memory.watched import Tell


@dataclass(frozen=True)
class Moment:
    """Zones by production id, tables by name; a replay's history knows no tables."""

    zones: Mapping[str, Zone]
    tables: Mapping[str, Table] = field(default_factory=dict)

    def watched(self, tell: Tell) -> Moment:
        """The same moment, of which every look is told."""
        return Moment(
            {id_: watched_zone(zone, tell) for id_, zone in self.zones.items()},
            {name: watched_table(name, table, tell) for name, table in self.tables.items()},
        )

    def zone_of(self, name: str) -> Zone | None:
        """The zone that holds a name: of several the longest."""
        return max((z for z in self.zones.values() if is_within(name, z.name)), key=lambda z: len(z.name), default=None)
