"""Lines for problems of JSON files: JSON parsers forget where things stood, so the file is read once more when there is something to complain of."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from twinstage.cli.yaml_reader import lines_of
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
    return InputError([_located(problem) for problem in error.problems])


def _located(problem: InputProblem) -> InputProblem:
    path = Path(problem.file)
    if problem.line > 1 or not problem.pointer or path.suffix != ".json" or not path.is_file():
        return problem
    if path.stat().st_size > LARGEST_BYTES:
        return problem
    try:
        # JSON is YAML 1.2, whose nodes know their lines.
        node = YAML(typ="safe", pure=True).compose(io.StringIO(path.read_text()))
    except (YAMLError, UnicodeDecodeError):
        return problem
    return replace(problem, line=line_of(lines_of(node), problem.pointer))
