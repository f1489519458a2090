"""Reading OpenLineage: every event of a file is read whole, or refused with its line, its JSON pointer and the reason.

Events come whole (they name their `schemaURL`) or in part, as they are in tests, logs and excerpts: without a run, without a job, without their datasets'
namespaces. A part is read for what it says. A sample of facets without a dataset is the facets of a dataset that nobody named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_places import with_lines
from twinstage.model.validation import schema_violations
from twinstage.twin.lineage.documents import documents
from twinstage.twin.lineage.event import Instant, LineageEvent
from twinstage.twin.lineage.facets import dataset, identity, job_lineage, owners
from twinstage.twin.lineage.instants import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from twinstage.twin.lineage.documents import Found
    from twinstage.twin.lineage.event import Identity

_PARTS: Final = frozenset(
    {"eventType", "eventTime", "producer", "schemaURL", "job", "dataset", "inputs", "outputs", "run"}
)
MOST_PROBLEMS: Final = 1000
"""So many are told; whoever has more has one mistake many times."""
_HINT: Final = "`twinstage schema openlineage` prints what is read of an event"


@dataclass(frozen=True)
class Lineage:
    """The events of some files in order, and what was refused: all of it, or the first MOST_PROBLEMS and a few."""

    events: tuple[LineageEvent, ...]
    refused: tuple[InputProblem, ...]


def read_lineage(paths: Iterable[Path]) -> Lineage:
    """Every event of the files. Raises InputError only where a file cannot be opened."""
    return _gathered(read for path in paths for read in each_event(path))


def lineage_of(data: bytes, file: str) -> Lineage:
    """Every event of a file's content."""
    return _gathered(_events(BytesIO(data), file))


def each_event(path: Path) -> Iterator[LineageEvent | list[InputProblem]]:
    """The events of a file one after another, whatever its length; in place of each that is refused, its problems."""
    try:
        with path.open("rb") as opened:
            yield from _events(opened, str(path))
    except OSError as error:
        problem = InputProblem(str(path), 0, "", f"cannot be read: {error.strerror}", "give a file that can be read")
        raise InputError([problem]) from error


def _gathered(several: Iterable[LineageEvent | list[InputProblem]]) -> Lineage:
    events: list[LineageEvent] = []
    refused: list[InputProblem] = []
    for read in several:
        if isinstance(read, LineageEvent):
            events.append(read)
        elif len(refused) < MOST_PROBLEMS:
            refused.extend(read)
    return Lineage(tuple(events), tuple(refused))


def _events(opened: BinaryIO, file: str) -> Iterator[LineageEvent | list[InputProblem]]:
    for found in documents(opened, file):
        if isinstance(found, InputProblem):
            yield [found]
            continue
        try:
            yield _event(found, file)
        except InputError as error:
            shown = [replace(problem, pointer=found.pointer + problem.pointer) for problem in error.problems]
            yield with_lines(shown, found.text, found.line)


def _event(found: Found, file: str) -> LineageEvent:
    """Raises InputError with pointers into the event, and no lines."""
    document = _said(found.document)
    if isinstance(document, dict) and not _PARTS & document.keys():
        document = {"dataset": {"name": f"{file}{found.pointer}", "facets": document}}
        sample = True
    else:
        sample = False
    cut = "/dataset/facets" if sample else ""
    problems = [
        InputProblem(file, 0, place.removeprefix(cut), message, _HINT)
        for place, message in schema_violations("openlineage", document)[:MOST_PROBLEMS]
    ]
    if problems:
        raise InputError(problems)
    at = _instant(document, file)
    job: Mapping[str, Any] = document.get("job", {})
    parent: Mapping[str, Any] = document.get("run", {}).get("facets", {}).get("parent", {})
    described = (dataset(document["dataset"], "/dataset"),) if "dataset" in document else ()
    return LineageEvent(
        file,
        found.line,
        found.pointer,
        type=document.get("eventType", ""),
        at=at,
        job=identity(job) if "name" in job else None,
        run=document.get("run", {}).get("runId", ""),
        parents=tuple(_parents(parent)),
        inputs=tuple(dataset(each, f"/inputs/{index}") for index, each in enumerate(document.get("inputs", ()))),
        outputs=tuple(dataset(each, f"/outputs/{index}") for index, each in enumerate(document.get("outputs", ()))),
        datasets=tuple(replace(each, named=not sample) for each in described),
        derivations=tuple(job_lineage(job.get("facets", {}), "/job/facets")),
        owners=owners(job.get("facets", {})),
    )


def _parents(facet: Mapping[str, Any]) -> Iterator[Identity]:
    for each in (facet, facet.get("root", {})):
        if "job" in each:
            yield identity(each["job"])


def _instant(document: Mapping[str, Any], file: str) -> Instant | None:
    text = document.get("eventTime")
    if text is None:
        return None
    try:
        return instant(text)
    except ValueError as error:
        raise InputError([InputProblem(file, 0, "/eventTime", f"{text!r} is no moment: {error}")]) from error


def _said(value: Any) -> Any:
    """An event without what says nothing: members that are null, and facets that were deleted (`_deleted`)."""
    if isinstance(value, dict):
        return {name: _said(inner) for name, inner in value.items() if inner is not None and not _deleted(inner)}
    return [_said(inner) for inner in value] if isinstance(value, list) else value


def _deleted(value: Any) -> bool:
    return isinstance(value, dict) and value.get("_deleted") is True
