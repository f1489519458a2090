"""The zones of a log by their places: ids that one name had, one zone after the other, are of one place, and keep their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.dns_name import canonical_name
from twinstage.replay.scope import made_id, zone_reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.event import Event
    from twinstage.world.memory.route53 import Zone


class Places:
    """Takes events in their order. Memory grows with the zones, not with the log."""

    def __init__(self, zones: Mapping[str, Zone]) -> None:
        self._names = {zone.id: zone.name for zone in zones.values()}

    def of(self, event: Event) -> str:
        """The place of an event that is about a zone: the zone's name, or its id where no name is known. A zone that is made is known from then on."""
        if event.type == "zone_create":
            name = canonical_name(event.payload["zone"])
            if zone_id := made_id(event):
                self._names[zone_id] = name
            return name
        reference = zone_reference(event)
        return self._names.get(reference, reference)


def zone_id_of(event: Event, zones: Mapping[str, Zone]) -> str:
    """The id of the zone that an event is about, among zones that stand; what the event says where none of them is meant."""
    reference = zone_reference(event)
    if reference in zones:
        return reference
    return next((zone_id for zone_id, zone in zones.items() if zone.name == reference), reference)
