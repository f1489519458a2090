"""Replicate a hosted zone: from whatever the twin's zone holds to whatever was captured, in batches that Route 53 takes. Idempotent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError
from twinstage.model.record_set import ROUTING_FIELDS, canonical_record_set, key_of
from twinstage.model.zone_map import STUB_TTL_S, STUB_VALUES
from twinstage.world.interface import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.model.zone_map import ZoneMap
    from twinstage.world.interface import Zones

Change = dict[str, Any]
# Half of Route 53's limits for one batch (1,000 elements, 32,000 characters), so that no way of counting an UPSERT twice exceeds them:
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
BATCH_ELEMENTS = 500
BATCH_CHARACTERS = 16_000


@dataclass(frozen=True)
class ZoneWritten:
    """What it took to make a zone hold what it should: how many batches, of how many changes. `done` is False where time ran out before the last."""

    batches: int = 0
    changes: int = 0
    done: bool = True

    def document(self) -> dict[str, Any]:
        """As results carry it."""
        return {"batches": self.batches, "changes": self.changes}


def replicate_zone(
    zones: Zones,
    zone: ZoneMap,
    record_sets: Sequence[RecordSet],
    *,
    wait: bool = True,
    enough_time: Callable[[], bool] = lambda: True,
) -> ZoneWritten:
    """Make the twin zone hold exactly these record sets (production's) in its terms, beside its own apex, and `wait` until it is in sync.

    Begins with what the zone holds, so it may be interrupted anywhere and begun again. A batch that is refused because an answer to it was lost, or because
    another attempt is at work, is planned anew from what the zone holds then. `enough_time` says, after each batch, whether another may be begun. Raises
    TwinstageError naming the zone where Route 53 refuses a batch for what it is: such a snapshot has no twin.
    """
    wanted, held = zone.twin_records(record_sets), _held(zones, zone)
    batches = changes = 0
    while True:
        planned = list(plan_batches(held, wanted, zone.twin_id))
        try:
            for left, batch in zip(range(len(planned) - 1, -1, -1), planned, strict=True):
                if batches and not enough_time():
                    return ZoneWritten(batches, changes, done=False)
                # A change is in sync once every one before it is.
                zones.change(zone.twin_id, batch, wait=wait and not left)
                batches, changes = batches + 1, changes + len(batch)
        except Refused as refusal:
            before, held = held, _held(zones, zone)
            if held == before:
                raise _refused(zone, batch, refusal) from refusal
            continue
        return ZoneWritten(batches, changes)


def _held(zones: Zones, zone: ZoneMap) -> list[RecordSet]:
    return [record for record in zones.record_sets(zone.twin_id) if not zone.is_own(record)]


def _refused(zone: ZoneMap, batch: Sequence[Change], refusal: Refused) -> TwinstageError:
    message = f"{zone.name}: the twin refused {len(batch)} changes: {refusal}"
    return TwinstageError(
        "REPLICATE_REFUSED", message, hint="production holds a record set that Route 53 would not take today"
    )


def plan_batches(
    current: Sequence[RecordSet], wanted: Sequence[RecordSet], zone_id: str = ""
) -> Iterator[list[Change]]:
    """Change batches that lead from `current` to `wanted`, each within the limits and valid after those before it.

    First what has to go; then what has to come, targets before the aliases to them. Where an alias into the zone itself (`zone_id`) dangles in `wanted`, as
    it does once its target was deleted, Route 53 takes it only while something stands at its target: a placeholder does, for as long as it is needed.
    """
    have, want = {key_of(r): r for r in current}, {key_of(r): r for r in wanted}
    stale = [record for key, record in want.items() if have.get(key) != record]
    placeholders = list(_placeholders(stale, want, zone_id))
    later = {key for key in want if any(_in_the_way(key, placeholder) for placeholder in placeholders)}
    anew = {key_of(r) for r in stale if key_of(r) in have and _routing(r) != _routing(have[key_of(r)])} | later
    gone = [record for key, record in have.items() if key not in want or key in anew]
    writes = [*placeholders, *(record for record in stale if key_of(record) not in later)]
    yield from _cut([_change("DELETE", record) for record in gone])
    yield from _cut(
        [_change("UPSERT" if key_of(r) in have.keys() - anew else "CREATE", r) for r in targets_first(writes)]
    )
    yield from _cut([_change("DELETE", record) for record in placeholders])
    yield from _cut(
        [_change("CREATE", record) for record in targets_first([want[key] for key in sorted(later, key=str)])]
    )


def targets_first(record_sets: Sequence[RecordSet]) -> list[RecordSet]:
    """Plain record sets, then aliases by the longest chain they begin inside these record sets."""
    targets: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for record in record_sets:
        if "AliasTarget" in record:
            target = record["AliasTarget"]["DNSName"], record["Type"]
            targets.setdefault((record["Name"], record["Type"]), set()).add(target)

    def depth(record: RecordSet) -> int:
        level, reached = 0, {(record["AliasTarget"]["DNSName"], record["Type"])} if "AliasTarget" in record else set()
        # A ring of aliases has no end: its members are as deep as there are names.
        while reached and level <= len(targets):
            level, reached = level + 1, {target for place in reached for target in targets.get(place, ())}
        return level

    return sorted(record_sets, key=depth)


def _placeholders(stale: Sequence[RecordSet], want: Mapping[RecordKey, RecordSet], zone_id: str) -> Iterator[RecordSet]:
    """A record set for each name and type that an alias to be written needs, and that will not be there."""
    there = {key[:2] for key in want}
    aliases = [r for r in stale if "AliasTarget" in r and r["AliasTarget"]["HostedZoneId"] == zone_id]
    for name, kind in sorted({(r["AliasTarget"]["DNSName"], r["Type"]) for r in aliases} - there):
        if kind in STUB_VALUES:
            value = {"Name": name, "Type": kind, "TTL": STUB_TTL_S, "ResourceRecords": [{"Value": STUB_VALUES[kind]}]}
            yield canonical_record_set(value)


def _in_the_way(key: RecordKey, placeholder: RecordSet) -> bool:
    """Whether a record set cannot stand beside a placeholder: a CNAME stands alone."""
    return key[0] == placeholder["Name"] and key[1] == "CNAME"


def _routing(record: RecordSet) -> dict[str, Any]:
    """What a record set's routing goes by. Two of one name and type must not share it, so while it changes hands nobody may hold it; weights may be shared."""
    return {field: record[field] for field in ROUTING_FIELDS if field in record and field != "Weight"}


def _change(action: str, record: RecordSet) -> Change:
    return {"Action": action, "ResourceRecordSet": record}


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
