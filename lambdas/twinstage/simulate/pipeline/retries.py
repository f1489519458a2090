"""Which retrier takes a failure, and how long it waits.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (retriers are looked at in order; each counts its own attempts
across one visit of its state; FULL jitter draws the delay between 0 and what it would have been).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.simulate.kernel import seconds
from twinstage.simulate.pipeline.failures import matches

if TYPE_CHECKING:
    from random import Random

    from twinstage.simulate.pipeline.definition import Catcher, Retrier, State


class Retries:
    """The attempts that one visit of a state has left."""

    def __init__(self, retriers: tuple[Retrier, ...]) -> None:
        self._retriers = retriers
        self._used = [0] * len(retriers)

    @property
    def made(self) -> int:
        """How often the state was tried again: the context object's RetryCount."""
        return sum(self._used)

    def delay(self, error: str, random: Random) -> int | None:
        """Nanoseconds until the next attempt; None when the first retrier that names the error has no attempt left, or none names it."""
        for at, retrier in enumerate(self._retriers):
            if matches(retrier.errors, error):
                if self._used[at] >= retrier.max_attempts:
                    return None
                self._used[at] += 1
                return _delay(retrier, self._used[at], random)
        return None


def _delay(retrier: Retrier, attempt: int, random: Random) -> int:
    """Of the retrier's `attempt`-th retry, from 1."""
    cap = retrier.max_delay_s if retrier.max_delay_s is not None else float("inf")
    try:
        wait = min(retrier.interval_s * retrier.backoff_rate ** (attempt - 1), cap)
    except OverflowError:
        wait = cap
    # A year is the longest that an execution lives.
    wait = min(wait, 366 * 86_400.0)
    return seconds(random.random() * wait if retrier.jitter else wait)


def catcher_of(state: State, error: str) -> Catcher | None:
    """The first catcher that names an error."""
    return next((catcher for catcher in state.catchers if matches(catcher.errors, error)), None)
