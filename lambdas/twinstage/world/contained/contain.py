"""The parent's side: run a function of ours in a fresh process that contains handlers, and watch over it.

It works where only a temporary folder can be written and nothing but this interpreter is there, as inside a Lambda function.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import TwinstageError
from twinstage.world.contained import heart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LOOK_S: Final = 0.1
_CHUNK: Final = 1 << 16
_KEPT_ERRORS: Final = 8_192
_CHILD: Final = "twinstage.world.contained.child"
# What an interpreter may need to start at all; everything else of the parent's environment stays behind.
_PASSED: Final = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Limits:
    """When a contained process is given up.

    `stall_s`: real seconds that one turn of a handler may take, from one AWS call to the next. `quiet_s`: real seconds without any turn
    and without any message. `timeout_s`: the whole run. `memory_mb`: address space.
    """

    stall_s: float = 60.0
    quiet_s: float = 900.0
    timeout_s: float | None = None
    memory_mb: int = 4096


def run_contained(
    target: str,
    document: Any,
    *,
    say: Callable[[Any], None] | None = None,
    limits: Limits | None = None,
    time_zone: str = "UTC",
) -> Any:
    """Call `target` (`module:function`) with `document` in a fresh process, and return what it returns.

    The function gets the document and a callable that passes messages up to `say`, in order; documents, messages and result are JSON. Its
    process is prepared by `install`, has no credentials, a home of its own in a temporary folder, a fixed hash seed and `time_zone`.
    Process and folder are gone when this returns or raises, an interruption by the keyboard included.

    Raises the TwinstageError that the function raised; or one of code CONTAINED (it raised something else), CONTAINED_STALLED (a limit was
    hit; the message names container and call) or CONTAINED_DIED.
    """
    with (
        tempfile.TemporaryDirectory(prefix="twinstage-contained-") as scratch,
        _started(target, document, Path(scratch), (limits or Limits()).memory_mb, time_zone) as child,
    ):
        return _Watching(child, limits or Limits(), say).result()


@dataclass(frozen=True)
class _Child:
    process: subprocess.Popen[bytes]
    channel: int
    shared: mmap.mmap
    target: str


@contextlib.contextmanager
def _started(target: str, document: Any, scratch: Path, memory_mb: int, time_zone: str) -> Iterator[_Child]:
    given, beat, home = scratch / "document.json", scratch / "heart", scratch / "home"
    home.mkdir()
    given.write_text(json.dumps(document), encoding="utf-8")
    beat.write_bytes(bytes(heart.SIZE))
    reading, writing = os.pipe()
    with beat.open("r+b") as file, contextlib.ExitStack() as stack:
        stack.callback(os.close, reading)
        command = [sys.executable, "-P", "-m", _CHILD, target, str(given), str(writing), str(file.fileno())]
        try:
            process = subprocess.Popen(
                [*command, str(memory_mb << 20)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=home,
                env=_environment(home, time_zone),
                pass_fds=(writing, file.fileno()),
                start_new_session=True,
            )
        finally:
            os.close(writing)
        stack.callback(_end, process)
        yield _Child(process, reading, mmap.mmap(file.fileno(), heart.SIZE), target)


def _environment(home: Path, time_zone: str) -> Mapping[str, str]:
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    path = [str(Path(entry).absolute()) for entry in sys.path if entry and Path(entry).exists()]
    return {
        **passed,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUTF8": "1",
        "TMPDIR": str(home),
        "TZ": time_zone,
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole group: what a handler managed to start ends too."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


@dataclass
class _Watching:
    """Reads what the child tells until it told its result, was silent for too long, or died."""

    child: _Child
    limits: Limits
    say: Callable[[Any], None] | None
    _pending: bytearray = field(default_factory=bytearray)
    _errors: bytearray = field(default_factory=bytearray)

    def result(self) -> Any:
        started = moved = time.monotonic()
        beat = heart.read(self.child.shared)
        with selectors.DefaultSelector() as selector:
            selector.register(self.child.channel, selectors.EVENT_READ, "told")
            selector.register(self.child.process.stderr, selectors.EVENT_READ, "errors")  # type: ignore[arg-type]
            while selector.get_map():
                for key, _ in selector.select(_LOOK_S):
                    chunk = os.read(key.fd, _CHUNK)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    elif key.data == "errors":
                        self._errors = (self._errors + chunk)[-_KEPT_ERRORS:]
                    else:
                        moved = time.monotonic()
                        for told in self._lines(chunk):
                            if "result" in told:
                                return told["result"]
                            self._heed(told)
                now, last = time.monotonic(), heart.read(self.child.shared)
                if last != beat:
                    beat, moved = last, now
                self._judge(now - moved, now - started, beat)
        raise self._death(beat)

    def _lines(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        *lines, rest = (self._pending + chunk).split(b"\n")
        self._pending = bytearray(rest)
        for line in lines:
            yield json.loads(line)

    def _heed(self, told: Mapping[str, Any]) -> None:
        if "error" in told:
            error = told["error"]
            raise TwinstageError(error["code"], error["message"], hint=error["hint"], details=error["details"])
        if self.say is not None:
            self.say(told["message"])

    def _judge(self, still_s: float, running_s: float, beat: heart.Beat) -> None:
        """Raises TwinstageError once a limit is hit."""
        limit_s = self.limits.stall_s if beat.inside else self.limits.quiet_s
        if still_s >= limit_s:
            raise self._stalled(f"nothing has moved for {limit_s:g} s", beat)
        if self.limits.timeout_s is not None and running_s >= self.limits.timeout_s:
            raise self._stalled(f"it has run for {self.limits.timeout_s:g} s", beat)

    def _stalled(self, why: str, beat: heart.Beat) -> TwinstageError:
        message = f"the contained process was ended, {beat}: {why}"
        hint = "a handler that computes without end, or waits for what no other part of it will do, cannot be explored"
        return TwinstageError("CONTAINED_STALLED", message, hint=hint, details=_details(beat))

    def _death(self, beat: heart.Beat) -> TwinstageError:
        status = self.child.process.wait()
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        message = f"the contained process of {self.child.target} ended {how}, {beat}, before it told its result"
        trace = self._errors.decode(errors="replace")
        return TwinstageError("CONTAINED_DIED", message, details={**_details(beat), "errors": trace})


def _details(beat: heart.Beat) -> dict[str, Any]:
    return {"container": beat.container, "calls": beat.calls, "call": beat.call}
