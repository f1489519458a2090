"""The parent's side: run functions of ours in fresh processes that contain handlers, and watch over them.

It works where only a temporary folder can be written and nothing but this interpreter is there, as inside a Lambda function.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import secrets
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
from twinstage.world.contained.starving import queued_s

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

_LOOK_S: Final = 0.1
_CHUNK: Final = 1 << 16
_KEPT_ERRORS: Final = 8_192
_ORDERLY_S: Final = 5.0  # what a process that is told to end takes at most, before it is killed
_CHILD: Final = "twinstage.world.contained.child"
_HOME, _PREPARATION, _END = "home", "prepare.json", b"\n"  # as in `child`, which only the child may import
# What an interpreter may need to start at all; everything else of the parent's environment stays behind.
_PASSED: Final = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Limits:
    """When a run is given up.

    `stall_s`: real seconds that one turn of a handler may take, from one AWS call to the next, but for those in which it waited for a
    processor. `quiet_s`: real seconds without any turn and without any message. `timeout_s`: the whole run. `memory_mb`: address space.
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
    """Call `target` (`module:function`) with `document` in a fresh process, and return what it returns: `Containment.run`, once."""
    with Containment(time_zone=time_zone) as containment:
        return containment.run(target, document, say=say, limits=limits)


class Containment:
    """One process that is prepared once, by `install`, and copied for every run: a run has a fresh process, and waits for no import.

    The process has no credentials, a home of its own in a temporary folder, a fixed hash seed and `time_zone`. It starts with the first run; one
    that was given up takes it along, and the next run starts another. Use as a context manager: processes and folder are gone when
    it ends, an interruption by the keyboard included, and soon after this process was killed. One thread only.
    """

    def __init__(self, *, time_zone: str = "UTC") -> None:
        self._time_zone = time_zone
        self._closing = contextlib.ExitStack()
        self._started: _Started | None = None
        self.folder: Path

    def __enter__(self) -> Containment:
        self._closing.__enter__()
        scratch = tempfile.TemporaryDirectory(prefix="twinstage-contained-", ignore_cleanup_errors=True)
        self.folder = Path(self._closing.enter_context(scratch))
        self._closing.callback(self._end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.__exit__(kind, error, trace)

    def prepare(self, target: str, document: Any) -> None:
        """Before the first run: call `target` with `document` once, in the process that every run is a copy of. It runs no handler."""
        (self.folder / _PREPARATION).write_text(json.dumps({"target": target, "document": document}), encoding="utf-8")

    def run(
        self,
        target: str,
        document: Any,
        *,
        say: Callable[[Any], None] | None = None,
        limits: Limits | None = None,
    ) -> Any:
        """Call `target` (`module:function`) with `document` in a fresh process, and return what it returns.

        The function gets the document and a callable that passes messages up to `say`, in order; documents, messages and result are JSON.

        Raises the TwinstageError that the function raised; or one of code CONTAINED (it raised something else), CONTAINED_STALLED (a limit was
        hit; the message names container and call) or CONTAINED_DIED.
        """
        limits = limits or Limits()
        if self._started is None:
            self._started = _Started.begin(self.folder, self._time_zone)
        given = self.folder / "document.json"
        given.write_text(json.dumps(document), encoding="utf-8")
        heart.clear(self._started.shared)
        mark = secrets.token_hex(16)
        request = {"target": target, "document": str(given), "memory_bytes": limits.memory_mb << 20, "mark": mark}
        watching = _Watching(self._started, target, limits, say, mark.encode())
        try:
            # Where it died meanwhile, the watching tells.
            with contextlib.suppress(BrokenPipeError):
                os.write(self._started.control, json.dumps(request).encode() + b"\n")
            return watching.result()
        finally:
            if not watching.ended:
                self._end()

    def _end(self) -> None:
        """End the process, whatever it does."""
        started, self._started = self._started, None
        if started is not None:
            started.end()


@dataclass(frozen=True)
class _Started:
    """A prepared process. `control` asks it for runs, `channel` tells what came of them."""

    process: subprocess.Popen[bytes]
    control: int
    channel: int
    shared: mmap.mmap

    @classmethod
    def begin(cls, folder: Path, time_zone: str) -> _Started:
        """Start one whose folder this is."""
        beat, home = folder / "heart", folder / _HOME
        home.mkdir(exist_ok=True)
        beat.write_bytes(bytes(heart.SIZE))
        asked, control = os.pipe()
        channel, told = os.pipe()
        with beat.open("r+b") as file:
            passed = (asked, told, file.fileno())
            try:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", _CHILD, *map(str, passed), str(folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    cwd=folder,
                    env=_environment(home, time_zone),
                    pass_fds=passed,
                    start_new_session=True,
                )
            except BaseException:
                os.close(control)
                os.close(channel)
                raise
            finally:
                os.close(asked)
                os.close(told)
            return cls(process, control, channel, mmap.mmap(file.fileno(), heart.SIZE))

    def end(self) -> None:
        """Let it end what it runs and itself; then the whole group: what a handler managed to start ends too."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.control, _END)
        os.close(self.control)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_ORDERLY_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.channel)
        self.shared.close()
        if self.process.stderr is not None:
            self.process.stderr.close()


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


@dataclass
class _Watching:
    """Reads what a run tells until it `ended`, was silent for too long, or died."""

    child: _Started
    target: str
    limits: Limits
    say: Callable[[Any], None] | None
    mark: bytes
    ended: bool = False
    _status: int | None = None
    _told: dict[str, Any] = field(default_factory=dict)
    _pending: bytearray = field(default_factory=bytearray)
    _errors: bytearray = field(default_factory=bytearray)

    def result(self) -> Any:
        started = moved = time.monotonic()
        beat, queued = heart.read(self.child.shared), self._queued_s()
        with selectors.DefaultSelector() as selector:
            selector.register(self.child.channel, selectors.EVENT_READ, "told")
            selector.register(self.child.process.stderr, selectors.EVENT_READ, "errors")  # type: ignore[arg-type]
            while not self.ended and selector.get_map():
                for key, _ in selector.select(_LOOK_S):
                    chunk = os.read(key.fd, _CHUNK)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    elif key.data == "errors":
                        self._errors = (self._errors + chunk)[-_KEPT_ERRORS:]
                    else:
                        moved, queued = time.monotonic(), self._queued_s()
                        self._heed(chunk)
                now, last = time.monotonic(), heart.read(self.child.shared)
                if last != beat:
                    beat, moved, queued = last, now, self._queued_s()
                if not self.ended:
                    self._judge(now - moved - (self._queued_s() - queued), now - started, beat)
            if "error" not in self._told and "result" not in self._told:
                raise self._death(beat, selector)
        if "error" in self._told:
            error = self._told["error"]
            raise TwinstageError(error["code"], error["message"], hint=error["hint"], details=error["details"])
        return self._told["result"]

    def _queued_s(self) -> float:
        """How long the run's process has waited for a processor until now."""
        return queued_s(heart.process(self.child.shared))

    def _heed(self, chunk: bytes) -> None:
        *lines, rest = (self._pending + chunk).split(b"\n")
        self._pending = bytearray(rest)
        for line in lines:
            # A handler that writes wherever it can does not know the mark: what it wrote tells nothing.
            _, marked, text = line.partition(self.mark)
            if not marked:
                continue
            told = json.loads(text)
            if "message" not in told:
                self._told |= told
                if "ended" in told:
                    self.ended, self._status = True, told["ended"]
            elif self.say is not None:
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

    def _death(self, beat: heart.Beat, selector: selectors.BaseSelector) -> TwinstageError:
        if self._status is None:
            self._status = self.child.process.wait()
            code = self._status
        else:
            code = os.waitstatus_to_exitcode(self._status)
        for key, _ in selector.select(0):
            if key.data == "errors":
                self._errors = (self._errors + os.read(key.fd, _CHUNK))[-_KEPT_ERRORS:]
        how = f"by signal {-code}" if code < 0 else f"with status {code}"
        message = f"the contained process of {self.target} ended {how}, {beat}, before it told its result"
        trace = self._errors.decode(errors="replace")
        return TwinstageError("CONTAINED_DIED", message, details={**_details(beat), "errors": trace})


def _details(beat: heart.Beat) -> dict[str, Any]:
    return {"container": beat.container, "calls": beat.calls, "call": beat.call}
