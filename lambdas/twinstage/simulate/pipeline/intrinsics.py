"""Intrinsic functions: `States.Format('s3://{}/{}', $.bucket, States.ArrayGetItem($.keys, 0))`, read once and called with the values of their arguments.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.pipeline.failures import INTRINSIC, StateFailure
from twinstage.simulate.pipeline.intrinsic_functions import FUNCTIONS, FunctionFailed
from twinstage.simulate.pipeline.path_steps import PathError, read_path
from twinstage.simulate.pipeline.paths import value_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

_NAME: Final = re.compile(r"\s*States\.([A-Za-z0-9]+)\s*\(")
_TEXT: Final = re.compile(r"\s*'((?:[^'\\]|\\.)*)'", re.DOTALL)
_WORD: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)")
_LITERALS: Final = {"true": True, "false": False, "null": None}
# "You can nest up to 10 intrinsic functions."
_DEEPEST: Final = 10


class IntrinsicError(ValueError):
    """The text is no call of an intrinsic function."""


@dataclass(frozen=True)
class Literal:
    """A text (its escapes kept, for States.Format to read), a number, true, false or null."""

    value: Any


@dataclass(frozen=True)
class Reference:
    """A path."""

    path: str


@dataclass(frozen=True)
class Call:
    """A function by its name without `States.`, and its arguments."""

    name: str
    arguments: tuple[Call | Literal | Reference, ...]


def is_call(text: str) -> bool:
    """Whether the value of a field that ends in `.$` calls a function."""
    return _NAME.match(text) is not None


@lru_cache(maxsize=4096)
def read_call(text: str) -> Call:
    """Read a call. Raises IntrinsicError."""
    call, end = _call(text, 0, 1)
    if text[end:].strip():
        raise IntrinsicError(f"{text!r} goes on after its end: {text[end:].strip()!r}")
    return call


def evaluate(text: str, roots: Mapping[str, Any], random: Random) -> Any:
    """The value of a call. Raises IntrinsicError, MissingValueError, and StateFailure States.IntrinsicFailure where a function refuses its arguments."""
    return _evaluated(read_call(text), roots, random)


def _evaluated(part: Call | Literal | Reference, roots: Mapping[str, Any], random: Random) -> Any:
    match part:
        case Literal(value):
            return value
        case Reference(path):
            return value_at(path, roots)
        case Call(name, arguments):
            values = [_evaluated(argument, roots, random) for argument in arguments]
            values = [
                # The template's own escapes say which braces are braces: States.Format reads them itself.
                unescaped(value) if isinstance(argument, Literal) and (at or name != "Format") else value
                for at, (argument, value) in enumerate(zip(arguments, values, strict=True))
            ]
            try:
                return FUNCTIONS[name](values, random)
            except FunctionFailed as error:
                raise StateFailure(INTRINSIC, f"The function States.{name} failed: {error}") from error


def unescaped(value: Any) -> Any:
    """A literal text without the escapes of its quotes, braces and backslashes."""
    return re.sub(r"\\([\\'{}])", r"\1", value) if isinstance(value, str) else value


def _call(text: str, place: int, depth: int) -> tuple[Call, int]:
    found = _NAME.match(text, place)
    if not found:
        raise IntrinsicError(f"{text!r}: a function is expected at character {place + 1}")
    if found[1] not in FUNCTIONS:
        raise IntrinsicError(f"there is no intrinsic function States.{found[1]}")
    if depth > _DEEPEST:
        raise IntrinsicError(f"{text!r}: functions are nested deeper than {_DEEPEST} levels")
    arguments: list[Call | Literal | Reference] = []
    place = _space(text, found.end())
    if text.startswith(")", place):
        return Call(found[1], ()), place + 1
    while True:
        argument, place = _argument(text, place, depth)
        arguments.append(argument)
        place = _space(text, place)
        if text.startswith(")", place):
            return Call(found[1], tuple(arguments)), place + 1
        if not text.startswith(",", place):
            raise IntrinsicError(f"{text!r}: a comma or ) is expected at character {place + 1}")
        place += 1


def _argument(text: str, place: int, depth: int) -> tuple[Call | Literal | Reference, int]:
    if _NAME.match(text, place):
        return _call(text, place, depth + 1)
    if found := _TEXT.match(text, place):
        return Literal(found[1]), found.end()
    if found := _WORD.match(text, place):
        said = found[1]
        number = float(said) if set(said) & set(".eE") and said not in _LITERALS else None
        return Literal(_LITERALS[said] if said in _LITERALS else int(said) if number is None else number), found.end()
    place = _space(text, place)
    if text.startswith("$", place):
        end = _path_end(text, place)
        path = text[place:end].strip()
        try:
            read_path(path)
        except PathError as error:
            raise IntrinsicError(str(error)) from error
        return Reference(path), end
    raise IntrinsicError(f"{text!r}: an argument is expected at character {place + 1}")


def _path_end(text: str, place: int) -> int:
    """Where a path ends: at the comma or bracket that is not in brackets or quotes of its own."""
    depth, quote, at = 0, "", place
    while at < len(text):
        character = text[at]
        if quote:
            at += character == "\\"
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "[(":
            depth += 1
        elif character in "])" and depth:
            depth -= 1
        elif character in ",)":
            return at
        at += 1
    return at


def _space(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place
