"""JSONata expressions, evaluated in a child process that may not cost more than it is given.

One child serves all expressions of a process, one after the other; one that used up its time or memory ended with its expression, and the next has a new child.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHILD: Final = Path(__file__).with_name("jsonata_child.py")
_OPEN, _CLOSE = "{%", "%}"


class ExpressionError(Exception):
    """An expression that cannot be parsed or evaluated, has no value, or costs more than it may. The message is a cause."""


def is_expression(value: Any) -> bool:
    """Whether a value of a definition is an expression: `{% ... %}`."""
    return isinstance(value, str) and value.strip().startswith(_OPEN) and value.strip().endswith(_CLOSE)


def inner(text: str) -> str:
    """An expression without its `{% %}`."""
    return text.strip()[len(_OPEN) : -len(_CLOSE)].strip()


@lru_cache(maxsize=4096)
def problem_of(expression: str) -> str:
    """Why a text is no expression; empty where it is one."""
    try:
        _ask({"expression": expression, "check": True})
    except ExpressionError as error:
        return str(error)
    return ""


def evaluate(expression: str, bindings: Mapping[str, Any], *, seed: int, now_ms: float) -> Any:
    """The JSON value of an expression. `bindings`: variables without `$`; `seed`: of its $random and $uuid; `now_ms`: its $now. Raises ExpressionError."""
    return _ask({"expression": expression, "bindings": bindings, "seed": seed, "now_ms": now_ms})


class _Child:
    """The process, started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._mine = os.getpid()
        self._of_others: list[subprocess.Popen[bytes]] = []
        self._one_at_a_time = threading.Lock()

    def ask(self, line: bytes) -> bytes:
        """One line's answer; empty where the child ended over it."""
        with self._one_at_a_time:
            said = self._said(self._running(), line)
            if not said.endswith(b"\n"):
                self._end()
                return b""
            return said

    @staticmethod
    def _said(process: subprocess.Popen[bytes], line: bytes) -> bytes:
        if process.stdin is None or process.stdout is None:
            return b""
        try:
            process.stdin.write(line)
            process.stdin.flush()
            return process.stdout.readline()
        except BrokenPipeError:
            return b""

    def stop(self) -> None:
        """End the process, if there is one."""
        with self._one_at_a_time:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._mine != os.getpid():
            # This process was forked: the child is its parent's, and stays as it is.
            self._of_others.append(self._process)
            self._process = None
        if self._process is None:
            self._mine = os.getpid()
            if find_spec("jsonata") is None:
                hint = "install twinstage with its extra `local`"
                raise TwinstageError("NO_JSONATA", "JSONata needs the package jsonata-python", hint=hint)
            # -P: the folder of the program is no place to import from, what this process imports from is. What it says on standard error is of no use to anybody.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_CHILD)],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or self._mine != os.getpid():
            return
        process.kill()
        process.communicate()


_child: Final = _Child()
atexit.register(_child.stop)


def _ask(request: Mapping[str, Any]) -> Any:
    said = _child.ask(json.dumps(request).encode() + b"\n")
    if not said:
        raise ExpressionError(
            f"The JSONata expression '{request['expression']}' took more processor time or memory than an expression may."
        )
    given = json.loads(said)
    if "error" in given:
        raise ExpressionError(given["error"])
    return given["value"]
