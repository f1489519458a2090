"""How often a request is repeated, and how long is waited before: one policy, with its clock, its pause and its jitter passed in."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from twinstage.model.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True)
class Retry:
    """Exponential back-off with full jitter: before attempt n+1 a pause between nothing and `first_s * 2**n`, at most `longest_s`.

    At most `attempts` in a row that bring nothing forward, and no more of them once `budget_s` are over. `jitter` gives a number from 0 to 1.
    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """

    attempts: int = 12
    first_s: float = 0.05
    longest_s: float = 5.0
    budget_s: float = 60.0
    pause: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic

    def call(self, do: Callable[[], T]) -> T:
        """What `do` gives. It is called again for every retryable AwsError; raises the last one once the budget is spent, any other at once."""
        end = self.clock() + self.budget_s
        for attempt in itertools.count(1):
            try:
                return do()
            except AwsError as error:
                if not error.retryable or attempt >= self.attempts or self.clock() >= end:
                    raise
            self.wait(attempt)
        raise AssertionError("itertools.count ends")

    def wait(self, attempt: int) -> None:
        """The pause after the attempt with this number, counted from 1."""
        self.pause(min(self.longest_s, self.first_s * 2.0 ** (attempt - 1)) * self.jitter())
