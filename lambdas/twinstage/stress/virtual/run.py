"""One run on virtual time: requests begin as the load means them to, handlers go on as their calls are answered, and nobody waits for a clock.

A calendar of moments, taken in their order; what falls on one moment, in the order in which it was put there. The state of the world changes when a call reaches the service and
its answer comes a service time later; a call that a quota refuses is answered likewise, and the client's own retry handler sends it again. What a handler computes passes before
its first call. A request that is not begun at once is refused, as Lambda refuses it: nothing queues.
"""

from __future__ import annotations

from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import TwinstageError
from twinstage.model.stress_config import MOST_REQUESTS
from twinstage.stress.virtual.calls import Calls
from twinstage.stress.virtual.durations import COLD_START, HANDLER, Draws
from twinstage.stress.virtual.fleet import Direct, Fleet
from twinstage.stress.virtual.invocation import Invocation
from twinstage.stress.virtual.ledger import SECOND, Ledger
from twinstage.world.answers import Prepared
from twinstage.world.contained import Asked, Ended, Failed, Function
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.quotas import Quotas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.stress.metrics.recorder import Recorder
    from twinstage.stress.virtual.subject import Subject
    from twinstage.world.contained import Answered, Call

# A double holds the seconds since the epoch to some 240 ns: what is to come after a deadline comes so much later.
_AFTER_NS: Final = 1_000
# A user who is refused or answered at once may ask again at once, but not in no time: the load would never end.
_AT_ONCE_NS: Final = 1_000_000
_TIMED_OUT: Final = {"outcome": "error", "error": "Sandbox.Timedout", "message": "its time was over"}
_SPOILS: Final = frozenset({"Sandbox.Timedout", "Runtime.ExitError"})
# Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (init phase: limited to 10 seconds)
_INIT_NS: Final = 10 * SECOND
_NOBODY: Final = Failed("RequestTimeout", "the invocation was over before")


class Run:
    """One world, one fleet, one calendar. `unanswered`: calls that nobody answers, by (service, operation), once each."""

    def __init__(self, subject: Subject, recorder: Recorder) -> None:
        self._subject = subject
        self._now_ns = 0
        self._quotas = Quotas(subject.quotas)
        self._world = MemoryAws(
            clock=self._epoch_s, account=subject.start.route53.id, region=subject.region, quotas=self._quotas
        )
        self._world.restore(replace(subject.start, requests=0))
        self._ledger = Ledger(subject, recorder, self._quotas)
        self._calls = Calls(subject, self._world, self._ledger)
        self._prepared = Prepared(subject.answers)
        serves = subject.serves
        self._fleet: Fleet | Direct = (
            Fleet(serves, self._quotas, reserved=subject.concurrency, seed=subject.seed)
            if isinstance(serves, Function)
            else Direct(serves)
        )
        self._calendar: list[tuple[int, int, Callable[[Any], None], Any]] = []
        self._put = 0
        self._then: Callable[[int], None] = _nothing

    @property
    def unanswered(self) -> tuple[tuple[str, str], ...]:
        """What the world could not answer."""
        return tuple(sorted(set(self._world.unanswered)))

    def open(self, intended: Iterator[tuple[int, int]]) -> None:
        """Offer requests, each as its number and intended start, ascending; until the last has ended."""
        self._next_of(intended)
        self._play()

    def closed(self, users: int, think_ns: int, until_ns: int) -> None:
        """`users` who each ask, wait for the answer, think and ask again, until nobody asks any more and everything has ended. Raises TwinstageError (TOO_MANY_REQUESTS)."""
        asked = iter(range(MOST_REQUESTS))

        def ask(at_ns: int) -> None:
            number = next(asked, None)
            if number is None:
                raise _too_many(users, at_ns, until_ns)
            self._at(at_ns, self._requested, (number, at_ns))

        def again(at_least_ns: int) -> None:
            at_ns = self._now_ns + max(think_ns, at_least_ns)
            if at_ns < until_ns:
                ask(at_ns)

        self._then = again
        for _ in range(users):
            ask(0)
        self._play()

    # The calendar -----------------------------------------------------------------------------------------------------------------

    def _at(self, at_ns: int, act: Callable[[Any], None], subject: Any) -> None:
        self._put += 1
        heappush(self._calendar, (at_ns, self._put, act, subject))

    def _play(self) -> None:
        calendar = self._calendar
        while calendar:
            self._now_ns, _, act, subject = heappop(calendar)
            act(subject)
        self._calls.close()
        self._ledger.close()
        self._fleet.close()

    def _epoch_s(self) -> float:
        return self._subject.start_s + self._now_ns / SECOND

    # A request ---------------------------------------------------------------------------------------------------------------------

    def _next_of(self, intended: Iterator[tuple[int, int]]) -> None:
        for number, at_ns in intended:
            self._at(at_ns, self._requested_of, (intended, number, at_ns))
            return

    def _requested_of(self, request: tuple[Iterator[tuple[int, int]], int, int]) -> None:
        intended, number, at_ns = request
        self._next_of(intended)
        self._requested((number, at_ns))

    def _requested(self, request: tuple[int, int]) -> None:
        """A request reaches the target."""
        number, at_ns = request
        draws = Draws(self._subject.times, self._subject.seed, number)
        refused = self._fleet.refusal(self._epoch_s())
        if refused is not None:
            self._ledger.throttled(at_ns, refused)
            self._then(_AT_ONCE_NS)
            return
        environment, cold = self._fleet.take(self._epoch_s())
        starts_ns = self._now_ns + (draws.next_ns(COLD_START) if cold else 0)
        self._at(starts_ns, self._begin, Invocation(number, at_ns, environment, draws, cold))

    def _begin(self, invocation: Invocation) -> None:
        """The handler begins."""
        subject, serves = self._subject, self._subject.serves
        invocation.begun_ns = self._now_ns
        invocation.computed_ns = invocation.draws.next_ns(HANDLER)
        if isinstance(serves, Function):
            invocation.asker = self._prepared.asker(serves)
            invocation.timeout_ns = round(serves.timeout_s * SECOND)
            invocation.starting = invocation.environment.starting
            started_ns = max(invocation.timeout_ns, _INIT_NS) if invocation.starting else invocation.timeout_ns
            invocation.deadline_ns = self._now_ns + started_ns
        event = subject.requests[invocation.number % len(subject.requests)]
        request_id = f"00000000-0000-4000-8000-{invocation.number:012x}"
        came = invocation.environment.begin(event, request_id=request_id, now_s=self._epoch_s())
        self._goes_on(invocation, came, invocation.computed_ns)

    def _goes_on(self, invocation: Invocation, came: Asked | Ended, computes_ns: int = 0) -> None:
        """What a handler came to after it slept, and computed for so long."""
        at_ns = self._now_ns + round(came.slept_s * SECOND) + computes_ns
        if invocation.starting and not invocation.environment.starting:
            # Its modules are there: from now on the function's own time counts.
            invocation.starting, invocation.deadline_ns = False, self._now_ns + invocation.timeout_ns
        if isinstance(came, Ended):
            outcome, latest_ns = came.outcome, invocation.deadline_ns + _AFTER_NS
            if invocation.deadline_ns and at_ns > latest_ns:
                at_ns, outcome = latest_ns, _TIMED_OUT
            self._at(at_ns, self._end, (invocation, outcome))
        else:
            self._before_deadline(invocation, at_ns, self._call, (invocation, came.call))

    def _before_deadline(self, invocation: Invocation, at_ns: int, act: Callable[[Any], None], subject: Any) -> None:
        """Let it happen, unless the invocation's time is over first."""
        deadline_ns = invocation.deadline_ns
        if deadline_ns and at_ns >= deadline_ns:
            self._at(deadline_ns + _AFTER_NS, self._expire, invocation)
        else:
            self._at(at_ns, act, subject)

    def _expire(self, invocation: Invocation) -> None:
        came = invocation.environment.resume(_NOBODY, now_s=self._epoch_s())
        self._goes_on(invocation, came)

    def _call(self, asked: tuple[Invocation, Call]) -> None:
        """A call reaches its service."""
        invocation, call = asked
        answer, took_ns = self._calls.carried_out(invocation, call, self._now_ns)
        self._before_deadline(invocation, self._now_ns + took_ns, self._answered, (invocation, answer))

    def _answered(self, answered: tuple[Invocation, Answered | Failed]) -> None:
        invocation, answer = answered
        self._goes_on(invocation, invocation.environment.resume(answer, now_s=self._epoch_s()))

    def _end(self, ended: tuple[Invocation, Any]) -> None:
        invocation, outcome = ended
        self._calls.over(invocation, self._now_ns)
        self._ledger.ended(invocation, self._now_ns, outcome)
        self._fleet.give_back(invocation.environment, spoilt=outcome.get("error") in _SPOILS)
        self._then(0 if self._now_ns > invocation.intended_ns else _AT_ONCE_NS)


def _too_many(users: int, at_ns: int, until_ns: int) -> TwinstageError:
    message = (
        f"{users} users asked {MOST_REQUESTS} requests by {at_ns / SECOND:.3f} s of {until_ns / SECOND:g} s: "
        "no more are driven on virtual time, for each of them runs the target"
    )
    hint = "let them think for longer (think_s), take fewer users, or a shorter time; give what the target takes in service_times"
    return TwinstageError("TOO_MANY_REQUESTS", message, hint=hint)


def _nothing(_: int) -> None:
    """Nobody asks again."""
