"""Rehearsals that were started from the console: each a process of its own, whose lines are its progress."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_LINES: Final = 5_000
MOST_LAST: Final = 100
READS_ON_S: Final = 10
PATIENCE_S: Final = 120
"""For so long a rehearsal may take to take down what it put up, once it is told to stop."""


@dataclass
class Rehearsal:
    """One process. `lines` are what it said so far, its first MOST_LINES, `last` its last ones after these; `code` is its exit code, None while it runs."""

    name: str
    scenario: str
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_LAST))
    stopping: bool = False
    reader: threading.Thread | None = None

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return self.process.poll()

    def stop(self) -> None:
        """Have it take down what it put up, as Ctrl-C does, and end."""
        # Once: a second interrupt would end the taking down itself.
        if self.code is None and not self.stopping:
            self.stopping = True
            # Not an interrupt: who starts the console in the background of a shell has all below it ignore these.
            self.process.send_signal(signal.SIGTERM)


class Rehearsals:
    """Those of one console. `store` is the folder with its snapshots and runs."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._every: dict[str, Rehearsal] = {}
        self._lock = threading.Lock()

    def start(self, name: str, scenario: str, submitter: str) -> Rehearsal:
        """Start a rehearsal into the run directory `name`."""
        command = [
            *(sys.executable, "-m", "twinstage.cli", "rehearse", scenario, "--local", "--store", str(self._store)),
            *("--run-dir", str(self._store / "runs" / name), "--as", submitter),
        ]
        with self._lock:
            # In a session of its own, so that Ctrl-C at the console reaches it through `close` alone, and once.
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            started = self._every[name] = Rehearsal(name, scenario, process)
        started.reader = threading.Thread(target=_follow, args=(started,), daemon=True)
        started.reader.start()
        return started

    def every(self) -> Sequence[Rehearsal]:
        """All of them, the latest first."""
        with self._lock:
            return list(self._every.values())[::-1]

    def one(self, name: str) -> Rehearsal | None:
        """The rehearsal of a run; None where this console did not start it."""
        with self._lock:
            return self._every.get(name)

    def close(self) -> list[str]:
        """Stop those that run, and wait until each has taken down what it put up, PATIENCE_S each; the names of those that have not by then."""
        running = [each for each in self.every() if each.code is None]
        for each in running:
            each.stop()
        for each in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                each.process.wait(PATIENCE_S)
            if each.code is not None and each.reader is not None:
                # What it said last is still on its way.
                each.reader.join(READS_ON_S)
        return [each.name for each in running if each.code is None]


def _follow(rehearsal: Rehearsal) -> None:
    """Keep what the process says: its first lines and, should it say too much, its last ones."""
    assert rehearsal.process.stderr is not None  # noqa: S101  it was asked for as a pipe
    with rehearsal.process.stderr as said:
        for line in said:
            if len(rehearsal.lines) < MOST_LINES:
                rehearsal.lines.append(line.rstrip("\n"))
            else:
                # What went wrong stands at the end.
                rehearsal.last.append(line.rstrip("\n"))
    rehearsal.process.wait()
