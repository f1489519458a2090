"""Lines for problems of JSON and YAML files: parsers forget where things stood, so the file is read once more when there is something to complain of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.model.errors import InputError
from twinstage.model.validation import line_of
from twinstage.state.snapshot import OBJECTS, SNAPSHOTS

if TYPE_CHECKING:
    from twinstage.model.errors import InputProblem

LARGEST_BYTES = 8 << 20


def in_store(error: InputError, root: str) -> InputError:
    """The same problems; those of a store's keys with the path or URI of `root` before them."""
    keys = (OBJECTS, SNAPSHOTS)
    return InputError([replace(p, file=f"{root}/{p.file}") if p.file.startswith(keys) else p for p in error.problems])


def located(error: InputError) -> InputError:
    """The same problems, each with the line of its JSON pointer, where its file is there to be read again."""
    # Each file once, however many problems it has.
    lines = {file: _lines(Path(file)) for file in {p.file for p in error.problems if _may_be_located(p)}}
    return InputError([_located(problem, lines.get(problem.file)) for problem in error.problems])


def _may_be_located(problem: InputProblem) -> bool:
    return problem.line <= 1 and bool(problem.pointer) and problem.file.endswith((".json", ".yaml", ".yml"))


def _located(problem: InputProblem, lines: dict[str, int] | None) -> InputProblem:
    if not lines or not _may_be_located(problem):
        return problem
    return replace(problem, line=line_of(lines, problem.pointer))


def _lines(path: Path) -> dict[str, int] | None:
    """The line of every pointer of a file of JSON or YAML; None where it cannot be read as what knows lines."""
    from twinstage.model.reading.yaml_document import lines_of

    try:
        if path.stat().st_size > LARGEST_BYTES:
            return None
        return lines_of(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return None
