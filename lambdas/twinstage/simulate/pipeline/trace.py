"""The trace of a pipeline: one visit of one state a line, recorded or simulated (schema `twinstage:pipeline_trace:1`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import canonical_json
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading import json_document
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SCHEMA: Final = "pipeline_trace"
_MOST_PROBLEMS: Final = 50
# The year 9999, in ms since the Unix epoch: beyond it a moment has no date.
_FARTHEST_MS: Final = 253_402_300_799_999
_OPTIONAL: Final = ("type", "resource", "error", "input_bytes", "output_bytes")


@dataclass(frozen=True)
class Attempt:
    """One call of a Task. Times in ms from the trace's origin; `outcome`: succeeded, failed or aborted."""

    started_ms: float
    ended_ms: float
    outcome: str
    error: str = ""


@dataclass(frozen=True)
class Visit:
    """One visit of one state. `path`: the maps and parallels around it with iteration or branch, outermost first. Empty texts and None: not known."""

    execution: str
    state: str
    path: tuple[tuple[str, int], ...]
    entered_ms: float
    left_ms: float
    outcome: str
    attempts: tuple[Attempt, ...] = ()
    type: str = ""
    resource: str = ""
    error: str = ""
    input_bytes: int | None = None
    output_bytes: int | None = None

    def document(self) -> dict[str, Any]:
        """The line's JSON."""
        attempts = [
            {
                "started_ms": each.started_ms,
                "ended_ms": each.ended_ms,
                "outcome": each.outcome,
                **({"error": each.error} if each.error else {}),
            }
            for each in self.attempts
        ]
        optional = {name: getattr(self, name) for name in _OPTIONAL if getattr(self, name) not in ("", None)}
        return {
            "execution": self.execution,
            "state": self.state,
            "path": [{"state": state, "index": index} for state, index in self.path],
            "entered_ms": self.entered_ms,
            "left_ms": self.left_ms,
            "attempts": attempts,
            "outcome": self.outcome,
            **optional,
        }


def visit_of(document: dict[str, Any]) -> Visit:
    """The visit of a line that has no problems."""
    return Visit(
        document["execution"],
        document["state"],
        tuple((step["state"], step["index"]) for step in document["path"]),
        document["entered_ms"],
        document["left_ms"],
        document["outcome"],
        tuple(
            Attempt(each["started_ms"], each["ended_ms"], each["outcome"], each.get("error", ""))
            for each in document["attempts"]
        ),
        **{name: document[name] for name in _OPTIONAL if name in document},
    )


def trace_lines(visits: Iterable[Visit]) -> bytes:
    """A trace as its file has it."""
    return b"".join(canonical_json(visit.document()) + b"\n" for visit in visits)


def read_trace(path: Path) -> tuple[Visit, ...]:
    """The visits in a file, in its order; empty lines are passed over. Raises InputError with the first problems, each with its line."""
    problems: list[InputProblem] = []
    visits: list[Visit] = []
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip() and len(problems) < _MOST_PROBLEMS:
                    visits.extend(_read(str(path), number, line, problems))
    except OSError as error:
        problems.append(
            InputProblem(str(path), 0, "", f"cannot be read: {error.strerror}", "give a file that can be read")
        )
    if not problems and not visits:
        problems.append(
            InputProblem(str(path), 0, "", "holds no visit", f"`twinstage schema {_SCHEMA}` prints a line's form")
        )
    if problems:
        raise InputError(problems)
    return tuple(visits)


def _read(file: str, number: int, line: bytes, problems: list[InputProblem]) -> Iterable[Visit]:
    try:
        document = json_document.record(line)
    except json_document.MALFORMED as error:
        found = json_document.not_json(file, error, "a trace has one JSON object a line")
        problems.append(InputProblem(file, number, found.pointer, found.message, found.hint))
        return
    violations = schema_violations(_SCHEMA, document)
    if not violations and not all(abs(time) <= _FARTHEST_MS for time in _times(document)):
        violations = [("", "a time that no clock shows")]
    if not violations and _backwards(document):
        violations = [("", "it ends before it begins")]
    if violations:
        hint = f"`twinstage schema {_SCHEMA}` prints a line's form"
        problems.extend(InputProblem(file, number, place, message, hint) for place, message in violations)
        return
    yield visit_of(document)


def _times(document: dict[str, Any]) -> list[float]:
    attempts = [time for each in document["attempts"] for time in (each["started_ms"], each["ended_ms"])]
    return [document["entered_ms"], document["left_ms"], *attempts]


def _backwards(document: dict[str, Any]) -> bool:
    return document["left_ms"] < document["entered_ms"] or any(
        each["ended_ms"] < each["started_ms"] for each in document["attempts"]
    )
