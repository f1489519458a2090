"""Shards: events that must keep their order stay together; shards are independent of each other.

Changes of different zones are independent, and so are changes of different items. An invocation may touch anything, so one invocation makes all events one shard,
unless the scenario says by what invocations are independent too.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

from twinstage.model.canonical import canonical_json, sha256_hex
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.item import canonical_item
from twinstage.model.pointers import NOTHING, at_pointer
from twinstage.replay.intake_log import EventLog
from twinstage.replay.scope import ZONE_EVENTS, Scope, named_by
from twinstage.replay.standing import ZONE_LIFE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.model.event import Event
    from twinstage.model.manifest import Manifest
    from twinstage.replay.intake import Intake

ShardBy: TypeAlias = "str | Mapping[str, str]"
"""`all`: one invocation makes all events one shard. `session`: by who asked. `{"key": pointer}`: invocations by that value in their events."""

EVERYTHING = "all"
LANES = 16
"""Items of one table are spread over so many shards, by the CRC-32 of their keys: one for each key would be a map without an end."""

NO_ZONE = "no-zone"
"""The shard of what was asked of zones that never stood, and was refused for that."""

MOST_PROBLEMS = 100


@dataclass(frozen=True)
class Shard:
    """Events in their order. The name is a zone's production id, `<table>.<lane>`, `session-<digest>`, `key-<digest>` or `all`."""

    name: str
    events: tuple[Event, ...]


def is_own(event: Event) -> bool:
    """Whether an event was written for the snapshot at hand, in Twinstage's own lines: not found in a log of whatever an account does."""
    return event.place is None or event.place.source == "twinstage"


def in_scope(intake: Intake, manifest: Manifest) -> Intake:
    """The intake without what a trail tells about zones and tables that the snapshot does not hold, and the number of events left out.

    A trail carries the changes of every zone of its account, and requests that name no zone at all (NoSuchHostedZone). Twinstage's own lines were written for
    this snapshot: there an unknown zone is a mistake. Raises InputError with every such mistake, as `need_known` does, and where nothing is left.
    """
    looked = _looked_through(intake.events, manifest)
    if looked.problems():
        raise InputError(looked.problems())
    left_out = sum(number for thing, number in looked.others.items() if not looked.scope.knows(*thing))
    if left_out == len(intake.events):
        message = f"none of the {left_out} events changes a zone or a table of the snapshot"
        raise InputError([InputProblem("events", 0, "", message, "capture what the log tells about")])
    if not left_out:
        return intake
    kept = EventLog()
    for event in intake.events:
        if is_own(event) or looked.scope.take(event):
            kept.append(event)
    return replace(intake, events=kept, out_of_scope=intake.out_of_scope + left_out)


def need_known(events: Iterable[Event], manifest: Manifest) -> None:
    """Raise InputError with every zone, table and function, up to a hundred, that an event names and the snapshot does not hold.

    A zone that the log makes is known; a change that was refused because its zone did not stand may name any.
    """
    looked = _looked_through(events, manifest, own=True)
    if looked.problems():
        raise InputError(looked.problems())


@dataclass
class _Looked:
    """A log looked through once. What was not known when it was named may be made later in the same second, or in any order of it.

    `own` holds the first event of Twinstage's own lines that names a thing, `others` how many events of trails do.
    """

    scope: Scope
    own: dict[tuple[str, str], Event] = field(default_factory=dict)
    others: Counter[tuple[str, str]] = field(default_factory=Counter)

    def problems(self) -> list[InputProblem]:
        unknown = (event for thing, event in self.own.items() if not self.scope.knows(*thing))
        return [_unknown(event) for event in itertools.islice(unknown, MOST_PROBLEMS)]


def _looked_through(events: Iterable[Event], manifest: Manifest, *, own: bool = False) -> _Looked:
    looked = _Looked(Scope(manifest))
    for event in events:
        if looked.scope.take(event):
            continue
        if own or is_own(event):
            if event.expected.error != "NoSuchHostedZone":
                looked.own.setdefault(named_by(event), event)
        else:
            looked.others[named_by(event)] += 1
    return looked


def shard_events(events: Iterable[Event], manifest: Manifest, by: ShardBy = EVERYTHING) -> list[Shard]:
    """The shards, by name. Raises InputError as `need_known` does."""
    need_known(events, manifest)
    named: dict[str, list[Event]] = {}
    for name, event in named_events(events, manifest, by):
        named.setdefault(name, []).append(event)
    return [Shard(name, tuple(named[name])) for name in sorted(named)]


def named_events(events: Iterable[Event], manifest: Manifest, by: ShardBy = EVERYTHING) -> Iterator[tuple[str, Event]]:
    """(shard's name, event) of every event, in order. The events are gone over twice."""
    scope = Scope(manifest)
    if by == "session":
        sharing = _sharing(events, manifest)
        yield from ((sharing.get(name, name), event) for event in events for name in (_session(event),))
        return
    together = by == EVERYTHING and any(event.type == "lambda_invoke" for event in events)
    for event in events:
        known = scope.take(event)
        yield EVERYTHING if together else _shard_of(event, scope, by, known=known), event


def _shard_of(event: Event, scope: Scope, by: ShardBy, *, known: bool) -> str:
    if event.type == "lambda_invoke":
        pointer = by["key"] if isinstance(by, Mapping) else ""
        value = at_pointer(event.payload["event"], pointer)
        return f"key-{_short(None if value is NOTHING else value)}"
    if event.type == "item_change":
        lane = crc32(canonical_json(canonical_item(event.payload["keys"]))) % LANES
        return f"{event.payload['table']}.{lane:02d}"
    return scope.place(event) if known else NO_ZONE


def _session(event: Event) -> str:
    return f"session-{_short(event.origin.session or event.origin.principal or '')}"


def _sharing(events: Iterable[Event], manifest: Manifest) -> dict[str, str]:
    """One shard for all sessions that ask of one zone which the log makes or deletes, by each of their names: whether it stands hangs on their order."""
    lives: dict[str, set[str]] = {}
    living, scope = set[str](), Scope(manifest)
    for event in events:
        if scope.take(event) and event.type in ZONE_EVENTS:
            place = scope.place(event)
            lives.setdefault(place, set()).add(_session(event))
            if event.type in ZONE_LIFE:
                living.add(place)
    shard_of: dict[str, str] = {}
    for place in sorted(living):
        joined = {shard_of.get(name, name) for name in lives[place]}
        members = lives[place] | {name for name, shard in shard_of.items() if shard in joined}
        shard_of |= dict.fromkeys(members, min(joined))
    return shard_of


def _short(value: Any) -> str:
    return sha256_hex(canonical_json(value))[:16]


def _unknown(event: Event) -> InputProblem:
    file, line, pointer, _ = event.place or ("events", 0, "", "")
    kind, name = named_by(event)
    member = "zone_id" if kind == "zone" and event.payload.get("zone_id") else kind
    message = f"event {event.id}: no {kind} {name} in the snapshot"
    return InputProblem(file, line, f"{pointer}/payload/{member}", message, f"capture the {kind} too")
