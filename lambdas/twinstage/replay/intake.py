"""Intake: recorded events out of files, in order, each once.

Files may be gzipped, JSON lines, one JSON document over many lines, or CloudTrail's `{"Records": [...]}`; a folder is read file by file. Files and
lines come in any order; what is left is in the order of the timestamps. Ties of CloudTrail records are put in the order of the event ids, so that any
permutation of the input gives the same replay; Twinstage's own lines keep the order in which they were written.
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import digest
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
_MALFORMED = (ValueError, TypeError, RecursionError)


@dataclass(frozen=True)
class Intake:
    """The events in order, and what became of everything else that was read.

    `source` is what they were read as; `out_of_scope` counts those left out since; `places`: event id -> file, line, JSON pointer.
    """

    events: tuple[Event, ...]
    duplicates: int = 0
    ignored: int = 0
    quarantined: tuple[InputProblem, ...] = field(default=())
    places: Mapping[str, tuple[str, int, str]] = field(default_factory=dict, repr=False)
    source: str = "twinstage"
    out_of_scope: int = 0

    def digest(self) -> str:
        """One digest over the events: equal events, equal replay."""
        return digest([event.document() for event in self.events])


def read_events(path: Path, source: str = "twinstage", *, max_quarantined: int = 0) -> Intake:
    """Every event of a file or folder.

    Malformed records are quarantined, each with its file and line; more than `max_quarantined` of them raise InputError with them all. A second record with
    the same id is a duplicate when its content is the same, else a problem.
    """
    events: dict[str, tuple[Event, str]] = {}
    places: dict[str, tuple[str, int, str]] = {}
    duplicates = ignored = 0
    problems: list[InputProblem] = []
    for file in _files(path):
        for line, place, record in _records(file, problems):
            try:
                event, content = _event(record, source)
            except _MALFORMED as error:
                problems.append(_problem(str(file), line, place, error, source))
                continue
            if event is None:
                ignored += 1
            elif event.id not in events:
                events[event.id], places[event.id] = (event, content), (str(file), line, place)
            else:
                duplicates += 1
                if events[event.id][1] != content:
                    message = f"event {event.id} was already read with another content"
                    problems.append(InputProblem(str(file), line, place, message, "ids must be unique"))
                    # Whichever came first: the same one is kept in any order of the input.
                    events[event.id] = min(events[event.id], (event, content), key=lambda read: read[1])
    if len(problems) > max_quarantined:
        raise InputError(problems)
    if not events:
        raise InputError([InputProblem(str(path), 0, "", "no event in it", f"expected the format {source}")])
    ordered = sorted(
        (event for event, _ in events.values()),
        key=lambda event: (*instant(event.timestamp), event.id if source != "twinstage" else ""),
    )
    return Intake(
        tuple(replace(event, seq=seq) for seq, event in enumerate(ordered)),
        duplicates,
        ignored,
        tuple(problems),
        places,
        source,
    )


def told_source(path: Path) -> str:
    """Which source the records of a file or folder are of: `cloudtrail` where the first thousand lines speak of event sources."""
    lines = itertools.chain.from_iterable(_lines(file, []) for file in _files(path))
    head = itertools.islice(lines, 1000)
    return "cloudtrail" if any(b'"eventSource"' in text for _, text in head) else "twinstage"


def instant(timestamp: str) -> tuple[str, str]:
    """What timestamps are ordered by: the second, and the digits of its fraction. As text `12.5Z` would come before `12Z`."""
    second, _, fraction = timestamp.removesuffix("Z").partition(".")
    return second, fraction.rstrip("0")


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


def _event(record: Any, source: str) -> tuple[Event | None, str]:
    """The event of a record, and the digest of its canonical bytes: what has none (1e999 is read as infinity) could not be carried on either."""
    if not isinstance(record, dict):
        raise TypeError("expected a JSON object")
    event = SOURCES[source](record)
    return event, "" if event is None else digest(event.document())


def _problem(file: str, line: int, place: str, error: Exception, source: str) -> InputProblem:
    """A malformed record's problem: what its source says, in front of it the JSON pointer where it gives one."""
    text = str(error)
    inside, _, message = text.partition(": ") if text.startswith("/") else ("", "", text)
    hint = f"`twinstage schema event` prints what is expected of the format {source}"
    return InputProblem(file, line, place + inside.rstrip("/"), message, hint)


def _records(file: Path, problems: list[InputProblem]) -> Iterator[tuple[int, str, Any]]:
    """(line, JSON pointer in it, record): each document, or each of the Records of one."""
    for number, document in _documents(file, problems):
        if isinstance(document, dict) and isinstance(document.get("Records"), list):
            yield from ((number, f"/Records/{index}", record) for index, record in enumerate(document["Records"]))
        else:
            yield number, "", document


def _documents(file: Path, problems: list[InputProblem]) -> Iterator[tuple[int, Any]]:
    """(line, document): the whole file where it is one document over many lines, else each of its lines."""
    lines: Iterator[tuple[int, bytes]] = (read for read in _lines(file, problems) if read[1].strip())
    first = next(lines, None)
    if first is None:
        return
    lines = itertools.chain([first], lines)
    if not _is_json(first[1]):
        every = list(lines)
        whole = b"".join(text for _, text in every)
        lines = iter([(first[0], whole)] if _is_json(whole) else every)
    for number, text in lines:
        try:
            yield number, _parsed(text)
        except _MALFORMED as error:
            problems.append(InputProblem(str(file), number, "", f"not JSON: {error}", "one JSON object a line"))


def _is_json(text: bytes) -> bool:
    try:
        _parsed(text)
    except _MALFORMED:
        return False
    return True


def _parsed(text: bytes) -> Any:
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)


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
