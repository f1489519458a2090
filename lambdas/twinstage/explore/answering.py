"""Calls that are answered by what was prepared: no matter of the world, and so of no order.

Such a call reads and writes nothing that containers share. Where nothing may go wrong with it, it is answered on the spot, and is as little a step of
a schedule as a line of the handler's own code. Where calls may be throttled, or time may pass between any two of them, it is a step like others,
which may be exchanged with every step of another container.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.digests import content_number
from twinstage.world.answers import Prepared
from twinstage.world.contained import Answered, Asked, Call, Failed

if TYPE_CHECKING:
    from twinstage.explore.case import Case
    from twinstage.explore.environments import Environment, Environments, Event, Reply
    from twinstage.world.answers import Asker
    from twinstage.world.contained import Function

AT_ONCE: Final = 64
"""So many calls one after another are answered on the spot, each once: what comes back to a call is a step, for somebody must see that it waits."""


@dataclass(frozen=True, slots=True)
class PreparedCall(Call):
    """A call whose answer is known already."""

    reply: Answered | Failed


class Answering:
    """Makes environments whose calls are answered by what a case has prepared. `given`: how often, by (service, operation)."""

    def __init__(self, case: Case, environments: Environments) -> None:
        self._environments, self._prepared = environments, Prepared(case.answers)
        budgets = case.perturbations
        self._at_once = 0 if budgets.throttles or budgets.expiries else AT_ONCE

    @property
    def given(self) -> dict[tuple[str, str], int]:
        """How often a handler was answered so, by (service, operation)."""
        return self._prepared.given

    def __call__(self, function: Function, *, identity: str, seed: int, now_s: float) -> Environment:
        """An environment of the function, answered so."""
        inner = self._environments(function, identity=identity, seed=seed, now_s=now_s)
        return AnsweredEnvironment(inner, self._prepared, function, self._at_once)


class AnsweredEnvironment:
    """An environment that shows no call which was answered on the spot. `clock_read` covers whatever ran meanwhile."""

    __slots__ = ("_asker", "_at_once", "_function", "_inner", "_prepared", "clock_read")

    def __init__(self, inner: Environment, prepared: Prepared, function: Function, at_once: int) -> None:
        self._inner, self._prepared, self._function, self._at_once = inner, prepared, function, at_once
        self._asker: Asker = prepared.asker(function)
        self.clock_read = False

    @property
    def refusals(self) -> list[str]:
        """What the handler wanted of this machine or of the network."""
        return self._inner.refusals

    @property
    def still(self) -> int:
        """So many sleeps from now on take no time."""
        return self._inner.still

    @still.setter
    def still(self, sleeps: int) -> None:
        self._inner.still = sleeps

    @property
    def now_s(self) -> float:
        """The environment's clock."""
        return self._inner.now_s

    def begin(self, event: Any, *, request_id: str, now_s: float | None = None) -> Event:
        """Begin an invocation: what was used up in the one before is there again."""
        self._asker = self._prepared.asker(self._function)
        return self._shown(self._inner.begin(event, request_id=request_id, now_s=now_s))

    def resume(self, answer: Reply, *, now_s: float | None = None) -> Event:
        """Answer the call that the invocation waits for."""
        return self._shown(self._inner.resume(answer, now_s=now_s))

    def park(self) -> None:
        """Leave it aside for good."""
        self._inner.park()

    def _shown(self, event: Event) -> Event:
        """What comes next that is no matter of prepared answers alone."""
        inner = self._inner
        self.clock_read = inner.clock_read
        if not isinstance(event, Asked):
            return event
        seen, slept_s = set[Any](), event.slept_s
        while isinstance(event, Asked) and (reply := self._asker.reply(event.call)) is not None:
            call = event.call
            asked = call.service, call.operation, content_number(call.parameters)
            if asked in seen or len(seen) == self._at_once:
                event = Asked(_prepared(call, reply), event.slept_s)
                break
            seen.add(asked)
            event = inner.resume(reply)
            self.clock_read = self.clock_read or inner.clock_read
            slept_s += event.slept_s
        return event if slept_s == event.slept_s else replace(event, slept_s=slept_s)


def _prepared(call: Call, reply: Answered | Failed) -> PreparedCall:
    return PreparedCall(call.service, call.operation, call.parameters, call.region, None, reply)
