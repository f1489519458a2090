"""YAML 1.2 with nothing surprising in it: no anchors, aliases, tags or duplicate keys, capped in size and depth, every place known by line.

`NO` is a string and `22:22` is a string, as YAML 1.2's core schema says (https://yaml.org/spec/1.2.2/#103-core-schema); what remains is JSON with less punctuation.
The document is made of the parser's events as they come, so that an alias is refused before anything could be made of it. Scalars are resolved here: the parser's own rules are those of YAML 1.1.
"""

from __future__ import annotations

import contextlib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import why
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LARGEST_BYTES: Final = 1 << 20
DEEPEST: Final = 32
MOST_VALUES: Final = 50_000
MOST_PROBLEMS: Final = 1000
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
# A number to readers of YAML 1.1, a text to those of 1.2.
_EITHER: Final = re.compile(r"[-+]?0b[01]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
# libyaml where it is there, as in every wheel of PyYAML: the same events, twenty times as fast.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Located:
    """A document, and the line (from 1) of each of its JSON pointers."""

    document: Any
    lines: Mapping[str, int]


def read_yaml(path: Path) -> Located:
    """Read one document. Raises InputError with every refused construct and its line; of very many, the first MOST_PROBLEMS."""
    file = str(path)
    try:
        with path.open("rb") as opened:
            data = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        hint = "give a file that can be read"
        raise InputError([InputProblem(file, 0, "", f"cannot be read: {error.strerror}", hint)]) from error
    if len(data) > LARGEST_BYTES:
        hint = "keep events and dumps in files of their own"
        raise InputError(
            [InputProblem(file, 0, "", f"more than {LARGEST_BYTES} bytes, which is all that is read", hint)]
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InputError([InputProblem(file, 0, "", f"not UTF-8: {error}", "save it as UTF-8")]) from error
    return located_yaml(text, file)


def located_yaml(text: str, file: str) -> Located:
    """The one document of a text; `file` is what its problems are told of. Raises InputError as `read_yaml` does."""
    reader = _Reader(file)
    try:
        document = reader.document(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        reader.problem(
            mark.line + 1 if mark else 0, (), f"not YAML: {said}", "mend what stands at this line, or before it"
        )
    except _EnoughError:
        pass
    if reader.problems:
        raise InputError(reader.problems)
    return Located(document, reader.lines)


def lines_of(text: str) -> dict[str, int]:
    """The line (from 1) of every JSON pointer of a text of JSON, which is YAML too, as far as it can be read."""
    reader = _Reader("", bounded=False)
    with contextlib.suppress(yaml.YAMLError, _EnoughError, RecursionError):
        reader.document(yaml.parse(text, Loader=_LOADER))
    return reader.lines


class _EnoughError(Exception):
    """Reading on would tell nothing new: the problems say why."""


class _Reader:
    """Events to values, collecting lines and problems. A value that is refused stands as None, so that the rest can be read."""

    def __init__(self, file: str, *, bounded: bool = True) -> None:
        self.file, self.lines, self.problems = file, dict[str, int](), list[InputProblem]()
        self._values, self._bounded = 0, bounded

    def problem(self, line: int, path: tuple[str | int, ...], message: str, hint: str = "") -> None:
        if len(self.problems) == MOST_PROBLEMS:
            self.problems.append(InputProblem(self.file, line, "", "and more from here on", "mend these first"))
            raise _EnoughError
        self.problems.append(InputProblem(self.file, line, pointer(path), message, hint))

    def document(self, events: Iterator[Any]) -> Any:
        """The value of the first document. Raises YAMLError, _EnoughError."""
        found, documents = None, 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                line = _line(event)
                if event.version is not None or event.tags:
                    self.problem(line, (), "directives are refused", "take the line with % out")
                if documents > 1:
                    self.problem(line, (), "not YAML: a second document begins", "keep one")
                    break
            elif not isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentEndEvent):
                found = self._value(event, events, ())
        return found

    def _value(self, event: Any, events: Iterator[Any], path: tuple[str | int, ...]) -> Any:
        line = _line(event)
        self.lines[pointer(path)] = line
        self._count(line, path)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            self.problem(line, path, "anchors and aliases are refused", "write the value out")
        if isinstance(event, yaml.AliasEvent):
            return None
        if event.tag is not None:
            self.problem(line, path, f"the tag {event.tag} is refused", "write a plain value")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if self._bounded and len(path) >= DEEPEST:
            self.problem(line, (), f"nested deeper than {DEEPEST} levels", "nothing that is read here is that deep")
            raise _EnoughError
        return (
            self._mapping(events, path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(events, path)
        )

    def _count(self, line: int, path: tuple[str | int, ...]) -> None:
        self._values += 1
        if self._bounded and self._values > MOST_VALUES:
            self.problem(line, path, f"more than {MOST_VALUES} values", "keep events and dumps in files of their own")
            raise _EnoughError

    def _sequence(self, events: Iterator[Any], path: tuple[str | int, ...]) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            found.append(self._value(event, events, (*path, len(found))))
        return found

    def _mapping(self, events: Iterator[Any], path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                self.problem(line, path, "a key must be plain text")
                self._value(event, events, (*path, "?"))
                self._value(next(events), events, (*path, ":"))
                continue
            place = (*path, event.value)
            if event.anchor is not None:
                self.problem(line, place, "anchors and aliases are refused", "write the value out")
            if event.tag is not None:
                self.problem(line, place, f"the tag {event.tag} is refused", "write a plain value")
            if event.value in found:
                self.problem(line, place, "the key appears twice", "keep one")
            found[event.value] = self._value(next(events), events, place)
            self.lines[pointer(place)] = line
        return found

    def _scalar(self, event: Any, path: tuple[str | int, ...]) -> Any:
        text: str = event.value
        # Quoted and block scalars are text, whatever they look like.
        if event.style:
            return text
        try:
            return _plain(text)
        except ValueError as error:
            self.problem(_line(event), path, f"{text[:80]}: {why(error)}", "quote it where it is text")
            return None


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _plain(text: str) -> Any:
    """What a plain scalar is. Raises ValueError for numbers that JSON does not have, or that readers differ about."""
    if text in _NULL or text in _BOOLEAN:
        return _BOOLEAN.get(text)
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if _EITHER.fullmatch(text):
        raise ValueError("a number to some, a text to others")
    if _NO_NUMBER.fullmatch(text) or (_FLOAT.fullmatch(text) and not math.isfinite(float(text))):
        raise ValueError("not a finite number")
    return float(text) if _FLOAT.fullmatch(text) else text
