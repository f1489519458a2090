"""Replay of record changes on the memory world: the exact rules, microseconds a batch, no AWS at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.replay.shards import zone_reference
from twinstage.world.memory.route53 import ChangeRefused, apply_changes, changes_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.model.event import Event
    from twinstage.replay.execute import Outcome
    from twinstage.world.memory.route53 import Zone


def replay_in_memory(events: Iterable[Event], zones: dict[str, Zone]) -> Iterator[Outcome]:
    """Apply each `dns_update` to `zones` (by production id; updated in place) and give its outcome.

    Raises InputError for a `lambda_invoke`: functions need a world with DynamoDB and Lambda.
    """
    ids = {zone.name: id_ for id_, zone in zones.items()}
    for event in events:
        if event.type != "dns_update":
            raise InputError(
                [
                    InputProblem(
                        "events",
                        0,
                        "/type",
                        f"event {event.id}: the memory world runs no functions",
                        "use --world local",
                    )
                ]
            )
        reference = zone_reference(event)
        zone_id = ids.get(reference, reference)
        changes = event.payload["changes"]
        call: dict[str, Any] = {
            "n": 0,
            "service": "route53",
            "operation": "ChangeResourceRecordSets",
            "parameters": {"HostedZoneId": zone_id, "ChangeBatch": {"Changes": changes}},
            "latency_ms": 0.0,
        }
        try:
            zones[zone_id] = apply_changes(zones[zone_id], changes_from(changes))
            result: dict[str, Any] = {"outcome": "success"}
            call["outcome"] = "success"
        except ChangeRefused as refused:
            failure = {"error": refused.error, "message": refused.message}
            result, call = {"outcome": "refused"} | failure, call | {"outcome": "error"} | failure
        yield {
            "event": event.id,
            "seq": event.seq,
            "timestamp": event.timestamp,
            "type": event.type,
            "function": None,
            "recorded": event.expected.document(),
            "latency_ms": 0.0,
            "calls": [call],
            **result,
        }
