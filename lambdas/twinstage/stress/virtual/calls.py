"""What becomes of one call at the moment it reaches its service: the answer, and what it tells of quotas, locks and waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.stress.virtual.answers import reply_to
from twinstage.stress.virtual.items import conflicts_of, kept_of, key_of, written_by
from twinstage.stress.virtual.ledger import SECOND
from twinstage.stress.virtual.locks import Locks
from twinstage.world.contained import Failed, Function

if TYPE_CHECKING:
    from twinstage.stress.virtual.answers import Reply
    from twinstage.stress.virtual.invocation import Invocation
    from twinstage.stress.virtual.items import Written
    from twinstage.stress.virtual.ledger import Ledger
    from twinstage.stress.virtual.subject import Subject
    from twinstage.world.contained import Answered, Call
    from twinstage.world.memory.aws import MemoryAws


class Calls:
    """The calls of one run.

    A request that a quota or a lock refused waits for it until that lets it through, or until the request is over; where several refused it, for the latest.
    """

    def __init__(self, subject: Subject, world: MemoryAws, ledger: Ledger) -> None:
        self._subject, self._world, self._ledger = subject, world, ledger
        self._locks = Locks(ledger.lock_held)
        self._direct = not isinstance(subject.serves, Function)

    def carried_out(self, invocation: Invocation, call: Call, now_ns: int) -> tuple[Answered | Failed, int]:
        """The answer to a call, and how many nanoseconds later it arrives."""
        took_ns = invocation.draws.next_ns(self._subject.times.of_call(call.service, call.operation))
        written = written_by(call, self._world.databases, self._subject.region)
        reply = reply_to(call, self._world, invocation.asker, took_ns / SECOND)
        if self._direct:
            invocation.key = key_of(call, written)
        self._waited(invocation, now_ns)
        if reply.refusal is not None:
            _waits_for(invocation, self._ledger.refused(reply.refusal, reply.demands, now_ns), now_ns)
        else:
            for name in self._ledger.admitted(call.service, reply.demands, now_ns, now_ns + took_ns):
                _let_through(invocation, name)
        answer = reply.answer
        error = answer.error if isinstance(answer, Failed) else None
        self._ledger.called(f"{call.service}.{call.operation}", took_ns, error, _consumed(reply))
        if not isinstance(answer, Failed):
            self._wrote(invocation, kept_of(call, written), now_ns)
        elif reply.refusal is None:
            self._conflicted(invocation, answer, written, now_ns)
        return answer, took_ns

    def over(self, invocation: Invocation, now_ns: int) -> None:
        """A request is over: it waits no longer, and nothing more will be given back by it."""
        self._waited(invocation, now_ns)
        self._locks.ended(invocation.number, invocation.wrote)

    def close(self) -> None:
        """The run is over."""
        self._locks.close()

    def _wrote(self, invocation: Invocation, written: list[Written], now_ns: int) -> None:
        for one in written:
            self._locks.written(one.key, invocation.number, now_ns, conditional=one.conditional)
            if one.conditional:
                invocation.wrote.append(one.key)
                _let_through(invocation, self._ledger.lock_name(one.key))

    def _conflicted(self, invocation: Invocation, failed: Failed, written: list[Written], now_ns: int) -> None:
        for one in conflicts_of(failed.error, failed.members, written):
            if self._locks.refused(one.key, now_ns):
                _waits_for(invocation, self._ledger.lock_refused(one.key, now_ns, failed.error), now_ns)

    def _waited(self, invocation: Invocation, now_ns: int) -> None:
        """The time since the last look was spent waiting for what refused the request last."""
        if invocation.waits_for:
            self._ledger.waited(invocation.waits_for[-1], invocation.since_ns, now_ns)
            invocation.since_ns = now_ns


def _waits_for(invocation: Invocation, name: str, now_ns: int) -> None:
    _let_through(invocation, name)
    invocation.waits_for.append(name)
    invocation.since_ns = now_ns


def _let_through(invocation: Invocation, name: str) -> None:
    if name in invocation.waits_for:
        invocation.waits_for.remove(name)


def _consumed(reply: Reply) -> tuple[float, float]:
    """Read and write units of a call, as its table's partitions count them."""
    found = {"reads": 0.0, "writes": 0.0}
    if reply.refusal is None:
        for demand in reply.demands:
            quota, _, unit = demand.quota.rpartition("_")
            if quota == "dynamodb.partition":
                found[unit] += demand.units
    return found["reads"], found["writes"]
