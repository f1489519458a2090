"""What a world holds at one moment, as far as invariants look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.model.dns_name import is_within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb import Table
    from twinstage.world.memory.route53 import Zone


@dataclass(frozen=True)
class Moment:
    """Zones by production id, tables by name; a replay's history knows no tables."""

    zones: Mapping[str, Zone]
    tables: Mapping[str, Table] = field(default_factory=dict)

    def zone_of(self, name: str) -> Zone | None:
        """The zone that holds a name: of several the longest."""
        return max((z for z in self.zones.values() if is_within(name, z.name)), key=lambda z: len(z.name), default=None)
