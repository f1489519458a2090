"""Lines for problems of JSON files: JSON parsers forget where things stood, so the file is read once more when there is something to complain of."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from twinstage.cli.yaml_reader import lines_of
from twinstage.model.errors import InputError
from twinstage.model.validation import line_of
from twinstage.state.snapshot import OBJECTS, SNAPSHOTS

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.errors import InputProblem

LARGEST_BYTES = 8 << 20


def located(error: InputError, root: Path) -> InputError:
    """The same problems; those of a store's keys with the path below `root` and the line of their JSON pointer, where it can be told."""
    return InputError([_located(problem, root) for problem in error.problems])


def _located(problem: InputProblem, root: Path) -> InputProblem:
    if not problem.file.startswith((OBJECTS, SNAPSHOTS)):
        return problem
    path = root / problem.file
    problem = replace(problem, file=str(path))
    if problem.line or not problem.pointer or not path.is_file() or path.stat().st_size > LARGEST_BYTES:
        return problem
    try:
        # JSON is YAML 1.2, whose nodes know their lines.
        node = YAML(typ="safe", pure=True).compose(io.StringIO(path.read_text()))
    except (YAMLError, UnicodeDecodeError):
        return problem
    return replace(problem, line=line_of(lines_of(node), problem.pointer))
