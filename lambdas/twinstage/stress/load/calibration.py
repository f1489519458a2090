"""What a generator can send at most, found out before it is trusted: the target's own requests, rendered and signed as they will be, to a server that answers at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twinstage.model.load_profile import ClosedLoad
from twinstage.stress.load.agenda import agenda_of
from twinstage.stress.load.generator import Generator, Limits
from twinstage.stress.load.telling import Telling
from twinstage.world.load.connections import Connections
from twinstage.world.load.exchange import Outcome
from twinstage.world.load.noop_process import noop_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.stress.metrics.recorder import Recorder
    from twinstage.world.load.exchange import Endpoint, FollowUp, Held, LoadTarget, Reply, Request

USERS: Final = 16
FOR_S: Final = 0.4
_LOOK_NS: Final = 100_000_000
_GOOD: Final = Outcome()


@dataclass(frozen=True)
class Calibration:
    """`per_s`: requests a second that a generator sends with the whole of one processor."""

    per_s: float


def calibrate(target: LoadTarget, recorder: Recorder) -> Calibration | None:
    """Some 0.4 s of requests that never reach the target. None where it could not be tried, or nothing was answered.

    Processor time is what counts: neither the server's part of it nor the machine's other work lowers the ceiling, and neither is the generator's to reckon with.
    """
    with noop_server() as endpoint:
        if endpoint is None:
            return None
        load = ClosedLoad(USERS, FOR_S)
        limits = Limits(connections=USERS, timeout_s=FOR_S, grace_s=FOR_S)
        with Connections(endpoint, USERS) as connections:
            generator = Generator(
                agenda_of(load, 0, 1),
                _Harmless(target, endpoint),
                connections,
                Telling(recorder, None),
                limits,
                duration_ns=load.duration_ns,
                pulse=lambda at_ns: at_ns + _LOOK_NS,
            )
            began = time.thread_time_ns()
            generator.drive()
            used = time.thread_time_ns() - began
    answered = generator.tally.served
    return Calibration(answered * 1e9 / used) if answered and used else None


class _Harmless:
    """The target's requests, to another address; every answer is good."""

    def __init__(self, target: LoadTarget, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.held: Held | None = None
        self.request: Callable[[int], Request] = target.request
        self.subject: Callable[[int], tuple[str, str | None]] = target.subject

    @property
    def endpoint(self) -> Endpoint:
        """See `LoadTarget`."""
        return self._endpoint

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome:
        """See `LoadTarget`."""
        del request, reply, following
        return _GOOD
