"""JSON with nothing ambiguous in it: every member once, numbers that JSON has, a depth that everything behind it can go down.

RFC 8259 leaves open what a repeated member, a number beyond a double's range or half of a surrogate pair mean; readers differ, and state that two readers
understand differently has two digests. `records` may hold lone surrogates, since Lambda takes and gives them in payloads; `state` may not, since nothing that
is stored in Route 53 or DynamoDB can.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Far above what AWS takes (DynamoDB: 32 levels), and far below what recursion over a document can go down.
DEEPEST = 128
# What Python reads of a whole number; its own message speaks of a setting of the interpreter.
_MOST_DIGITS = 4300
_DIGITS = "integer string conversion"
MALFORMED = (ValueError, TypeError, RecursionError)
"""What reading a document raises. The message of a RecursionError is Python's own: `why` says it in words."""
_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]|NaN|-?Infinity')
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class HalfACharacter(ValueError):
    """A string of state has half of a surrogate pair; `pointer` is its place in the document."""

    def __init__(self, half: str, pointer: str) -> None:
        super().__init__(f"half of a surrogate pair, \\u{ord(half):04x}, is no character")
        self.pointer = pointer


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of an object. Raises ValueError where one appears twice."""
    document = dict(pairs)
    if len(document) != len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the member {twice!r} appears twice")
    return document


def refuse_constant(text: str) -> Any:
    """Raises ValueError for the constants that Python's reader takes and JSON does not have."""
    raise ValueError(f"{text} is not a JSON number")


def exact_number(text: str) -> int | Decimal:
    """A number as JSON writes it, never through float. `300.0` is 300."""
    number = Decimal(text)
    # Compared as it is: what is reckoned with, such as its absolute value, may overflow.
    return int(number) if number == number.to_integral_value() and -(1 << 63) < number < 1 << 63 else number


RECORDS = json.JSONDecoder(object_pairs_hook=unique, parse_constant=refuse_constant)
"""Reads events: their numbers are a handler's own, and come to it as Lambda would give them."""
STATE = json.JSONDecoder(object_pairs_hook=unique, parse_constant=refuse_constant, parse_float=exact_number)
"""Reads state: numbers are exact; a whole one is an int however it is written."""


def record(text: bytes | str) -> Any:
    """One JSON document that is a record of a log. Raises one of MALFORMED."""
    document = RECORDS.decode(_decoded(text))
    return shallow(document, text)


def state(text: bytes | str) -> Any:
    """One JSON document that says what state is. Raises one of MALFORMED."""
    text = _decoded(text)
    document = STATE.decode(text)
    return storable(shallow(document, text), text)


def states(text: str) -> Iterator[Any]:
    """The documents that stand one after another in a text. Raises one of MALFORMED; at once where there is none."""
    place = _skip_space(text, 0)
    if place == len(text):
        # json's own words, with its line, about a file that is empty.
        STATE.decode(text)
    while place < len(text):
        begin = place
        value, place = STATE.raw_decode(text, place)
        read = text[begin:place] if begin or place < len(text) else text
        yield storable(shallow(value, read), read)
        place = _skip_space(text, place)


def read_state(path: Path, largest_bytes: int) -> Any:
    """The one document in a file. Raises InputError with the line where it stops being one."""
    size = path.stat().st_size
    if size > largest_bytes:
        raise InputError([InputProblem(str(path), 0, "", f"{size} bytes, at most {largest_bytes} are read")])
    try:
        return state(content := path.read_bytes())
    except MALFORMED as error:
        raise InputError([not_json(str(path), error, text=content.decode(errors="replace"))]) from error


def not_json(file: str, error: Exception, hint: str = "", text: str = "") -> InputProblem:
    """The problem of a document that raised one of MALFORMED; `text` is what was read, where it is at hand."""
    line = getattr(error, "lineno", 0) or _line(text, error)
    return InputProblem(file, line, getattr(error, "pointer", ""), f"not JSON: {why(error)}", hint)


def _line(text: str, error: Exception) -> int:
    """The line of a constant that JSON does not have, or of a member's name where it appears again; 0 where neither is."""
    scopes: list[set[str]] = []
    name = ""
    for token in _TOKEN.finditer(text) if isinstance(error, ValueError) else ():
        match token[0]:
            case "{" | "[":
                scopes.append(set())
            case "}" | "]":
                scopes = scopes[:-1]
            case ":" if scopes and name in scopes[-1]:
                return text.count("\n", 0, token.start()) + 1
            case ":" if scopes:
                scopes[-1].add(name)
            case said if said[0] == '"':
                name = said
            case ":":
                continue
            case _:
                return text.count("\n", 0, token.start()) + 1
    return 0


def why(error: Exception) -> str:
    """What was wrong with a document that raised one of MALFORMED, in words."""
    if isinstance(error, RecursionError):
        return f"nested deeper than {DEEPEST} levels"
    return f"a number of more than {_MOST_DIGITS} digits" if _DIGITS in str(error) else str(error)


def shallow(document: Any, text: bytes | str) -> Any:
    """The document. Raises RecursionError where it goes deeper than DEEPEST; `text`, which it was read from, often rules that out without a look at it."""
    brackets = text.count(b"{") + text.count(b"[") if isinstance(text, bytes) else text.count("{") + text.count("[")
    if brackets <= DEEPEST:
        return document
    level = [document]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)]
        if not level:
            return document
    raise RecursionError


def storable(document: Any, text: str) -> Any:
    """The document. Raises HalfACharacter where a string in it, or a member's name, has half of a surrogate pair."""
    if _ESCAPED_SURROGATE.search(text):
        for half, place in _halves(document, ""):
            raise HalfACharacter(half, place)
    return document


def _halves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Lone surrogates, each with the JSON pointer of the string that has it; of a member's name, of its object."""
    if isinstance(value, str):
        yield from ((half, place) for half in _SURROGATE.findall(value))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _halves(inner, f"{place}/{at}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _halves(name, place)
            yield from _halves(inner, f"{place}/{name.replace('~', '~0').replace('/', '~1')}")


def _inside(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _decoded(text: bytes | str) -> str:
    """Raises ValueError (UnicodeDecodeError) for bytes that are not UTF-8; a byte order mark is none of the document."""
    return text.decode("utf-8-sig") if isinstance(text, bytes) else text


def _skip_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place
