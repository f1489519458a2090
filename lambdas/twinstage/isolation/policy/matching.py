"""IAM's globs, exactly: `*` is any text (colons and slashes too), `?` any one character, nothing else is special.

Actions have no case, resources do. A policy variable stands for the request's own value of a key, and that value's
characters are literal. Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    Context = Mapping[str, tuple[str, ...]]

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULT = re.compile(r"\s*([^,]*?)\s*,\s*'([^']*)'\s*\Z")
_LITERALS = {"*": "*", "?": "?", "$": "$"}
_ARN_PARTS = 6


@dataclass(frozen=True)
class _Piece:
    """Text between two stars; `any_at` are the offsets of its `?`."""

    text: str
    any_at: frozenset[int]

    def at(self, text: str, offset: int) -> bool:
        if not self.any_at:
            return text.startswith(self.text, offset)
        end = offset + len(self.text)
        return end <= len(text) and all(
            at in self.any_at or wanted == text[offset + at] for at, wanted in enumerate(self.text)
        )

    def find(self, text: str, start: int, end: int) -> int:
        """The first offset from `start` at which the whole piece is before `end`, or -1."""
        if not self.any_at:
            return text.find(self.text, start, end)
        last = end - len(self.text)
        return next((offset for offset in range(start, last + 1) if self.at(text, offset)), -1)


@dataclass(frozen=True)
class Glob:
    """A compiled pattern: its pieces between the stars, in order. Never backtracks, so no pattern is slow."""

    pieces: tuple[_Piece, ...]

    def matches(self, text: str) -> bool:
        """Whether the pattern covers the whole text."""
        first, *rest = self.pieces
        if not rest:
            return len(text) == len(first.text) and first.at(text, 0)
        *middle, last = rest
        start, end = len(first.text), len(text) - len(last.text)
        if start > end or not first.at(text, 0) or not last.at(text, end):
            return False
        # The leftmost place for each piece leaves the most room for the others.
        for piece in middle:
            found = piece.find(text, start, end)
            if found < 0:
                return False
            start = found + len(piece.text)
        return True


@lru_cache(maxsize=8192)
def glob(pattern: str) -> Glob:
    """Compile a pattern without policy variables."""
    return _compile([(pattern, False)])


def _compile(parts: list[tuple[str, bool]]) -> Glob:
    """`parts`: text, and whether it is literal (a variable's value) rather than a pattern."""
    pieces: list[_Piece] = []
    text: list[str] = []
    any_at: set[int] = set()

    def close() -> None:
        pieces.append(_Piece("".join(text), frozenset(any_at)))
        text.clear()
        any_at.clear()

    for part, literal in parts:
        for character in part:
            if character == "*" and not literal:
                close()
                continue
            if character == "?" and not literal:
                any_at.add(len(text))
            text.append(character)
    close()
    return Glob(tuple(pieces))


def action_matches(pattern: str, action: str) -> bool:
    """Whether an action (`s3:GetObject`) is covered by `pattern`. Neither has case, nor variables."""
    return pattern == "*" or glob(pattern.lower()).matches(action.lower())


def resource_matches(pattern: str, resource: str, context: Context, *, variables: bool = True) -> bool:
    """Whether a resource's ARN (or `*`, for an action that has none) is covered by `pattern`.

    Variables count in the last part of an ARN only. One that the request has no single value for makes the pattern match nothing.
    """
    if pattern == "*":
        return True
    if not variables or "${" not in pattern:
        return glob(pattern).matches(resource)
    *head, tail = pattern.split(":", _ARN_PARTS - 1)
    parts = expand(tail, context)
    if parts is None:
        return False
    return _compile([("".join(f"{part}:" for part in head), False), *parts]).matches(resource)


def text_matches(pattern: str, text: str, context: Context, *, variables: bool = True) -> bool:
    """`StringLike`: the whole text, with case."""
    if not variables or "${" not in pattern:
        return glob(pattern).matches(text)
    parts = expand(pattern, context)
    return parts is not None and _compile(parts).matches(text)


def arn_matches(pattern: str, arn: str, context: Context, *, variables: bool = True) -> bool:
    """`ArnLike` and `ArnEquals`: each of the six parts for itself, so that no star crosses one of the first five colons."""
    wanted, found = pattern.split(":", _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    if pattern == "*":
        return len(found) == _ARN_PARTS
    return len(wanted) == len(found) == _ARN_PARTS and all(
        text_matches(one, other, context, variables=variables) for one, other in zip(wanted, found, strict=True)
    )


def literal(template: str, context: Context, *, variables: bool = True) -> str | None:
    """Text with its variables replaced; None when the request has no single value for one of them."""
    if not variables or "${" not in template:
        return template
    parts = expand(template, context)
    return None if parts is None else "".join(text for text, _ in parts)


def expand(template: str, context: Context) -> list[tuple[str, bool]] | None:
    """The template in parts, each with whether it is literal; None when a variable has neither one value nor a default."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in _VARIABLE.finditer(template):
        parts.append((template[end : match.start()], False))
        value = _value(match[1], context)
        if value is None:
            return None
        parts.append((value, True))
        end = match.end()
    parts.append((template[end:], False))
    return parts


def _value(variable: str, context: Context) -> str | None:
    if variable in _LITERALS:
        return _LITERALS[variable]
    key, default = (written[1], written[2]) if (written := _DEFAULT.match(variable)) else (variable, None)
    found = context.get(key.lower(), ())
    return found[0] if len(found) == 1 else default
