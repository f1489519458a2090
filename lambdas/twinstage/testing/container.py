"""One handler that can be stopped before each of its calls: a greenlet, with randomness of its own."""

from __future__ import annotations

import hashlib
import json
import random
from typing import TYPE_CHECKING, Any

from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]  # it has no types

from twinstage.testing.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable


class Container:
    """A handler's run. `waits_for` is the call that it makes next, None once it ended; `history` tells what it was answered.

    `random` draws the same numbers in every schedule, whoever else drew in between.
    """

    def __init__(self, name: str, begin: Callable[[], Any]) -> None:
        self.name, self._begin = name, begin
        self.waits_for: tuple[str, str] | None = None
        self.outcome: Outcome | None = None
        self.random = random.Random(name)  # noqa: S311 numbers that every schedule repeats
        self._shared = self.random.getstate()
        self._history = hashlib.sha256(name.encode())
        self._greenlet = greenlet(self._run)

    @property
    def ended(self) -> bool:
        """Whether it has nothing left to do."""
        return self.outcome is not None

    @property
    def history(self) -> str:
        """SHA-256 (hex) of all that it asked and was answered, and of how it ended."""
        told = self._history.copy()
        told.update(f"{self.waits_for}{self.outcome.told() if self.outcome else ''}".encode())
        return told.hexdigest()

    def go_on(self) -> None:
        """Run until its next call, or to its end."""
        before = random.getstate()
        random.setstate(self._shared)
        try:
            self._greenlet.switch()
        finally:
            self._shared = random.getstate()
            random.setstate(before)

    def pause(self, call: tuple[str, str]) -> None:
        """Called in the handler, before it makes a call: others may go first."""
        self.waits_for = call
        self._greenlet.parent.switch()

    def remember(self, *told: Any) -> None:
        """Add a call and its answer to the history."""
        self._history.update(json.dumps(told, sort_keys=True, default=str).encode())

    def leave(self) -> None:
        """End it where it stands: its schedule goes no further."""
        if self._greenlet:
            self._greenlet.throw(GreenletExit)

    def is_running(self) -> bool:
        """Whether it is this handler that asks."""
        return getcurrent() is self._greenlet

    def _run(self) -> None:
        try:
            outcome = Outcome(self._begin())
        except (Exception, SystemExit) as error:  # noqa: BLE001 whatever a handler ends with is its outcome
            outcome = Outcome(error=error)
        self.waits_for, self.outcome = None, outcome
