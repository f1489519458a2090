"""JSONata as Step Functions evaluates it.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (functions, what is undefined, `$eval`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import jsonata
from jsonata.utils import Utils

_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_RANGE_LIMIT = 1000


class ExpressionError(Exception):
    """An expression that cannot be parsed or evaluated, or whose value is undefined or a function. The message is a cause."""


def check(expression: str) -> None:
    """Parse an expression (without its `{% %}`). Raises ExpressionError."""
    try:
        jsonata.Jsonata(expression)
    except Exception as error:  # the library raises many kinds; all mean that the text is not an expression
        raise ExpressionError(f"The JSONata expression '{expression}' could not be parsed: {error}") from error


def evaluate(expression: str, bindings: Mapping[str, Any]) -> Any:
    """The JSON value of an expression. `bindings`: variable name without `$` to JSON value. Raises ExpressionError."""
    try:
        compiled = jsonata.Jsonata(expression)
        compiled.set_output_convert_nulls(False)
        for name, function in _FUNCTIONS.items():
            compiled.register_lambda(name, function)
        value = compiled.evaluate(None, {name: _inward(bound) for name, bound in bindings.items()})
    except Exception as error:  # the library raises many kinds; each is a query evaluation error
        raise ExpressionError(
            f"The JSONata expression '{expression}' threw an error during evaluation: {error}"
        ) from error
    if value is None:
        raise ExpressionError(f"The JSONata expression '{expression}' returned nothing (undefined).")
    try:
        return _outward(value)
    except TypeError as error:
        raise ExpressionError(f"The JSONata expression '{expression}' returned an unsupported result type.") from error


def _inward(value: Any) -> Any:
    """A JSON value as the library has it: its own null, because Python's None means undefined there."""
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, Mapping):
        return {key: _inward(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inward(item) for item in value]
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value


def _outward(value: Any) -> Any:
    if value is None or value is Utils.NULL_VALUE:
        return None
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        # JSON has one kind of number: 3.0 is written as 3.
        return int(value) if value.is_integer() and math.isfinite(value) else value
    if isinstance(value, Mapping):
        return {str(key): _outward(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_outward(item) for item in value]
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def _hash(value: str, algorithm: str) -> str:
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"$hash knows {', '.join(_ALGORITHMS)}, not {algorithm}")
    return hashlib.new(_ALGORITHMS[algorithm], value.encode(), usedforsecurity=False).hexdigest()


def _parse(text: str) -> Any:
    return _inward(json.loads(text))


def _random(seed: float | None = None) -> float:
    generator = random.Random() if seed is None else random.Random(seed)  # noqa: S311  the language's $random, not a secret
    return generator.random()


def _range(first: float, last: float, step: float) -> list[float]:
    if step == 0:
        raise ValueError("$range needs a step other than 0")
    count = max(0, math.floor((last - first) / step) + 1)
    if count > _RANGE_LIMIT:
        raise ValueError(f"$range would have {count} numbers, the limit is {_RANGE_LIMIT}")
    return [first + index * step for index in range(count)]


def _partition(array: Sequence[Any], size: float) -> list[list[Any]]:
    chunk = int(size)
    if chunk < 1:
        raise ValueError("$partition needs a size of at least 1")
    return [list(array[start : start + chunk]) for start in range(0, len(array), chunk)]


def _eval(*_: Any) -> Any:
    raise ValueError("$eval is not supported by Step Functions; use $parse")


_FUNCTIONS = {
    "hash": _hash,
    "uuid": lambda: str(uuid.uuid4()),
    "parse": _parse,
    "random": _random,
    "range": _range,
    "partition": _partition,
    "eval": _eval,
}
