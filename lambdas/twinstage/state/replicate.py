"""Replicate: a snapshot's parts become the twin's state. Idempotent: a second run finds nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError
from twinstage.model.record_set import key_of
from twinstage.world.interface import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.model.record_set import RecordSet
    from twinstage.model.zone_map import ZoneMap
    from twinstage.world.interface import Zones

Change = dict[str, Any]
# Half of Route 53's limits for one batch (1,000 elements, 32,000 characters), so that no way of counting an UPSERT twice exceeds them:
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
BATCH_ELEMENTS = 500
BATCH_CHARACTERS = 16_000


def replicate_zone(zones: Zones, zone: ZoneMap, record_sets: Sequence[RecordSet]) -> dict[str, int]:
    """Make the twin zone hold exactly these record sets (production's) in its terms, beside its own apex.

    Gives `{"batches", "changes"}`. Raises TwinstageError naming the zone where Route 53 refuses a batch: such a snapshot has no twin.
    """
    current = [record for record in zones.record_sets(zone.twin_id) if not zone.is_own(record)]
    batches = list(plan_batches(current, zone.twin_records(record_sets)))
    for batch in batches:
        try:
            zones.change(zone.twin_id, batch)
        except Refused as refusal:
            message = f"{zone.name}: the twin refused {len(batch)} changes: {refusal}"
            raise TwinstageError(
                "REPLICATE_REFUSED", message, hint="production holds a record set that Route 53 would not take today"
            ) from refusal
    return {"batches": len(batches), "changes": sum(map(len, batches))}


def plan_batches(current: Sequence[RecordSet], wanted: Sequence[RecordSet]) -> Iterator[list[Change]]:
    """Change batches that lead from `current` to `wanted`, each within the limits and valid after those before it.

    First what has to go, aliases before what they may target; then what has to come, targets before the aliases to them.
    """
    have, want = {key_of(r): r for r in current}, {key_of(r): r for r in wanted}
    gone = [record for key, record in have.items() if key not in want]
    stale = [record for key, record in want.items() if have.get(key) != record]
    deletes = [{"Action": "DELETE", "ResourceRecordSet": record} for record in reversed(targets_first(gone))]
    writes = [
        {"Action": "UPSERT" if key_of(r) in have else "CREATE", "ResourceRecordSet": r} for r in targets_first(stale)
    ]
    yield from _cut(deletes)
    yield from _cut(writes)


def targets_first(record_sets: Sequence[RecordSet]) -> list[RecordSet]:
    """Plain record sets, then aliases by the length of their chain inside these record sets."""
    aliases = {(r["Name"], r["Type"]): r["AliasTarget"]["DNSName"] for r in record_sets if "AliasTarget" in r}

    def depth(record: RecordSet) -> int:
        key, seen = (record["Name"], record["Type"]), set()
        while key in aliases and key not in seen:
            seen.add(key)
            key = (aliases[key], key[1])
        return len(seen)

    return sorted(record_sets, key=depth)


def _cut(changes: Sequence[Change]) -> Iterator[list[Change]]:
    batch: list[Change] = []
    elements = characters = 0
    for change in changes:
        values = change["ResourceRecordSet"].get("ResourceRecords", ())
        size, length = max(1, len(values)), sum(len(value["Value"]) for value in values)
        if batch and (elements + size > BATCH_ELEMENTS or characters + length > BATCH_CHARACTERS):
            yield batch
            batch, elements, characters = [], 0, 0
        batch.append(change)
        elements, characters = elements + size, characters + length
    if batch:
        yield batch
