"""Which zones of a twin stand while a log is replayed: captured ones until the log deletes them, spare ones once it makes them.

No role of a twin may make or delete a zone: a zone that does not exist yet could be named in no policy, and one that may be deleted could be any. So zones that
the log makes were deployed with the twin, empty, and a zone that it deletes is emptied and set aside: the next arm finds it where it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.substitution import Substitution
from twinstage.model.zone_map import ZoneMap
from twinstage.replay.scope import bare, made_id
from twinstage.world.interface import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.model.event import Event
    from twinstage.model.twin import Twin

SPARE = "stands empty from the start, and is seen to be made by the log: nothing in a twin may make a zone"
SET_ASIDE = "where the log deletes it, it is emptied and set aside: nothing in a twin may delete a zone"
ZONE_LIFE = frozenset({"zone_create", "zone_delete"})


@dataclass
class Standing:
    """The zones that stand, by production id, and `made`: of those that the log made, whether they are private in production."""

    twin: Twin
    zones: dict[str, ZoneMap] = field(init=False)
    made: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.zones = {zone.production_id: zone for zone in self.twin.zones}

    def zone(self, reference: str) -> ZoneMap | None:
        """The zone with this canonical name or production id, where it stands."""
        found = self.zones.get(reference)
        return found or next((zone for zone in self.zones.values() if zone.name == reference), None)

    def need(self, reference: str) -> ZoneMap:
        """The same. Raises Refused (NoSuchHostedZone)."""
        zone = self.zone(reference)
        if zone is None:
            raise Refused("NoSuchHostedZone", f"No hosted zone found with ID: {reference}")
        return zone

    def create(self, zone_id: str, name: str, *, private: bool) -> ZoneMap:
        """Let a zone stand that the log makes. Raises Refused where the twin's VPC sees one of that name already: it can see no second one."""
        ids = {zone.name: zone.twin_id for zone in self.twin.zones} | dict(self.twin.spare)
        if name not in ids or self.zone(name) is not None or zone_id in self.zones:
            message = f"the twin's VPC sees a zone {name} already, or was deployed without one"
            raise Refused("ConflictingDomainExists", message)
        self.zones[zone_id] = ZoneMap(name, zone_id, ids[name], self.twin.health_checks)
        self.made[zone_id] = private
        return self.zones[zone_id]

    def delete(self, zone_id: str) -> None:
        """Let a zone stand no more."""
        del self.zones[zone_id]
        self.made.pop(zone_id, None)

    def follow(self, outcomes: Iterable[Mapping[str, Any]]) -> Standing:
        """Take what these outcomes, in their order, made and deleted."""
        for outcome in outcomes:
            if outcome["type"] not in ZONE_LIFE or outcome["outcome"] != "success":
                continue
            parameters = outcome["calls"][0]["parameters"]
            if outcome["type"] == "zone_delete":
                self.delete(parameters["Id"])
            else:
                private = parameters["HostedZoneConfig"]["PrivateZone"]
                zone_id = outcome["response"]["HostedZone"]["Id"]
                self.create(zone_id, canonical_name(parameters["Name"]), private=private)
        return self

    def names_in(self) -> dict[str, str]:
        """Production's ids of all zones that stand or stood before the log, and of health checks, to the twin's."""
        captured = {zone.production_id: zone.twin_id for zone in self.twin.zones}
        standing = {zone.production_id: zone.twin_id for zone in self.zones.values()}
        return captured | standing | dict(self.twin.health_checks)

    def names_back(self) -> dict[str, str]:
        """The twin's ids to production's: of a zone that was made anew the newest."""
        return {twin_id: production_id for production_id, twin_id in self.names_in().items()}


def zone_life_substitutions(twin: Twin, events: Iterable[Event]) -> list[Substitution]:
    """What a twin does otherwise than production where a log makes and deletes zones, with the reason, in order."""
    found = {Substitution("route53", name, "HostedZone", SPARE) for name in twin.spare}
    found |= {
        Substitution("route53", bare(event.payload["zone_id"]), "HostedZone", SET_ASIDE)
        for event in events
        if event.type == "zone_delete"
    }
    return sorted(found)


def spare_names(events: Iterable[Event], captured: Iterable[str]) -> list[str]:
    """The canonical names of the zones that a log makes and the snapshot does not hold, sorted. `captured` are the snapshot's names."""
    held = set(captured)
    made = {canonical_name(event.payload["zone"]) for event in events if event.type == "zone_create" and made_id(event)}
    return sorted(made - held)
