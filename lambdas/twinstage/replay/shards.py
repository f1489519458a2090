"""Shards: events that must keep their order stay together; shards are independent of each other.

Record changes of different zones are independent. An invocation may touch anything, so one invocation makes all events one shard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from twinstage.model.event import Event
    from twinstage.model.manifest import Manifest
    from twinstage.replay.intake import Intake

    Places = Mapping[str, tuple[str, int, str]]

EVERYTHING = "all"


@dataclass(frozen=True)
class Shard:
    """Events in their order. The name is the zone's production id, or `all`."""

    name: str
    events: tuple[Event, ...]


def in_scope(intake: Intake, manifest: Manifest) -> Intake:
    """The intake without what a trail tells about zones that the snapshot does not hold, and the number of events left out.

    A trail carries the changes of every zone of its account, and requests that name no zone at all (NoSuchHostedZone). Twinstage's own lines were written for
    this snapshot: there an unknown zone is a mistake, and `shard_events` says so. Raises InputError where nothing is left.
    """
    if intake.source != "cloudtrail":
        return intake
    known = {name for zone in manifest.zones for name in (zone.name, zone.id)}
    events = [event for event in intake.events if event.type != "dns_update" or zone_reference(event) in known]
    if not events:
        message = f"none of the {len(intake.events)} events changes a zone of the snapshot"
        raise InputError([InputProblem("events", 0, "", message, "capture the zones that the trail tells about")])
    left_out = len(intake.events) - len(events)
    numbered = tuple(replace(event, seq=seq) for seq, event in enumerate(events))
    return replace(intake, events=numbered, out_of_scope=intake.out_of_scope + left_out)


def shard_events(events: Sequence[Event], manifest: Manifest, places: Places | None = None) -> list[Shard]:
    """The shards, by name.

    Raises InputError with every event that names a zone or function that the snapshot does not hold; `places` tells where each event was read.
    """
    zone_ids = {name: zone.id for zone in manifest.zones for name in (zone.name, zone.id)}
    functions = {function.name for function in manifest.functions}
    problems = [problem for event in events if (problem := _unknown(event, zone_ids, functions, places or {}))]
    if problems:
        raise InputError(problems)
    if any(event.type == "lambda_invoke" for event in events):
        return [Shard(EVERYTHING, tuple(events))]
    by_zone: dict[str, list[Event]] = {}
    for event in events:
        by_zone.setdefault(zone_ids[zone_reference(event)], []).append(event)
    return [Shard(name, tuple(by_zone[name])) for name in sorted(by_zone)]


def zone_reference(event: Event) -> str:
    """The production id, or else the canonical name, of the zone that a `dns_update` changes."""
    zone_id: str | None = event.payload.get("zone_id")
    return zone_id.removeprefix("/hostedzone/") if zone_id else canonical_name(event.payload["zone"])


def _unknown(
    event: Event, zone_ids: Collection[str], functions: Collection[str], places: Places
) -> InputProblem | None:
    file, line, pointer = places.get(event.id, ("events", 0, ""))
    if event.type == "dns_update":
        kind, member, name = "zone", "zone_id" if event.payload.get("zone_id") else "zone", zone_reference(event)
        known = name in zone_ids
    else:
        kind, member, name = "function", "function", event.payload["function"]
        known = name in functions
    if known:
        return None
    message = f"event {event.id}: no {kind} {name} in the snapshot"
    return InputProblem(file, line, f"{pointer}/payload/{member}", message, f"capture the {kind} too")
