"""Executions that events begin: which events a rule's pattern lets through, and when and how often each arrives."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from twinstage.cli.simulation_inputs import read_bounded
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading import json_document
from twinstage.model.reading.json_places import with_lines
from twinstage.simulate.events_delivery import Delivery, Occurrence, delivered
from twinstage.simulate.events_pattern import Pattern, read_pattern
from twinstage.simulate.kernel import in_seconds
from twinstage.simulate.pipeline.simulation import Start

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HINT: Final = "an event is an object with a `time` in RFC 3339, as EventBridge has it"
_LARGEST_BYTES: Final = 256 << 20


def pattern_in(path: Path | None) -> Pattern | None:
    """The pattern in a file; None where no file is given. Raises InputError."""
    if path is None:
        return None
    text = _text(path)
    try:
        document = json_document.record(text)
    except json_document.MALFORMED as error:
        raise InputError([json_document.not_json(str(path), error, "a pattern is one JSON object", text)]) from error
    try:
        return read_pattern(document, str(path))
    except InputError as error:
        raise InputError(with_lines(error.problems, text)) from error


def events_in(path: Path, pattern: Pattern | None) -> list[tuple[float, dict[str, Any]]]:
    """The events of a JSON Lines file that the pattern lets through, each with its moment in ms since the Unix epoch, in order. Raises InputError."""
    problems: list[InputProblem] = []
    events: list[tuple[float, dict[str, Any]]] = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            event = json_document.record(line)
            moment = dt.datetime.fromisoformat(event["time"])
            if moment.tzinfo is None:
                problems.append(InputProblem(str(path), number, "/time", f"{event['time']!r} has no offset", _HINT))
                continue
        except (*json_document.MALFORMED, KeyError) as error:
            said = json_document.why(error) if isinstance(error, json.JSONDecodeError) else "no event with a time"
            problems.append(InputProblem(str(path), number, "", said, _HINT))
            continue
        if pattern is None or pattern.matches(event):
            events.append((moment.timestamp() * 1000, event))
    if not problems and not events:
        problems.append(
            InputProblem(str(path), 0, "", "no event that the pattern lets through", "give another pattern")
        )
    if problems:
        raise InputError(problems[:50])
    return sorted(events, key=lambda each: each[0])


def event_starts(
    events: Sequence[tuple[float, dict[str, Any]]], delivery: Delivery, seed: int
) -> tuple[float, list[Start]]:
    """When virtual time begins, in ms, and an execution for every arrival of an event; its input is the event, as of EventBridge's own targets."""
    begin = events[0][0]
    occurrences = [
        Occurrence(int((moment - begin) * 1_000_000), f"{number:06}", event)
        for number, (moment, event) in enumerate(events)
    ]
    arrived = delivered(occurrences, delivery, seed)
    return begin, [
        Start(in_seconds(each.at), f"event-{each.id}" + (f"-copy-{each.copy}" if each.copy else ""), each.data)
        for each in arrived
    ]


def _text(path: Path) -> str:
    return read_bounded(path, _LARGEST_BYTES).decode("utf-8-sig", errors="replace")
