"""What stands in the zones of one place, as the recorded calls leave it: each call that production took is taken, no rule is asked.

Cheap, so that a long log can be gone through; the exact rules are asked only where an order is open, over the few names that matter there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.dns_name import canonical_name
from twinstage.model.record_set import key_of
from twinstage.replay.scope import made_id
from twinstage.replay.zone_places import zone_id_of
from twinstage.world.memory.route53.refused import Route53Refused
from twinstage.world.memory.route53.zone import Zone, changed, zone_from
from twinstage.world.memory.route53.zone_life import new_zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from twinstage.model.event import Event
    from twinstage.model.record_set import RecordKey, RecordSet

    Zones = Mapping[str, Zone]
    AtName = dict[RecordKey, RecordSet]


class RecordedZones:
    """The zones of one place. `zones` are those of the snapshot; they are not changed."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._zones = {zone.id: zone for zone in zones}
        self._over: dict[str, dict[str, AtName]] = {zone_id: {} for zone_id in self._zones}

    def take(self, event: Event) -> None:
        """Do what production did."""
        if event.expected.outcome != "success":
            return
        if event.type == "dns_update":
            self._change(event)
        elif event.type == "zone_create":
            self._make(event)
        else:
            zone_id = zone_id_of(event, self._zones)
            self._zones.pop(zone_id, None)
            self._over.pop(zone_id, None)

    def at(self, names: Collection[str] | None) -> Zones:
        """The zones, with what stands at these names and nothing else; None: with everything."""
        return {
            zone_id: zone_from(self._records(zone_id, names), id=zone_id, name=zone.name, private=zone.private)
            for zone_id, zone in self._zones.items()
        }

    def widened(self, zones: Zones, names: Collection[str]) -> Zones:
        """Zones as `at` gave them, with what stands at more names."""
        return {
            zone_id: changed(zone, {key_of(found): found for found in self._records(zone_id, names)})
            for zone_id, zone in zones.items()
        }

    def put(self, zones: Zones, names: Collection[str] | None) -> None:
        """Let stand what zones hold at these names; None: they are the whole of the zones."""
        if names is None:
            self._zones, self._over = dict(zones), {zone_id: {} for zone_id in zones}
            return
        for zone_id, zone in zones.items():
            for name in names:
                self._over[zone_id][name] = {key: zone.records[key] for key in zone.names.get(name, ())}

    def _change(self, event: Event) -> None:
        zone_id = zone_id_of(event, self._zones)
        if zone_id not in self._zones:
            return
        over = self._over[zone_id]
        for change in event.payload["changes"]:
            record_set = change["ResourceRecordSet"]
            key = key_of(record_set)
            if key[0] not in over:
                over[key[0]] = self._of_snapshot(zone_id, key[0])
            if change["Action"] == "DELETE":
                over[key[0]].pop(key, None)
            else:
                over[key[0]][key] = record_set

    def _make(self, event: Event) -> None:
        zone_id, name = made_id(event), canonical_name(event.payload["zone"])
        try:
            self._zones[zone_id] = new_zone(self._zones, zone_id, name, private=event.payload["private"])
        except Route53Refused:
            return
        self._over[zone_id] = {}

    def _records(self, zone_id: str, names: Collection[str] | None) -> list[RecordSet]:
        zone, over = self._zones[zone_id], self._over[zone_id]
        wanted = {*zone.names, *over} if names is None else names
        return [
            found
            for name in wanted
            for found in (over[name] if name in over else self._of_snapshot(zone_id, name)).values()
        ]

    def _of_snapshot(self, zone_id: str, name: str) -> AtName:
        zone = self._zones[zone_id]
        return {key: zone.records[key] for key in zone.names.get(name, ())}
