"""Which resource of the twin stands for which of production."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError
from twinstage.model.zone_map import ZoneMap

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from twinstage.model.manifest import Manifest

RUN_TAG = "twinstage:run"
PRODUCTION_HEALTH_CHECK_TAG = "twinstage:production-health-check"
"""On a twin's health check: which run's it is, and the id of production's that it stands for."""


@dataclass(frozen=True)
class Twin:
    """One deployed twin: its run id, its arms in the order they are rehearsed, its zones, its health checks by production's ids.

    `spare` are zones, name -> the twin's id, that stand empty until the log makes a zone of their name: nothing in a twin may make or delete one.
    """

    run: str
    arms: tuple[str, ...]
    zones: tuple[ZoneMap, ...]
    health_checks: Mapping[str, str] = field(default_factory=dict)
    spare: Mapping[str, str] = field(default_factory=dict)

    def table(self, arm: str, table: str) -> str:
        """The name of an arm's copy of a table of production."""
        return twin_name(self.run, arm, table)

    def function(self, arm: str, function: str) -> str:
        """The name of an arm's clone of a function of production."""
        return twin_name(self.run, arm, function)

    def zone(self, reference: str) -> ZoneMap | None:
        """The zone with this canonical name or production id."""
        return next((zone for zone in self.zones if reference in (zone.name, zone.production_id)), None)

    def document(self) -> dict[str, Any]:
        """As `prepare/twin.json` carries it."""
        zones = [{"name": z.name, "production_id": z.production_id, "twin_id": z.twin_id} for z in self.zones]
        known = {"run": self.run, "arms": list(self.arms), "zones": zones, "health_checks": dict(self.health_checks)}
        return known | ({"spare": dict(self.spare)} if self.spare else {})


def twin_name(run: str, arm: str, name: str) -> str:
    """How a table or function of the twin is called."""
    return f"twin-{run}-{arm}-{name}"


def twin_of(document: Mapping[str, Any]) -> Twin:
    """The inverse of `Twin.document`."""
    checks = document["health_checks"]
    zones = tuple(ZoneMap(**zone, health_checks=checks) for zone in document["zones"])
    return Twin(document["run"], tuple(document["arms"]), zones, checks, document.get("spare", {}))


def match_twin(
    manifest: Manifest,
    *,
    run: str,
    arms: tuple[str, ...],
    zones: Iterable[tuple[str, str]],
    health_checks: Mapping[str, str],
    spare: Collection[str] = (),
) -> Twin:
    """The twin that stands: its zones, `(name, id)`, paired with production's by name, its health checks by production's ids.

    `spare` names the zones that it must have beside those of the snapshot: the log makes them. Raises TwinstageError naming what is missing on either side.
    """
    ids = dict(zones)
    problems = [
        *_unmatched("zones", {zone.name for zone in manifest.zones} | set(spare), set(ids)),
        *_unmatched("health checks", {check.id for check in manifest.health_checks}, set(health_checks)),
    ]
    if problems:
        raise TwinstageError(
            "TWIN_MISMATCH", "; ".join(problems), hint="deploy the twin from the snapshot that the run names"
        )
    matched = tuple(ZoneMap(zone.name, zone.id, ids[zone.name], health_checks) for zone in manifest.zones)
    return Twin(run, arms, matched, health_checks, {name: ids[name] for name in sorted(spare)})


def _unmatched(kind: str, wanted: set[str], found: set[str]) -> list[str]:
    if wanted == found:
        return []
    missing, foreign = sorted(wanted - found), sorted(found - wanted)
    return [f"the twin's {kind} are not the snapshot's: missing {missing or 'none'}, foreign {foreign or 'none'}"]
