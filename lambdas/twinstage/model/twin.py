"""Which resource of the twin stands for which of production."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError
from twinstage.model.zone_map import ZoneMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.model.manifest import Manifest


@dataclass(frozen=True)
class Twin:
    """One deployed twin: its run id, its arms in the order they are rehearsed, its zones."""

    run: str
    arms: tuple[str, ...]
    zones: tuple[ZoneMap, ...]

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
        return {"run": self.run, "arms": list(self.arms), "zones": zones}


def twin_name(run: str, arm: str, name: str) -> str:
    """How a table or function of the twin is called."""
    return f"twin-{run}-{arm}-{name}"


def twin_of(document: Mapping[str, Any]) -> Twin:
    """The inverse of `Twin.document`."""
    return Twin(document["run"], tuple(document["arms"]), tuple(ZoneMap(**zone) for zone in document["zones"]))


def match_zones(manifest: Manifest, twin_zones: Iterable[tuple[str, str]]) -> tuple[ZoneMap, ...]:
    """Pair production's zones with the twin's `(name, id)` by name. Raises TwinstageError naming what is missing on either side."""
    ids = dict(twin_zones)
    missing = sorted(zone.name for zone in manifest.zones if zone.name not in ids)
    foreign = sorted(ids.keys() - {zone.name for zone in manifest.zones})
    if missing or foreign:
        message = f"the twin's zones are not the snapshot's: missing {missing or 'none'}, foreign {foreign or 'none'}"
        raise TwinstageError("TWIN_MISMATCH", message, hint="deploy the twin from the snapshot that the run names")
    return tuple(ZoneMap(zone.name, zone.id, ids[zone.name]) for zone in manifest.zones)
