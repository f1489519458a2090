"""What serves requests: the execution environments of one function under load, by Lambda's rules, or a service that is asked directly.

A request goes to an environment that is idle, the one that was idle for the shortest time first; where none is, a new one starts. A synchronous invocation is never queued:
where concurrency, or the rate at which it may grow, is used up, it is throttled at once.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html and https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from twinstage.stress.virtual.subject import Asking
from twinstage.world.contained import Environment as Contained
from twinstage.world.quotas import environment_demands, invocation_demands

if TYPE_CHECKING:
    from twinstage.stress.virtual.subject import Environment, Operation
    from twinstage.world.contained import Function
    from twinstage.world.quotas import Quotas, Refusal


class Fleet:
    """The environments of a function that are idle, and how many ever were started."""

    def __init__(self, function: Function, quotas: Quotas, *, reserved: int | None, seed: int) -> None:
        self._function, self._quotas, self._seed = function, quotas, seed
        self._invocation = invocation_demands(function.arn, reserved)
        self._growth = environment_demands(function.arn)
        self._idle: list[Environment] = []
        self._started = 0

    def refusal(self, now_s: float) -> Refusal | None:
        """Begin an invocation; None where it may run, and then `take` gives what runs it."""
        refused = self._quotas.admit(self._invocation, now_s, inf)
        if refused is None and not self._idle:
            refused = self._quotas.admit(self._growth, now_s)
            if refused is not None:
                self._quotas.release(self._invocation)
        return refused

    def take(self, now_s: float) -> tuple[Environment, bool]:
        """An environment for an invocation that may run, and whether it has to start first."""
        if self._idle:
            return self._idle.pop(), False
        number, self._started = self._started, self._started + 1
        return Contained(self._function, identity=f"{number:06d}", seed=self._seed, now_s=now_s), True

    def give_back(self, environment: Environment, *, spoilt: bool) -> None:
        """An invocation is over. `spoilt`: its environment ended with it."""
        self._quotas.release(self._invocation)
        if spoilt:
            environment.park()
        else:
            self._idle.append(environment)

    def close(self) -> None:
        """Leave every idle environment aside."""
        while self._idle:
            self._idle.pop().park()


class Direct:
    """A service that is asked directly: nothing starts, and nothing but its own quotas refuses."""

    def __init__(self, serves: Operation) -> None:
        self._serves = serves

    def refusal(self, now_s: float) -> None:
        """None: every request is sent."""

    def take(self, now_s: float) -> tuple[Environment, bool]:
        """One request's own."""
        return Asking(self._serves), False

    def give_back(self, environment: Environment, *, spoilt: bool) -> None:
        """It served its one request."""

    def close(self) -> None:
        """Nothing is kept."""
