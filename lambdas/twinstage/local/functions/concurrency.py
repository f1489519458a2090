"""Reserved concurrency: how many invocations of one function may run at the same time.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class ThrottledError(TwinstageError):
    """A function runs as often at the same time as it may."""

    def __init__(self, function_arn: str, reserved: int) -> None:
        super().__init__("FUNCTION_THROTTLED", f"{function_arn} may run {reserved} times at once and does")


class Reservations:
    """Counts what runs, by function ARN."""

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._closed = False

    @contextmanager
    def enter(self, function_arn: str, reserved: Callable[[], int | None], *, wait: bool) -> Iterator[None]:
        """Hold one of the function's places; None: no reservation. Full: wait (an asynchronous event does) or raise ThrottledError."""

        def free() -> bool:
            limit = reserved()
            return limit is None or self._running[function_arn] < limit

        with self._changed:
            if not free() and not (
                wait and self._changed.wait_for(lambda: self._closed or free()) and not self._closed
            ):
                raise ThrottledError(function_arn, reserved() or 0)
            self._running[function_arn] += 1
        try:
            yield
        finally:
            with self._changed:
                self._running[function_arn] -= 1
                self._changed.notify_all()

    def changed(self) -> None:
        """A reservation was changed: those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Nobody waits any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
