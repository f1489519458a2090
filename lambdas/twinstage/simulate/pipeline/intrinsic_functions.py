"""The eighteen intrinsic functions. Each takes its arguments' values and the stream of random numbers that belongs to its execution.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html (arguments, limits and rounding of each).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import random as randomness
import re
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from twinstage.simulate.pipeline.paths import same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

_LONGEST_TEXT: Final = 10_000
_MOST_ELEMENTS: Final = 1000
_HASHES: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_FORMATTED: Final = re.compile(r"\\(.)|\{\}|([{}])", re.DOTALL)
_SMALLEST, _LARGEST = -(1 << 31), (1 << 31) - 1


class FunctionFailed(ValueError):
    """A function refuses its arguments."""


def compact(value: Any) -> str:
    """JSON as States.JsonToString writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _format(values: list[Any]) -> str:
    template, given = _text(values, 0), iter(values[1:])

    def part(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1] if found[1] in "\\'{}" else found[0]
        if found[2] is not None:
            raise FunctionFailed(f"a {found[2]} that stands alone is written \\{found[2]}")
        try:
            value = next(given)
        except StopIteration as error:
            raise FunctionFailed("there are fewer arguments than {}") from error
        return _literal(value)

    text = _FORMATTED.sub(part, template)
    if any(True for _ in given):
        raise FunctionFailed("there are more arguments than {}")
    return text


def _literal(value: Any) -> str:
    """A value inside a formatted text. What objects and arrays look like AWS does not document; emulators record `{key=value}` and `[a, b]`, without quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return value if isinstance(value, str) else compact(value)


def _string_to_json(values: list[Any]) -> Any:
    try:
        return json.loads(_text(values, 0))
    except (ValueError, RecursionError) as error:
        raise FunctionFailed(f"the text is no JSON: {error}") from error


def _partition(values: list[Any]) -> list[Any]:
    array, size = _array(values, 0), _whole(values, 1)
    if size < 1:
        raise FunctionFailed("the size of a part is at least 1")
    return [array[at : at + size] for at in range(0, len(array), size)]


def _range(values: list[Any]) -> list[int]:
    first, last, step = (_whole(values, at) for at in range(3))
    if step == 0:
        raise FunctionFailed("the step is not 0")
    made = range(first, last + (1 if step > 0 else -1), step)
    if len(made) > _MOST_ELEMENTS:
        raise FunctionFailed(f"{len(made)} elements, at most {_MOST_ELEMENTS} are made")
    return list(made)


def _item(values: list[Any]) -> Any:
    array, place = _array(values, 0), _whole(values, 1)
    if not 0 <= place < len(array):
        raise FunctionFailed(f"there is no element {place} in {len(array)}")
    return array[place]


def _unique(values: list[Any]) -> list[Any]:
    kept: list[Any] = []
    seen: set[str] = set()
    for value in _array(values, 0):
        key = json.dumps(value, sort_keys=True)
        if key not in seen:
            seen.add(key)
            kept.append(value)
    return kept


def _encoded(values: list[Any]) -> str:
    return base64.b64encode(_short(values, 0).encode()).decode()


def _decoded(values: list[Any]) -> str:
    try:
        return base64.b64decode(_short(values, 0), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise FunctionFailed(f"the text is no Base64 of a text: {error}") from error


def _hash(values: list[Any]) -> str:
    algorithm = _text(values, 1)
    if algorithm not in _HASHES:
        raise FunctionFailed(f"there is no algorithm {algorithm}: {', '.join(_HASHES)}")
    data = values[0] if isinstance(values[0], str) else compact(values[0])
    if len(data) > _LONGEST_TEXT:
        raise FunctionFailed(f"{len(data)} characters, at most {_LONGEST_TEXT} are taken")
    return hashlib.new(_HASHES[algorithm], data.encode(), usedforsecurity=False).hexdigest()


def _merge(values: list[Any]) -> dict[str, Any]:
    first, second, deep = values
    if deep is not False:
        raise FunctionFailed("only the shallow merge exists: the third argument is false")
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise FunctionFailed("two objects are merged")
    return {**first, **second}


def _random(values: list[Any], random: Random) -> int:
    first, last = _whole(values, 0), _whole(values, 1)
    if first >= last:
        raise FunctionFailed(f"the start, {first}, is before the end, {last}")
    source = randomness.Random(_whole(values, 2)) if len(values) > 2 else random  # noqa: S311, PLR2004  a seed of the definition's own; the third argument
    return source.randrange(first, last)


def _add(values: list[Any]) -> int:
    total = _whole(values, 0) + _whole(values, 1)
    if not _SMALLEST <= total <= _LARGEST:
        raise FunctionFailed(f"{total} is beyond 32 bits")
    return total


def _split(values: list[Any]) -> list[str]:
    text, splitters = _text(values, 0), _text(values, 1)
    if not splitters:
        raise FunctionFailed("there is nothing to split at")
    return [part for part in re.split(f"[{re.escape(splitters)}]", text) if part]


def _text(values: list[Any], at: int) -> str:
    if not isinstance(values[at], str):
        raise FunctionFailed(f"argument {at + 1} is a text, not {compact(values[at])[:60]}")
    text: str = values[at]
    return text


def _short(values: list[Any], at: int) -> str:
    text = _text(values, at)
    if len(text) > _LONGEST_TEXT:
        raise FunctionFailed(f"{len(text)} characters, at most {_LONGEST_TEXT} are taken")
    return text


def _array(values: list[Any], at: int) -> list[Any]:
    if not isinstance(values[at], list):
        raise FunctionFailed(f"argument {at + 1} is an array, not {compact(values[at])[:60]}")
    array: list[Any] = values[at]
    return array


def _whole(values: list[Any], at: int) -> int:
    """A whole number: "if you specify a non-integer value, it is rounded to the nearest integer"."""
    value = values[at]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FunctionFailed(f"argument {at + 1} is a number, not {compact(value)[:60]}")
    return round(value)


def _counted(name: str, least: int, most: int | None, function: Callable[[list[Any]], Any]) -> Any:
    return _counted_random(name, least, most, lambda values, _: function(values))


def _counted_random(
    name: str, least: int, most: int | None, function: Callable[[list[Any], Random], Any]
) -> Callable[[list[Any], Random], Any]:
    """The function, which refuses other counts of arguments. `most` None: any number."""

    def checked(values: list[Any], random: Random) -> Any:
        if len(values) < least or (most is not None and len(values) > most):
            raise FunctionFailed(f"States.{name} does not take {len(values)} arguments")
        return function(values, random)

    return checked


FUNCTIONS: Final[Mapping[str, Callable[[list[Any], Random], Any]]] = {
    "Format": _counted("Format", 1, None, _format),
    "StringToJson": _counted("StringToJson", 1, 1, _string_to_json),
    "JsonToString": _counted("JsonToString", 1, 1, lambda values: compact(values[0])),
    "Array": _counted("Array", 0, None, list),
    "ArrayPartition": _counted("ArrayPartition", 2, 2, _partition),
    "ArrayContains": _counted(
        "ArrayContains", 2, 2, lambda values: any(same(one, values[1]) for one in _array(values, 0))
    ),
    "ArrayRange": _counted("ArrayRange", 3, 3, _range),
    "ArrayGetItem": _counted("ArrayGetItem", 2, 2, _item),
    "ArrayLength": _counted("ArrayLength", 1, 1, lambda values: len(_array(values, 0))),
    "ArrayUnique": _counted("ArrayUnique", 1, 1, _unique),
    "Base64Encode": _counted("Base64Encode", 1, 1, _encoded),
    "Base64Decode": _counted("Base64Decode", 1, 1, _decoded),
    "Hash": _counted("Hash", 2, 2, _hash),
    "JsonMerge": _counted("JsonMerge", 3, 3, _merge),
    "MathRandom": _counted_random("MathRandom", 2, 3, _random),
    "MathAdd": _counted("MathAdd", 2, 2, _add),
    "StringSplit": _counted("StringSplit", 2, 2, _split),
    "UUID": _counted_random("UUID", 0, 0, lambda _, random: str(UUID(int=random.getrandbits(128), version=4))),
}
