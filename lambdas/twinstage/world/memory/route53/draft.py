"""A batch's outcome while it is being worked out: the zone, with what the batch has changed so far laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.world.memory.route53.zone import Zone, changed

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from twinstage.model.record_set import RecordKey, RecordSet


class Draft:
    """A zone and what a batch makes of it. The zone itself stays as it is."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self._outcome: dict[RecordKey, RecordSet | None] = {}
        self._names: dict[str, frozenset[RecordKey]] = {}

    def get(self, key: RecordKey) -> RecordSet | None:
        """Answer the record set at `key`, None where there is none."""
        return self._outcome[key] if key in self._outcome else self.zone.records.get(key)

    def put(self, key: RecordKey, record_set: RecordSet) -> None:
        """Set the record set at `key`."""
        self._outcome[key] = record_set
        self._names[key[0]] = self.keys_at(key[0]) | {key}

    def remove(self, key: RecordKey) -> None:
        """Remove the record set at `key`."""
        self._outcome[key] = None
        self._names[key[0]] = self.keys_at(key[0]) - {key}

    def keys_at(self, name: str) -> frozenset[RecordKey]:
        """Answer the keys of every record set at a canonical name."""
        return self._names[name] if name in self._names else self.zone.names.get(name, frozenset())

    def was_put(self, key: RecordKey) -> bool:
        """Say whether the batch has set the record set at `key`."""
        return self._outcome.get(key) is not None

    def kept_types(self, name: str) -> AbstractSet[str]:
        """Answer the types that stood at a name before the batch and still do."""
        return {key[1] for key in self.zone.names.get(name, frozenset()) if self.get(key) is not None}

    def size(self) -> int:
        """Answer how many record sets the zone would hold."""
        zone = self.zone.records
        return len(zone) + sum((after is not None) - (key in zone) for key, after in self._outcome.items())

    def zone_after(self) -> Zone:
        """Answer the zone with the batch applied."""
        return changed(self.zone, self._outcome)
