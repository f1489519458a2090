"""The events as the report's table shows them: both arms side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.outcomes import NOTABLE_KEPT, ORDINARY_KEPT
from twinstage.report.text import clip, compact, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.report.outcomes import ArmReplay, Ending, Pair, Replayed
    from twinstage.report.reading import Reader

SUBJECT_LIMIT = 160


@dataclass(frozen=True)
class EventRow:
    """One event. `pairs` has every arm that replayed it; `replayed` those that also kept its figures."""

    seq: int
    event: str
    timestamp: str
    type: str
    subject: str
    recorded: Ending
    pairs: Mapping[str, Pair]
    replayed: Mapping[str, Replayed]
    notable: bool


@dataclass(frozen=True)
class EventTable:
    """The events a report shows, in order, and how many it does not. `differ` counts those the two arms ended differently."""

    rows: tuple[EventRow, ...]
    notable: int
    notable_hidden: int
    ordinary_hidden: int
    differ: int


def event_table(replays: Mapping[str, ArmReplay]) -> EventTable:
    """The table of every arm's events: the first `NOTABLE_KEPT` notable ones and the first `ORDINARY_KEPT` others."""
    notable = {seq for replay in replays.values() for seq, pair in replay.pair_of.items() if pair.notable}
    kept = {seq for replay in replays.values() for seq in replay.kept}
    every = {seq for replay in replays.values() for seq in replay.pair_of}
    shown_notable = sorted(kept & notable)[:NOTABLE_KEPT]
    shown_ordinary = sorted(kept - notable)[:ORDINARY_KEPT]
    rows = [_row(seq, replays, seq in notable) for seq in sorted([*shown_notable, *shown_ordinary])]
    return EventTable(
        rows=tuple(rows),
        notable=len(notable),
        notable_hidden=len(notable) - len(shown_notable),
        ordinary_hidden=len(every) - len(notable) - len(shown_ordinary),
        differ=_differing(list(replays.values())),
    )


def _differing(replays: list[ArmReplay]) -> int:
    if len(replays) < 2:  # noqa: PLR2004 - it takes two arms to differ
        return 0
    first, second = (replay.pair_of for replay in replays)
    return sum(seq in second and second[seq].replayed != pair.replayed for seq, pair in first.items())


def _row(seq: int, replays: Mapping[str, ArmReplay], notable: bool) -> EventRow:
    replayed = {arm: replay.kept[seq] for arm, replay in replays.items() if seq in replay.kept}
    pairs = {arm: replay.pair_of[seq] for arm, replay in replays.items() if seq in replay.pair_of}
    any_row = next(iter(replayed.values()))
    return EventRow(
        seq=seq,
        event=any_row.event,
        timestamp=any_row.timestamp,
        type=any_row.type,
        subject="",
        recorded=any_row.pair.recorded,
        pairs=pairs,
        replayed=replayed,
        notable=notable,
    )


def with_subjects(table: EventTable, reader: Reader) -> EventTable:
    """The table with what each event is about, out of `input/events.jsonl`."""
    wanted = {row.seq: row.event for row in table.rows}
    subjects: dict[int, str] = {}

    def take(document: Any) -> None:
        seq = document.get("seq")
        if seq in wanted:
            subjects[seq] = subject_of(mapped(document.get("payload")))

    if wanted:
        reader.lines("input/events.jsonl", take)
    return replace(table, rows=tuple(replace(row, subject=subjects.get(row.seq, "")) for row in table.rows))


def subject_of(payload: Mapping[str, Any]) -> str:
    """What an event is about: the function and its input, or the zone and its first change."""
    if "function" in payload:
        return clip(f"{text_of(payload['function'])} {compact(payload.get('event'), SUBJECT_LIMIT)}", SUBJECT_LIMIT)
    changes = listed(payload.get("changes"))
    if not changes:
        return clip(text_of(payload.get("zone") or payload.get("zone_id")), SUBJECT_LIMIT)
    first = mapped(changes[0].get("ResourceRecordSet"))
    words = f"{text_of(changes[0].get('Action'))} {text_of(first.get('Name'))} {text_of(first.get('Type'))}"
    return clip(words + (f" and {count(len(changes) - 1, 'more change')}" if len(changes) > 1 else ""), SUBJECT_LIMIT)
