"""What the schema cannot say of `explore.answers`: that there are such calls, that they can be answered so, and that a recording can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputProblem
from twinstage.model.prepared_answer import EXACT, RECORDED
from twinstage.model.reading.json_document import MALFORMED, record, why
from twinstage.model.validation import pointer, schema_violations
from twinstage.world.answers import answer_problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.cli.scenario_checks import ScenarioChecker, Steps

LARGEST_BYTES = 16 << 20

Document = dict[str, Any]


def check_answers(checker: ScenarioChecker) -> dict[Steps, list[Document]]:
    """Note every problem of the answers. Gives what each named file holds, by the place of its name."""
    found = checker.at("explore", "answers")
    inlined: dict[Steps, list[Document]] = {}
    for index, entry in enumerate(found if isinstance(found, list) else ()):
        steps: Steps = ("explore", "answers", index)
        recorded = entry.get(RECORDED) if isinstance(entry, dict) else None
        if isinstance(recorded, str):
            inlined[*steps, RECORDED] = _file(checker, (*steps, RECORDED), recorded)
        elif not schema_violations("scenario", entry, part="answer"):
            for problem in answer_problems(entry):
                checker.problem((*steps, *problem.steps), problem.message, problem.hint)
    return inlined


def _file(checker: ScenarioChecker, steps: Steps, name: str) -> list[Document]:
    path = checker.text.beside(steps, name)
    try:
        data = path.read_bytes()
    except OSError as error:
        checker.problem(steps, f"{name} cannot be read: {error.strerror}", f"looked for {path}")
        return []
    if len(data) > LARGEST_BYTES:
        checker.problem(steps, f"{name} has {len(data)} bytes, at most {LARGEST_BYTES} are read", "leave calls out")
        return []
    read = [entry for line, text in enumerate(data.split(b"\n"), 1) for entry in _line(checker, path, line, text)]
    if not read:
        checker.problem(steps, f"{name} holds no answer of a service beyond {', '.join(sorted(EXACT))}", "")
    return read


def _line(checker: ScenarioChecker, path: Path, line: int, text: bytes) -> Iterator[Document]:
    """The answer of one line, if it holds one and it is sound."""

    def problem(place: str, message: str, hint: str = "") -> None:
        checker.problems.append(InputProblem(str(path), line, place, message, hint))

    if not text.strip():
        return
    try:
        told = record(text)
    except MALFORMED as error:
        problem("", f"not JSON: {why(error)}")
        return
    if not isinstance(told, dict):
        problem("", "not an object", "each line is one call and its answer")
        return
    if told.get("service") in EXACT:
        return
    entry = as_answer(told)
    if "outcome" in told and "response" not in entry and "error" not in entry:
        message = f"{told.get('service')} {told.get('operation')} succeeded, and its response was not recorded"
        problem("", message, 'add a member "response" to the line, or leave the line out')
        return
    wrong = schema_violations("scenario", entry, part="answer")
    for place, message in wrong:
        problem(place, message, "`twinstage schema scenario` prints what is expected")
    found = answer_problems(entry) if not wrong else []
    for each in found:
        problem(pointer(each.steps), each.message, each.hint)
    if not wrong and not found:
        yield entry


def as_answer(told: Document) -> Document:
    """A line of a recording as an answer: one of `calls.jsonl` tells its outcome, and more beside it."""
    if "outcome" not in told:
        return told
    entry: Document = {name: told[name] for name in ("service", "operation", "parameters", "response") if name in told}
    if told["outcome"] == "error":
        entry["error"] = {"code": told.get("error"), "message": told.get("message", "")}
    return entry
