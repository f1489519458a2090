"""Handlers run in full: each container's environment from its first line on, once, on a plain memory world that remembers nothing.

What the graph knows by heart is worked out again here: answers by `world.memory` on the whole world, handlers by running them. Only how
messages follow each other within a container is the graph's own (`behaviour`), driven along one single path.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from twinstage.explore.answering import Answering
from twinstage.explore.asking import reply_of
from twinstage.explore.behaviour import Behaviours
from twinstage.explore.change_ids import submitted_at
from twinstage.explore.environments import contained
from twinstage.explore.interned import InternedWorld
from twinstage.explore.kinds import CRASH, LOST, STALE, THROTTLE
from twinstage.explore.perturbation import Perturbing
from twinstage.explore.request import Answer
from twinstage.world.contained import Answered, Failed
from twinstage.world.memory.aws import AwsState, MemoryAws

if TYPE_CHECKING:
    from twinstage.explore.case import Case
    from twinstage.explore.environments import Environments
    from twinstage.explore.nodes import Node
    from twinstage.explore.request import Request

_EVERY = 1_000_000


class Live:
    """A case that is being run. `nodes`: where each container stands; `state`: what AWS holds."""

    def __init__(self, case: Case, *, environments: Environments = contained) -> None:
        starts = [one.at_s for container in case.containers for one in container.messages]
        self._start_s, self._expiry_s = min(starts, default=0.0), case.perturbations.expiry_s
        # Compiles calls, so that a container's next one can be compared; it is asked for no answer.
        calls = InternedWorld(case.start, now_s=self._start_s, expiry_s=self._expiry_s, region=case.region)
        self._behaviours = Behaviours(
            case, calls, Answering(case, environments), lambda *_: frozenset(), suspended=_EVERY
        )
        self._throttled = Perturbing(calls, self._behaviours).throttled
        self._door = MemoryAws(clock=self._now, account=case.start.route53.id, region=case.region)
        self._epoch, self._numbers = 0, count()
        self._own_changes: dict[str, tuple[str, float]] = {}
        self._previous: dict[tuple[str, str], Any] = {}
        self._door.restore(AwsState(case.start.route53, case.start.databases))
        self.nodes: list[Node] = [self._behaviours.first(index).node for index in range(len(case.containers))]

    @property
    def state(self) -> AwsState:
        """What AWS holds now."""
        return self._door.state

    def act(self, container: int, kind: str) -> Answered | Failed | None:
        """Carry out a container's next call as an action of this kind does; what it was answered, None where nobody saw it."""
        node = self.nodes[container]
        request = node.request
        if request is None:
            raise ValueError(f"container {container} has nothing left to do")
        if kind == THROTTLE:
            return self._resume(container, self._throttled(request), perturbed=True)
        if kind == STALE:
            return self._resume(container, self._stale(node, request), perturbed=True)
        before = self._door.state
        answer = self._answer(node, request)
        if kind == LOST:
            answer = self._answer(node, request)
        self._remember_tables(before)
        if kind == CRASH:
            self.nodes[container] = self._behaviours.redelivered(node, self._epoch).node
            return None
        return self._resume(container, answer, perturbed=kind == LOST)

    def pass_time(self) -> None:
        """An epoch later; what outlived its time to live is gone."""
        before = self._door.state
        self._epoch += 1
        self._door.expire()
        self._remember_tables(before)

    def hand_over_later(self, container: int) -> None:
        """The message that a container is about to serve was handed over in this epoch instead."""
        self.nodes[container] = self._behaviours.handed_over_later(self.nodes[container], self._epoch)

    def deliver_again(self, container: int) -> None:
        """A container's invocation has timed out, and its message was delivered again."""
        self.nodes[container] = self._behaviours.redelivered(self.nodes[container], self._epoch).node

    def close(self) -> None:
        """Leave every suspended handler aside."""
        self._behaviours.suspended.close()

    def _now(self) -> float:
        return self._start_s + self._epoch * self._expiry_s

    def _resume(self, container: int, answer: Answer, *, perturbed: bool) -> Answered | Failed:
        node = self.nodes[container]
        self.nodes[container] = self._behaviours.step(node, answer, self._epoch, perturbed=perturbed).node
        return answer.reply

    def _stale(self, node: Node, request: Request) -> Answer:
        """The answer of the world in which each table is as it was before its last write."""
        now = self._door.state
        databases = dict(now.databases)
        for (region, name), table in self._previous.items():
            databases[region] = replace(databases[region], tables=databases[region].tables.with_entry(name, table))
        self._door.restore(replace(now, databases=databases))
        try:
            return self._answer(node, request)
        finally:
            self._door.restore(now)

    def _remember_tables(self, before: AwsState) -> None:
        for region, database in self._door.state.databases.items():
            old = before.databases[region].tables if region in before.databases else {}
            for name, table in database.tables.items():
                if name in old and old[name] is not table:
                    self._previous[region, name] = old[name]

    def _answer(self, node: Node, request: Request) -> Answer:
        number = next(self._numbers)
        change = request.operation == "ChangeResourceRecordSets"
        return Answer(number, self._reply(node, request), change=change)

    def _reply(self, node: Node, request: Request) -> Answered | Failed:
        """The world's reply, in which a change of the containers has the id that they know it by, or (where it is made) none."""
        parameters, own = request.parameters, None
        if request.operation == "GetChange":
            own = parameters["Id"].removeprefix("/change/")
            parameters = {"Id": self._own_changes[own][0]} if own in self._own_changes else parameters
        reply = reply_of(self._door, request, parameters)
        if isinstance(reply, Failed):
            return reply
        info = reply.response.get("ChangeInfo", {})
        if own in self._own_changes:
            at = submitted_at(self._own_changes[own][1])
            info = {"Id": f"/change/{own}", "Status": info["Status"], "SubmittedAt": at}
        elif request.operation == "ChangeResourceRecordSets":
            own, at_s = self._behaviours.submitted(node, self._behaviours.clock_s(node, self._epoch))
            self._own_changes[own] = (info["Id"], at_s)
            info = {**info, "Id": None, "SubmittedAt": None}
        else:
            return reply
        return Answered({**reply.response, "ChangeInfo": info})
