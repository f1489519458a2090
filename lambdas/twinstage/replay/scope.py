"""What of a log speaks of the snapshot: which zones, tables and functions are known when an event comes. Zones that the log itself makes are known from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.dns_name import canonical_name

if TYPE_CHECKING:
    from twinstage.model.event import Event
    from twinstage.model.manifest import Manifest

UNNAMED = "zones"
"""The place of a creation that was refused, of a name that no zone ever had."""

ZONE_EVENTS = frozenset({"dns_update", "zone_create", "zone_delete"})


class Scope:
    """Takes events in their order. Memory grows with the zones that the log makes, not with the log.

    Ids that name one zone after the other under one name, in the snapshot or in the log, are of one place: their events keep their order.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.functions = {function.name for function in manifest.functions}
        self.tables = {table.name for table in manifest.tables}
        self._place_of = {zone.id: zone.id for zone in manifest.zones}
        self._names = {zone.name: zone.id for zone in manifest.zones}
        self._place_of_name = dict(self._names)

    def take(self, event: Event) -> bool:
        """Learn of the zone that an event makes, and say whether what the event names is known."""
        if event.type == "zone_create":
            if zone_id := made_id(event):
                self._learn(zone_id, canonical_name(event.payload["zone"]))
            return True
        return self.knows(*named_by(event))

    def knows(self, kind: str, name: str) -> bool:
        """Whether a zone (by id or canonical name), a table or a function is known."""
        if kind == "zone":
            return name in self._place_of or name in self._names
        return name in (self.tables if kind == "table" else self.functions)

    def place(self, event: Event) -> str:
        """The zone's place that a zone's event belongs to: a production id, that of the first zone of its name. Of events that `take` knows only."""
        if event.type == "zone_create" and not made_id(event):
            name = canonical_name(event.payload["zone"])
            return self._place_of_name.get(name, UNNAMED)
        reference = zone_reference(event)
        return self._place_of.get(reference) or self._place_of[self._names[reference]]

    def _learn(self, zone_id: str, name: str) -> None:
        self._names[name] = zone_id
        self._place_of[zone_id] = self._place_of_name.setdefault(name, zone_id)


def named_by(event: Event) -> tuple[str, str]:
    """What an event is about: ("zone", id or canonical name), ("table", name) or ("function", name)."""
    if event.type in ZONE_EVENTS:
        return "zone", zone_reference(event)
    kind = "table" if event.type == "item_change" else "function"
    return kind, event.payload[kind]


def zone_reference(event: Event) -> str:
    """The production id, or else the canonical name, of the zone that an event is about."""
    zone_id: str | None = event.payload.get("zone_id")
    return bare(zone_id) if zone_id else canonical_name(event.payload["zone"])


def made_id(event: Event) -> str:
    """The production id of the zone that a `zone_create` makes; empty where it was refused."""
    return bare(event.payload.get("zone_id") or "")


def bare(zone_id: str) -> str:
    """A zone's id without its prefix."""
    return zone_id.removeprefix("/hostedzone/")
