"""YAML 1.2 with nothing surprising in it: no anchors, aliases, tags or duplicate keys, capped in size and depth, every place known by line.

`NO` is a string and `22:22` is a string, as YAML 1.2's core schema says; what remains is JSON with less punctuation.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST_BYTES = 1 << 20
DEEPEST = 32


@dataclass(frozen=True)
class Located:
    """A document, and the line (from 1) of each of its JSON pointers."""

    document: Any
    lines: Mapping[str, int]


def read_yaml(path: Path) -> Located:
    """Read one document. Raises InputError with every refused construct and its line."""
    file = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError([InputProblem(file, 0, "", f"cannot be read: {error.strerror}")]) from error
    if len(data) > LARGEST_BYTES:
        raise InputError([InputProblem(file, 0, "", f"{len(data)} bytes, at most {LARGEST_BYTES} are read")])
    try:
        text = data.decode()
        _refuse_constructs(text, file)
        node = YAML(typ="safe", pure=True).compose(io.StringIO(text))
    except UnicodeDecodeError as error:
        raise InputError([InputProblem(file, 0, "", f"not UTF-8: {error}")]) from error
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        problem = getattr(error, "problem", None) or str(error)
        raise InputError([InputProblem(file, mark.line + 1 if mark else 0, "", f"not YAML: {problem}")]) from error
    reader = _Reader(file)
    document = reader.value(node, ()) if node is not None else None
    if reader.problems:
        raise InputError(reader.problems)
    return Located(document, reader.lines)


def lines_of(node: Any) -> dict[str, int]:
    """The line (from 1) of every JSON pointer of a composed document."""
    reader = _Reader("")
    reader.value(node, ())
    return reader.lines


def _refuse_constructs(text: str, file: str) -> None:
    """Refuse at the level of events, before anything is composed: an alias bomb is never expanded."""
    problems, depth = [], 0
    for event in YAML(typ="safe", pure=True).parse(io.StringIO(text)):
        kind, line = type(event).__name__, event.start_mark.line + 1
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > DEEPEST:
            raise InputError([InputProblem(file, line, "", f"nested deeper than {DEEPEST} levels")])
        if getattr(event, "version", None) is not None or getattr(event, "tags", None):
            problems.append(InputProblem(file, line, "", "directives are refused", "take the line with % out"))
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            problems.append(InputProblem(file, line, "", "anchors and aliases are refused", "write the value out"))
        if getattr(event, "tag", None) is not None:
            problems.append(InputProblem(file, line, "", f"the tag {event.tag} is refused", "write a plain value"))
    if problems:
        raise InputError(problems)


class _Reader:
    """Nodes to values, collecting lines and problems."""

    def __init__(self, file: str) -> None:
        self.file, self.lines, self.problems = file, dict[str, int](), list[InputProblem]()

    def value(self, node: Any, path: tuple[str | int, ...]) -> Any:
        self.lines[pointer(path)] = node.start_mark.line + 1
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, child in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                self.problems.append(InputProblem(self.file, line, pointer(path), "a key must be plain text"))
                continue
            place = (*path, str(key.value))
            if key.value in found:
                self.problems.append(InputProblem(self.file, line, pointer(place), "the key appears twice", "keep one"))
            found[str(key.value)] = self.value(child, place)
            self.lines[pointer(place)] = line
        return found

    def _scalar(self, node: ScalarNode, path: tuple[str | int, ...]) -> Any:
        kind, text = str(node.tag).rpartition(":")[2], str(node.value)
        try:
            match kind:
                case "null":
                    return None
                case "bool":
                    return text.lower() == "true"
                case "int":
                    return int(text, 0) if text[:2].lower() in ("0x", "0o") else int(text)
                case "float":
                    return self._number(text)
        except ValueError as error:
            self.problems.append(InputProblem(self.file, node.start_mark.line + 1, pointer(path), f"{text}: {error}"))
            return None
        return text

    def _number(self, text: str) -> float:
        number = float(text.replace(".inf", "inf").replace(".nan", "nan").replace(".NaN", "nan"))
        if not math.isfinite(number):
            raise ValueError("not a finite number")
        return number
