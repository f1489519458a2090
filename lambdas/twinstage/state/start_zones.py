"""The zones of a snapshot as the exact rules hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.state.snapshot import get_record_sets
from twinstage.world.memory.route53 import zone_from

if TYPE_CHECKING:
    from twinstage.model.manifest import Manifest
    from twinstage.world.memory.route53 import Zone
    from twinstage.world.store import Store


def start_zones(manifest: Manifest, store: Store) -> dict[str, Zone]:
    """Every zone, by production id."""
    return {
        zone.id: zone_from(get_record_sets(store, zone.part), id=zone.id, name=zone.name, private=zone.private)
        for zone in manifest.zones
    }
