"""The filters of a JSONPath: `@.status == 'FAILED' && (@.n >= 3 || !@.seen)`.

Operators: == != < <= > >= in nin, && || !, and a bare path, which asks whether it exists. A word without quotes is a text, as in definitions that AWS takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<path>[@$](?:\.\.?[\w*-]+|\['(?:[^'\\]|\\.)*'\]|\["(?:[^"\\]|\\.)*"\]|\[-?\d+\])*)
      | (?P<operator>==|!=|<=|>=|&&|\|\||<|>|!|\(|\))
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<list>\[[^\[\]]*\])
      | (?P<word>[A-Za-z_][\w-]*)
    )\s*""",
    re.VERBOSE,
)
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "nin"})
_WORDS: Final = {"true": True, "false": False, "null": None}
_DEEPEST: Final = 32


@dataclass(frozen=True)
class Operand:
    """A value (`path` is empty), or a path from the element, `@`, or from the root, `$`."""

    path: str
    value: Any = None


@dataclass(frozen=True)
class Filter:
    """`operator`: and, or, not (of `parts`), exists, or a comparison (of `left` and `right`)."""

    operator: str
    parts: tuple[Filter, ...] = ()
    left: Operand | None = None
    right: Operand | None = None


def read_filter(text: str) -> Filter:
    """Read what is between `[?(` and `)]`. Raises ValueError."""
    tokens: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found or found.end() == place:
            raise ValueError(f"the filter {text!r} cannot be read at {text[place:]!r}")
        tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
        place = found.end()
    reader = _Reader(tokens, text)
    read = reader.either(0)
    if reader.tokens:
        raise ValueError(f"the filter {text!r} goes on after its end: {reader.tokens[0][1]!r}")
    return read


class _Reader:
    """Recursive descent: or, and, not, comparison."""

    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self.tokens, self.text = tokens, text

    def either(self, depth: int) -> Filter:
        """Parts joined by ||."""
        parts = [self._both(depth)]
        while self._take("||"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Filter("or", tuple(parts))

    def _both(self, depth: int) -> Filter:
        parts = [self._single(depth)]
        while self._take("&&"):
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else Filter("and", tuple(parts))

    def _single(self, depth: int) -> Filter:
        if depth > _DEEPEST:
            raise ValueError(f"the filter {self.text!r} is nested deeper than {_DEEPEST} levels")
        if self._take("!"):
            return Filter("not", (self._single(depth + 1),))
        if self._take("("):
            inner = self.either(depth + 1)
            if not self._take(")"):
                raise ValueError(f"the filter {self.text!r} lacks a )")
            return inner
        left = self._operand()
        if self.tokens and self.tokens[0][1] in _COMPARISONS and self.tokens[0][0] in {"operator", "word"}:
            return Filter(self.tokens.pop(0)[1], left=left, right=self._operand())
        if not left.path:
            raise ValueError(f"the filter {self.text!r} compares nothing")
        return Filter("exists", left=left)

    def _operand(self) -> Operand:
        if not self.tokens:
            raise ValueError(f"the filter {self.text!r} ends too early")
        kind, said = self.tokens.pop(0)
        match kind:
            case "path":
                return Operand(said)
            case "text":
                return Operand("", re.sub(r"\\(.)", r"\1", said[1:-1]))
            case "number":
                return Operand("", float(said) if set(said) & set(".eE") else int(said))
            case "word":
                return Operand("", _WORDS.get(said, said))
            case "list":
                return Operand("", [_element(part.strip()) for part in said[1:-1].split(",") if part.strip()])
            case _:
                raise ValueError(f"the filter {self.text!r} has {said!r} where a value is expected")

    def _take(self, operator: str) -> bool:
        if self.tokens and self.tokens[0] == ("operator", operator):
            self.tokens.pop(0)
            return True
        return False


def _element(text: str) -> Any:
    if text[0] in "'\"":
        return text[1:-1]
    try:
        return float(text) if set(text) & set(".eE") and text not in _WORDS else int(text)
    except ValueError:
        return _WORDS.get(text, text)
