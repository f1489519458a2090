"""The steps of a JSONPath as Step Functions has it, and how a path's text is read into them.

The dialect is Jayway's, which AWS uses: `$.a.b`, `$['a b']`, `[0]`, `[-1]`, `[0,2]`, `[1:3]`, `[*]`, `.*`, `..name`, `[?(@.a == 'x' && @.n > 3)]`.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from twinstage.simulate.pipeline.path_filters import Filter, read_filter

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME: Final = re.compile(r"[^\s.\[\]()'\",*?@$]+")
_VARIABLE: Final = re.compile(r"\$([A-Za-z_]\w*)")
_QUOTED: Final = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*""")
_INDEX: Final = re.compile(r"\s*(-?\d+)\s*")
_SLICE: Final = re.compile(r"\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?")
_FUNCTION: Final = re.compile(r"\.(length|min|max|avg|stddev|sum|keys|first|last)\(\)$")
_LONGEST: Final = 10_000


class PathError(ValueError):
    """The text is no JSONPath."""


@dataclass(frozen=True)
class Child:
    """One member by name, or several."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Index:
    """One element by its place, from the end where it is negative, or several."""

    places: tuple[int, ...]


@dataclass(frozen=True)
class Slice:
    """Elements from `start` up to but not with `stop`."""

    start: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True)
class Wildcard:
    """Every member or element."""


@dataclass(frozen=True)
class Descend:
    """The value itself and everything in it, outer before inner."""


@dataclass(frozen=True)
class Where:
    """The elements that satisfy a filter."""

    filter: Filter


Step = Child | Index | Slice | Wildcard | Descend | Where


@dataclass(frozen=True)
class Path:
    """A path that was read. `root`: `$` the input, `$$` the context object, else the name of a variable. `function`: what is asked of the value found, or ``."""

    text: str
    root: str
    steps: tuple[Step, ...]
    function: str = ""

    @property
    def definite(self) -> bool:
        """Whether it names at most one value: what it gives is that value, not a list of values."""
        return all(
            (isinstance(step, Child) and len(step.names) == 1) or (isinstance(step, Index) and len(step.places) == 1)
            for step in self.steps
        )


@lru_cache(maxsize=4096)
def read_path(text: str) -> Path:
    """Read a path. Raises PathError."""
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        raise PathError(f"a path of {len(stripped)} characters, at most {_LONGEST} are read")
    if not stripped.startswith("$"):
        raise PathError(f"{text!r} is no path: a path begins with $")
    function = ""
    if found := _FUNCTION.search(stripped):
        function, stripped = found[1], stripped[: found.start()]
    root, place = "$", 1
    if stripped.startswith("$$"):
        root, place = "$$", 2
    elif variable := _VARIABLE.match(stripped):
        root, place = variable[1], variable.end()
    return Path(text, root, tuple(_steps(stripped, place)), function)


def read_reference_path(text: str) -> Path:
    """Read a path that names one node, as ResultPath must: members and elements by name or place. Raises PathError."""
    path = read_path(text)
    if not path.definite or path.function or path.root != "$":
        raise PathError(f"{text!r} is no reference path: it must name exactly one node of $")
    return path


def _steps(text: str, place: int) -> Iterator[Step]:
    while place < len(text):
        if text.startswith("..", place):
            yield Descend()
            place += 2
            if not text.startswith("[", place):
                step, place = _dotted(text, place)
                yield step
        elif text[place] == ".":
            step, place = _dotted(text, place + 1)
            yield step
        elif text[place] == "[":
            step, place = _bracketed(text, place)
            yield step
        else:
            raise PathError(f"{text!r}: {text[place]!r} is not expected at character {place + 1}")


def _dotted(text: str, place: int) -> tuple[Step, int]:
    if text.startswith("*", place):
        return Wildcard(), place + 1
    if not (name := _NAME.match(text, place)):
        raise PathError(f"{text!r}: a name is missing at character {place + 1}")
    return Child((name[0],)), name.end()


def _bracketed(text: str, place: int) -> tuple[Step, int]:
    end = _closing(text, place)
    inside = text[place + 1 : end]
    if inside.strip() == "*":
        return Wildcard(), end + 1
    if inside.lstrip().startswith("?"):
        expression = inside.strip()[1:].strip()
        if not (expression.startswith("(") and expression.endswith(")")):
            raise PathError(f"{text!r}: a filter is written [?( )]")
        try:
            return Where(read_filter(expression[1:-1])), end + 1
        except ValueError as error:
            raise PathError(f"{text!r}: {error}") from error
    for form, made in ((_QUOTED, _names), (_INDEX, _places)):
        parts = _listed(inside, form)
        if parts:
            return made(parts), end + 1
    if found := _SLICE.fullmatch(inside):
        start, stop, step = (int(part) if part else None for part in found.groups())
        if step == 0:
            raise PathError(f"{text!r}: a slice's step is not 0")
        return Slice(start, stop, step), end + 1
    raise PathError(f"{text!r}: [{inside}] is no name, place, slice or filter")


def _listed(inside: str, form: re.Pattern[str]) -> list[re.Match[str]]:
    """The parts between commas, where all of them have the form; nothing otherwise."""
    parts: list[re.Match[str]] = []
    place = 0
    while found := form.match(inside, place):
        parts.append(found)
        place = found.end()
        if place == len(inside):
            return parts
        if inside[place] != ",":
            return []
        place += 1
    return []


def _names(parts: list[re.Match[str]]) -> Step:
    return Child(tuple(re.sub(r"\\(.)", r"\1", part[1] if part[1] is not None else part[2]) for part in parts))


def _places(parts: list[re.Match[str]]) -> Step:
    return Index(tuple(int(part[1]) for part in parts))


def _closing(text: str, place: int) -> int:
    """Where the bracket that opens at `place` closes."""
    depth, quote, at = 0, "", place
    while at < len(text):
        character = text[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    raise PathError(f"{text!r}: a [ is not closed")
