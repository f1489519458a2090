"""One generator: sends each request when it is meant to begin, and tells what came of it. Knows neither sockets nor a clock: `Lanes` is the real one or, on virtual time, another.

Latency counts from the intended start, in three parts that add up to it:
- lateness: the generator was not there in time;
- wait: no connection was free, one had to be made, or the target says that it began later;
- service: from when the request was written until the answer was whole, or what the target says that it took.
A request that finds no connection free is not dropped: it waits, and where it waits is counted. What was never sent, or never answered, is told by number. (What happens where
latency counts from the sending instead: G. Tene, How NOT to Measure Latency, 2013; B. Schroeder et al., Open Versus Closed: A Cautionary Tale, NSDI 2006.)
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from twinstage.model.load_profile import nanoseconds
from twinstage.world.load.exchange import FAILED, TIMEOUT, FollowUp, Outcome, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.stress.load.agenda import Agenda
    from twinstage.stress.load.interfaces import Lanes, Recording
    from twinstage.world.load.connections import Arrival
    from twinstage.world.load.exchange import LoadTarget

UNANSWERED: Final = "unanswered"
_ASK_AGAIN_NS: Final = 1_000_000_000
_BURST: Final = 8
TOGETHER: Final = 10


@dataclass(frozen=True)
class Limits:
    """What one generator allows itself. `connections`: at one time; `unended`: requests sent and not ended, at one time, of which those whose end is asked for need
    no connection; `timeout_s`: from the sending; `grace_s`: after the load's end, what has not ended by then is told as unanswered, or unsent.
    """

    connections: int = 500
    unended: int = 10_000
    timeout_s: float = 30.0
    grace_s: float = 30.0


class _Asked(NamedTuple):
    """A request under way, moments of the lanes' clock. `asked_ns`: when it, or the question how it ended, was taken up.

    Of one whose end is asked for: when it was sent and answered first, and the question.
    """

    request: Request
    intended_ns: int
    lateness_ns: int
    asked_ns: int
    sent_ns: int | None = None
    answered_ns: int | None = None
    following: FollowUp | None = None


@dataclass
class Tally:
    """Sums as they grow, for whoever judges the generator: requests sent, those of them that found no connection free, answers that were good.

    `best_ns`: the mean service of those `TOGETHER` good answers, one after another, that were the quickest; None before there were so many. It is what the target takes when it is
    least busy, as near as can be seen from outside.
    """

    sent: int = 0
    short: int = 0
    served: int = 0
    best_ns: int | None = None
    _together_ns: int = 0

    def serve(self, service_ns: int) -> None:
        """A good answer."""
        self.served += 1
        self._together_ns += service_ns
        if not self.served % TOGETHER:
            mean = self._together_ns // TOGETHER
            self.best_ns = mean if self.best_ns is None else min(mean, self.best_ns)
            self._together_ns = 0


class Generator:
    """Drives one share of a load from its first request to the end. `pulse` is called at every turn with the time since the beginning, and says when it must be called next."""

    def __init__(
        self,
        agenda: Agenda,
        target: LoadTarget,
        lanes: Lanes,
        recording: Recording,
        limits: Limits,
        *,
        duration_ns: int,
        begin_ns: int | None = None,
        pulse: Callable[[int], int],
    ) -> None:
        self._agenda, self._target, self._lanes, self._recording, self._pulse = agenda, target, lanes, recording, pulse
        self._timeout_ns, self._most_unended = nanoseconds(limits.timeout_s), limits.unended
        self._tells = recording.tells
        self._begin_ns = lanes.now() if begin_ns is None else begin_ns
        self._end_ns = self._begin_ns + duration_ns + nanoseconds(limits.grace_s)
        self._free = list(range(limits.connections - 1, -1, -1))
        self._free_ns = [self._begin_ns] * limits.connections
        self._room_ns = self._begin_ns  # since when there has been a free lane, and room for one more
        self._under_way: dict[int, _Asked] = {}  # by lane, in the order in which they were sent
        self._followed: list[tuple[int, int, _Asked, FollowUp]] = []  # by when their end is asked for next
        self._turns = self._unended = 0
        self.tally = Tally()

    def drive(self) -> int:
        """Until everything has ended, or the grace has. How long it took, in nanoseconds."""
        lanes = self._lanes
        now = lanes.now()
        due = self._begin_ns
        while now < self._end_ns:
            self._send_due(now)
            if due <= now:
                due = self._begin_ns + self._pulse(now - self._begin_ns)
            wake = self._wake_ns()
            if wake is None:
                break
            for arrival in lanes.wait(min(wake, due)):
                self._arrived(arrival)
                upcoming = self._agenda.next_ns()
                if upcoming is not None and self._begin_ns + upcoming <= arrival.at_ns:
                    self._send_due(arrival.at_ns, 1)
            now = lanes.now()
            self._give_up_late(now)
        self._settle(now)
        return now - self._begin_ns

    @property
    def in_flight(self) -> int:
        """Requests sent and not ended."""
        return len(self._under_way) + len(self._followed)

    def _wake_ns(self) -> int | None:
        """When something is to be done even if nothing arrives; None where nothing is left to do."""
        upcoming = self._agenda.next_ns()
        if upcoming is None and not self._under_way and not self._followed:
            return None
        wake = self._end_ns
        if self._free:
            if upcoming is not None and self._unended < self._most_unended:
                wake = min(wake, self._begin_ns + upcoming)
            if self._followed:
                wake = min(wake, self._followed[0][0])
        if self._under_way:
            oldest = next(iter(self._under_way.values()))
            wake = min(wake, oldest.asked_ns + self._timeout_ns)
        return wake

    def _send_due(self, now: int, most: int = _BURST) -> None:
        """What has come due and finds a lane: what is followed up before what is new. No more than `most` new ones, or answers that are there would be seen late, as slow ones."""
        free = self._free
        while free and self._followed and self._followed[0][0] <= now:
            _, _, asked, following = heapq.heappop(self._followed)
            self._ask_again(asked, following, now)
        agenda, begin = self._agenda, self._begin_ns
        for _ in range(most):
            if not free or self._unended >= self._most_unended:
                return
            upcoming = agenda.next_ns()
            if upcoming is None or begin + upcoming > now:
                return
            self._begin(now)

    def _begin(self, now: int) -> None:
        number, at_ns = self._agenda.take()
        intended = self._begin_ns + at_ns
        request = self._target.request(number)
        lane = self._free.pop()
        # Whatever came due while no lane was free waited for its own.
        turn = intended if self._room_ns <= intended else max(self._room_ns, self._free_ns[lane])
        sent = self._lanes.send(lane, request.data)
        if sent is not None:
            now = sent
        self._under_way[lane] = _Asked(request, intended, max(now - turn, 0), now)
        self._unended += 1
        self.tally.sent += 1
        if turn > intended:
            self.tally.short += 1

    def _ask_again(self, asked: _Asked, following: FollowUp, now: int) -> None:
        lane = self._free.pop()
        self._lanes.send(lane, following.request.data)
        self._under_way[lane] = asked._replace(asked_ns=now, following=following)

    def _arrived(self, arrival: Arrival) -> None:
        lane, sent, at, reply, failure = arrival
        asked = self._under_way.pop(lane)
        self._free_lane(lane, at)
        following = asked.following
        if reply is not None:
            outcome = self._target.outcome(asked.request, reply, following)
        elif following is None:
            outcome = Outcome(f"{FAILED}{failure}")
        else:
            outcome = following._replace(after_ns=_ASK_AGAIN_NS)
        if isinstance(outcome, Outcome):
            self._ended(asked, sent, at, outcome)
            self._over(at)
            return
        if following is None:
            asked = asked._replace(sent_ns=sent, answered_ns=at)
        self._follow(asked, outcome, at + outcome.after_ns)

    def _follow(self, asked: _Asked, following: FollowUp, at: int) -> None:
        self._turns += 1
        heapq.heappush(self._followed, (at, self._turns, asked, following))

    def _ended(self, asked: _Asked, sent: int, at: int, outcome: Outcome) -> None:
        request, intended, lateness, _, first_sent, first_answered, _ = asked
        error, service = outcome.error, outcome.service_ns
        if first_sent is not None and first_answered is not None:
            sent = first_sent
            if service is not None:
                at = min(at, first_answered + service)
        service = at - sent if service is None else min(service, at - sent)
        wait = at - service - intended - lateness
        begin = self._begin_ns
        self._recording.answered(
            request.operation,
            request.key,
            intended - begin,
            lateness,
            wait,
            service,
            error,
            outcome.read_units,
            outcome.write_units,
        )
        if error is None:
            self.tally.serve(service)
        if self._tells or outcome.invocation is not None or outcome.calls:
            self._recording.told(request.operation, outcome, at - service - begin, at - begin)

    def _over(self, at: int) -> None:
        """A request has come to its end, as it was seen at that moment: there is room for another."""
        if self._unended == self._most_unended:
            self._room_ns = at
        self._unended -= 1
        self._agenda.ended(at - self._begin_ns)

    def _free_lane(self, lane: int, at: int) -> None:
        if not self._free:
            self._room_ns = at
        self._free.append(lane)
        self._free_ns[lane] = at

    def _give_up_late(self, now: int) -> None:
        """Those that have been waited for long enough; the end of what was answered already is asked for again."""
        under_way = self._under_way
        while under_way:
            lane, asked = next(iter(under_way.items()))
            if asked.asked_ns + self._timeout_ns > now:
                return
            del under_way[lane]
            self._lanes.drop(lane)
            self._free_lane(lane, now)
            if asked.following is None:
                self._give_up(asked, now, TIMEOUT)
                self._over(now)
            else:
                self._follow(asked, asked.following, now)

    def _give_up(self, asked: _Asked, now: int, error: str) -> None:
        request, intended, lateness = asked.request, asked.intended_ns, asked.lateness_ns
        until = now - intended - lateness
        self._recording.unanswered(request.operation, request.key, intended - self._begin_ns, lateness, until, error)

    def _settle(self, now: int) -> None:
        """The grace is over, or nothing is left: what has not come to its end is told by number."""
        for lane in self._under_way:
            self._lanes.drop(lane)
        for asked in [*self._under_way.values(), *(entry[2] for entry in self._followed)]:
            self._give_up(asked, now, UNANSWERED)
        for number, intended in self._agenda.rest():
            self._recording.unsent(*self._target.subject(number), intended)
