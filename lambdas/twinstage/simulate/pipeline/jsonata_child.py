"""The child process that evaluates JSONata: one request a line on standard input, one answer a line on standard output.

A request: {"expression", "bindings"?, "seed", "now_ms", "check"?}. An answer: {"value"} or {"error"}. What an expression may cost is the kernel's to hold:
processor time by a timer whose signal ends the process, memory by a limit on its address space. So no expression, pattern or recursion can hang or fill its caller.
Runs as a program and imports nothing of ours; what it knows of values and functions is there for who evaluates in a process of its own trust, too. JSONata as Step Functions has it: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import math
import random
import resource
import signal
import sys
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import jsonata
from jsonata import timebox
from jsonata.utils import Utils

PROCESSOR_S = 1.0
MEMORY_BYTES = 1 << 30
# Many times what a state may give: more is refused before it crosses.
LARGEST_ANSWER = 1 << 23
_RANGE_LIMIT = 1000
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_DEEPEST = 400


def inward(value: Any) -> Any:
    """A JSON value as the library has it: its own null, because Python's None means undefined there."""
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, Mapping):
        return {key: inward(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [inward(item) for item in value]
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value


def outward(value: Any) -> Any:
    """The inverse: JSON has one kind of number, so 3.0 is written as 3. Raises TypeError of what is no JSON value."""
    if value is None or value is Utils.NULL_VALUE:
        return None
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise TypeError("a number that JSON does not have")
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(key): outward(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [outward(item) for item in value]
    raise TypeError("The expression returned an unsupported result type.")


def functions(generator: random.Random) -> dict[str, Any]:
    """What Step Functions adds to JSONata, or has otherwise; `generator` is what random values come from."""
    return {
        "hash": _hash,
        "uuid": lambda: str(uuid.UUID(int=generator.getrandbits(128), version=4)),
        "parse": lambda text: inward(json.loads(text)),
        "random": lambda seed=None: (generator if seed is None else random.Random(seed)).random(),  # noqa: S311  the language's $random
        "range": _range,
        "partition": _partition,
        "eval": _eval,
    }


def _clock(now_ms: float) -> dict[str, Any]:
    """The functions that tell the time, which is the caller's."""
    moment = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"now": lambda *_: moment, "millis": lambda: int(now_ms)}


def _hash(value: str, algorithm: str) -> str:
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"$hash knows {', '.join(_ALGORITHMS)}, not {algorithm}")
    return hashlib.new(_ALGORITHMS[algorithm], value.encode(), usedforsecurity=False).hexdigest()


def _range(first: float, last: float, step: float) -> list[float]:
    if step == 0:
        raise ValueError("$range needs a step other than 0")
    count = max(0, math.floor((last - first) / step) + 1)
    if count > _RANGE_LIMIT:
        raise ValueError(f"$range would have {count} numbers, the limit is {_RANGE_LIMIT}")
    return [first + index * step for index in range(count)]


def _partition(array: Sequence[Any], size: float) -> list[list[Any]]:
    if size < 1:
        raise ValueError("$partition needs a size of at least 1")
    return [list(array[start : start + int(size)]) for start in range(0, len(array), int(size))]


def _eval(*_: Any) -> Any:
    raise ValueError("$eval is not supported by Step Functions; use $parse")


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The value of one expression, or why it has none."""
    expression = request["expression"]
    try:
        compiled = jsonata.Jsonata(expression)
    except Exception as error:  # noqa: BLE001  the library raises many kinds; all mean that the text is no expression
        return {"error": f"The JSONata expression '{expression}' could not be parsed: {error}"}
    if request.get("check"):
        return {"value": None}
    compiled.set_output_convert_nulls(False)
    generator = random.Random(request["seed"])  # noqa: S311  the language's $random
    for name, function in (functions(generator) | _clock(request["now_ms"])).items():
        compiled.register_lambda(name, function)
    try:
        # A processor's time is held by the timer: what is held here is the depth, which would end Python's own stack.
        frame = compiled.create_frame()
        for name, value in request["bindings"].items():
            frame.bind(name, inward(value))
        timebox.Timebox(frame, None, _DEEPEST)
        value = compiled.evaluate(None, frame)
        if value is None:
            return {"error": f"The JSONata expression '{expression}' returned nothing (undefined)."}
        return {"value": outward(value)}
    except Exception as error:  # noqa: BLE001  the library raises many kinds; each is a query evaluation error
        return {
            "error": f"The JSONata expression '{expression}' threw an error during evaluation: {error or type(error).__name__}"
        }


def main() -> None:
    """Answer until the input ends."""
    # Some systems know no limit of the address space.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.setrecursionlimit(20_000)
    for line in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR_S)
        given = answer(json.loads(line))
        text = json.dumps(given, ensure_ascii=True)
        if len(text) > LARGEST_ANSWER:
            text = json.dumps(
                {"error": f"The JSONata expression '{json.loads(line)['expression']}' returned {len(text)} characters."}
            )
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
