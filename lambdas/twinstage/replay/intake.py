"""Intake: recorded events out of files, in order, each once.

Files may be gzipped, JSON lines, or CloudTrail's `{"Records": [...]}`; a folder is read file by file. Files and lines come in any order; what is
left is in the order of the timestamps, ties in the order of the event ids, so that any permutation of the input gives the same replay.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json, digest
from twinstage.model.errors import InputError, InputProblem
from twinstage.replay.sources.cloudtrail import cloudtrail_event
from twinstage.replay.sources.lines import line_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from twinstage.model.event import Event

SOURCES: Mapping[str, Callable[[Mapping[str, Any]], Event | None]] = {
    "twinstage": line_event,
    "cloudtrail": cloudtrail_event,
}
SUFFIXES = (".json", ".jsonl", ".ndjson", ".gz")


@dataclass(frozen=True)
class Intake:
    """The events in order, and what became of everything else that was read."""

    events: tuple[Event, ...]
    duplicates: int = 0
    ignored: int = 0
    quarantined: tuple[InputProblem, ...] = field(default=())

    def digest(self) -> str:
        """One digest over the events: equal events, equal replay."""
        return digest([event.document() for event in self.events])


def read_events(path: Path, source: str = "twinstage", *, max_quarantined: int = 0) -> Intake:
    """Every event of a file or folder.

    Malformed records are quarantined, each with its file and line; more than `max_quarantined` of them raise InputError with them all. A second record with
    the same id is a duplicate when its content is the same, else a problem.
    """
    events: dict[str, Event] = {}
    duplicates = ignored = 0
    problems: list[InputProblem] = []
    for file in _files(path):
        for line, record in _records(file, problems):
            event = _event(record, source, str(file), line, problems)
            if event is None:
                ignored += isinstance(record, dict)
                continue
            if event.id in events:
                duplicates += 1
                if canonical_json(events[event.id].document()) != canonical_json(event.document()):
                    problems.append(
                        InputProblem(
                            str(file),
                            line,
                            "/id",
                            f"event {event.id} was already read with another content",
                            "ids must be unique",
                        )
                    )
                continue
            events[event.id] = event
    if len(problems) > max_quarantined:
        raise InputError(problems)
    if not events:
        raise InputError([InputProblem(str(path), 0, "", "no event in it", f"expected the format {source}")])
    ordered = sorted(
        events.values(), key=lambda event: (event.timestamp, event.id) if source != "twinstage" else (event.timestamp,)
    )
    return Intake(
        tuple(replace(event, seq=seq) for seq, event in enumerate(ordered)), duplicates, ignored, tuple(problems)
    )


def ambiguous_seconds(events: Sequence[Event], place: Callable[[Event], str]) -> int:
    """How many seconds hold two events or more of one place (zone, or everything): inside a second no order was recorded."""
    counts = Counter((place(event), event.timestamp[:19]) for event in events)
    return sum(1 for number in counts.values() if number > 1)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and file.name.endswith(SUFFIXES))
    if not path.is_file():
        raise InputError([InputProblem(str(path), 0, "", "no such file")])
    return [path]


def _event(record: Any, source: str, file: str, line: int, problems: list[InputProblem]) -> Event | None:
    if not isinstance(record, dict):
        if record is not None:
            problems.append(InputProblem(file, line, "", "expected a JSON object"))
        return None
    try:
        return SOURCES[source](record)
    except (ValueError, TypeError) as error:
        place, _, message = str(error).partition(": ")
        located = (place if place != "/" else "", message) if place.startswith("/") else ("", str(error))
        problems.append(
            InputProblem(
                file, line, *located, f"`twinstage schema event` prints what is expected of the format {source}"
            )
        )
        return None


def _records(file: Path, problems: list[InputProblem]) -> Iterator[tuple[int, Any]]:
    """(line, record): each line of JSON lines, or each of a CloudTrail file's Records with line 1."""
    for number, text in _lines(file, problems):
        if not text.strip():
            continue
        try:
            document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            problems.append(InputProblem(str(file), number, "", f"not JSON: {error}", "one JSON object a line"))
            yield number, None
            continue
        if isinstance(document, dict) and isinstance(document.get("Records"), list):
            yield from ((number, record) for record in document["Records"])
        else:
            yield number, document


def _lines(file: Path, problems: list[InputProblem]) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream: Iterable[bytes] = gzip.GzipFile(fileobj=raw) if zipped else io.BufferedReader(raw)
        number = 0
        try:
            for number, line in enumerate(stream, start=1):
                yield number, line
        except (OSError, EOFError, zlib.error) as error:
            problems.append(
                InputProblem(
                    str(file),
                    number + 1,
                    "",
                    f"the gzip data ends or breaks at offset {raw.tell()}: {error}",
                    "fetch the file again",
                )
            )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the member {twice!r} appears twice")
    return document


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")
