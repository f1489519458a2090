"""Intake: recorded events out of files, in the order of their time, each once, in memory that does not grow with them.

Files may be gzipped, JSON lines, one JSON document over many lines, or documents that hold many records; a folder is read file by file. Files and lines come in
any order; what is left is in the order of the timestamps. Inside one timestamp, records of DynamoDB Streams are in the order of their sequence numbers, other
records in that of their ids, so that any permutation of the input gives the same replay; Twinstage's own lines keep the order in which they were written, and come
first. What the order inside a second can be, `order` says.

Events are sorted twice on disk: by their ids, which puts duplicates side by side, and by their time.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.event import Event, Place
from twinstage.model.reading.json_document import MALFORMED, why
from twinstage.model.timestamp import instant
from twinstage.replay.intake_lines import event_files, is_digest
from twinstage.replay.intake_log import PART, EventLog, ProblemLog, encoded
from twinstage.replay.intake_records import records_of
from twinstage.replay.sources.ignored import Ignored
from twinstage.replay.sources.told import OWN, Source, event_in
from twinstage.world.lines_on_disk import SortedLines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from twinstage.replay.intake_records import Record

# What events may be read as; `any`: every record tells its source.
ANY = "any"
SOURCES = (ANY, *get_args(Source))
# An error that tells of more problems than these is read by nobody; how many more there are is said.
MOST_TOLD = 1000


@dataclass(frozen=True)
class Intake:
    """The events in order, and what became of everything else that was read.

    `ignored_kinds` counts the records that are nothing to replay, by what they are (`s3 PutObject`); `quarantined` are the malformed records, by file and line;
    `expired` counts the items that DynamoDB removed by itself; `out_of_scope` and `late` count the events left out since. `source` is what was asked for.
    """

    events: Sequence[Event]
    duplicates: int = 0
    ignored_kinds: Mapping[str, int] = field(default_factory=dict)
    quarantined: Sequence[InputProblem] = ()
    source: str = OWN
    expired: int = 0
    out_of_scope: int = 0
    late: int = 0

    @property
    def ignored(self) -> int:
        """How many records were nothing to replay."""
        return sum(self.ignored_kinds.values())

    def digest(self) -> str:
        """One digest over the events, that of the list of their documents: equal events, equal replay."""
        hashed = hashlib.sha256()
        for index, event in enumerate(self.events):
            hashed.update((b"," if index else b"[") + encoded(event.document()))
        hashed.update(b"]" if self.events else b"[]")
        return f"sha256:{hashed.hexdigest()}"


def read_events(path: Path, source: str = OWN, *, max_quarantined: int = 0) -> Intake:
    """Every event of a file or folder, read as records of `source`, one of SOURCES.

    Malformed records are quarantined, each with its file and line; more than `max_quarantined` of them raise InputError with them all (of very many, the first
    MOST_TOLD). A second record with the same id is a duplicate when its content is the same, else a problem, too.
    """
    reading = _Reading(source)
    for file in event_files(path):
        if is_digest(file, path):
            reading.ignored["CloudTrail digest file"] += 1
        else:
            reading.read(file)
    by_time = reading.each_once()
    quarantined = reading.problems.log()
    if len(quarantined) > max_quarantined:
        raise InputError(_told(quarantined))
    for line in by_time:
        _, document, place = line.split(PART)
        reading.events.append_line(document, place)
    if not reading.events:
        nothing = InputProblem(str(path), 0, "", "no event in it", f"expected the format {source}")
        raise InputError([nothing, *_told(quarantined)])
    ignored = dict(sorted(reading.ignored.items()))
    return Intake(reading.events, reading.duplicates, ignored, quarantined, source, reading.expired)


class _Problems:
    """Problems, in the order of file, line and pointer once all are there."""

    def __init__(self) -> None:
        self._lines = SortedLines()

    def tell(self, problem: InputProblem) -> None:
        members = [problem.file, problem.line, problem.pointer, problem.message, problem.hint]
        order = encoded([problem.file, f"{problem.line:012d}", problem.pointer])
        self._lines.add(order + PART + encoded(members))

    def log(self) -> ProblemLog:
        log = ProblemLog()
        for line in self._lines:
            log.append_line(line.partition(PART)[2])
        return log


class _Reading:
    """What has been read so far. Each event is kept as a line: its id, its place in the reading, what it is ordered by, its document, its place in the files."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.asked = next((known for known in get_args(Source) if known == source), None)
        self.events = EventLog()
        self.problems = _Problems()
        self.ignored: Counter[str] = Counter()
        self.duplicates = self.expired = 0
        self._by_id = SortedLines()
        self._numbers = itertools.count()

    def read(self, file: Path) -> None:
        """Read one file."""
        name = str(file)
        for record in records_of(file, self.problems.tell):
            try:
                self._take(name, record)
            except MALFORMED as error:
                self.problems.tell(_problem(name, record, error, self.source))

    def _take(self, file: str, record: Record) -> None:
        source, event = event_in(record.content, self.asked, record.beside)
        if isinstance(event, Ignored):
            self.ignored[event.kind] += 1
            return
        number = b"%014d" % next(self._numbers)
        # What has no canonical bytes (1e999 is read as infinity) could not be carried on either.
        document = encoded(event.document())
        order = encoded([*instant(event.timestamp), *_tie(event, source, number)])
        place = self.events.place_line(Place(file, record.line, record.pointer, source))
        self._by_id.add(PART.join((encoded(event.id), number, order, document, place)))

    def each_once(self) -> SortedLines:
        """One line for each id, in the order of time: what it is ordered by, its document, its place."""
        by_time = SortedLines()
        lines = (line.split(PART) for line in self._by_id)
        for id_, same in itertools.groupby(lines, key=lambda parts: parts[0]):
            kept = self._one_of(json.loads(id_), same)
            self.expired += _is_expiry(kept[1])
            by_time.add(PART.join(kept))
        return by_time

    def _one_of(self, id_: str, same: Iterator[list[bytes]]) -> list[bytes]:
        """Of the records of one event the one that is kept: of different contents the same in any order of the input."""
        first = next(same)
        kept = first[2:]
        for _, _, *again in same:
            self.duplicates += 1
            if again[1] != first[3]:
                file, line, pointer, _ = self.events.place(again[2])
                message = f"event {id_} was already read with another content"
                self.problems.tell(InputProblem(file, line, pointer, message, "ids must be unique"))
                kept = min(kept, again, key=lambda parts: parts[1])
        return kept


def _is_expiry(document: bytes) -> bool:
    """Whether an event's document is of an item that expired."""
    if b'"expired":true' not in document:
        return False
    event = json.loads(document)
    return event["type"] == "item_change" and bool(event["payload"].get("expired"))


def _tie(event: Event, source: Source, number: bytes) -> tuple[str, str]:
    """What events of one timestamp are ordered by."""
    if source == OWN:
        return number.decode(), ""
    return "~", (event.origin.sequence or "").rjust(40, "0") + event.id


def _problem(file: str, record: Record, error: Exception, source: str) -> InputProblem:
    """A malformed record's problem: what its source says, in front of it the JSON pointer where it gives one."""
    text = why(error)
    inside, _, message = text.partition(": ") if text.startswith("/") else ("", "", text)
    hint = f"`twinstage schema event` prints what is expected of the format {source}"
    return InputProblem(file, record.line, record.pointer + inside.rstrip("/"), message, hint)


def _told(problems: Sequence[InputProblem]) -> list[InputProblem]:
    """The problems that an error tells: all of them, or the first and how many more there are."""
    told = list(itertools.islice(problems, MOST_TOLD))
    more = len(problems) - len(told)
    if more:
        told.append(
            InputProblem(told[-1].file, told[-1].line, told[-1].pointer, f"… and {more} more malformed records")
        )
    return told
