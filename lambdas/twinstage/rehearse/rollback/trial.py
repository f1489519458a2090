"""The way back tried out from one world: what it meets, what it breaks, and where it leads. Worked out once for each content of the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.explore.case import Message
from twinstage.explore.deeds import deed_of
from twinstage.explore.judging import Judging
from twinstage.explore.trace import summary
from twinstage.model.change_step import FunctionStep, RecordsStep
from twinstage.model.record_set import key_of, printable_key
from twinstage.model.rollback_config import AGAIN, CALLS, RECOVERY, RESTORED
from twinstage.rehearse.rollback.way_back import calls_back, in_place, not_restored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from twinstage.explore.afterwards import Afterwards, AloneStep
    from twinstage.explore.graph import Graph
    from twinstage.explore.shards import World
    from twinstage.model.change_step import ChangeStep
    from twinstage.rehearse.properties import InvariantProperties
    from twinstage.rehearse.rollback.way_back import WayBack


@dataclass
class Trial:
    """What came of it. `broken`: in words, by check or invariant, at its first break. `calls` of services that the way back made, one for each function too, and `seconds` of virtual time that it took.

    `worlds`: after each call of the way back; `back`: once it is over; `end`: after the recovery. `told`: each call of both, where they are to be told.
    """

    back: World
    end: World
    broken: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    seconds: float = 0.0
    worlds: list[World] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Messages:
    """What is handed over on the way back and, to recover, after it; each from its time on."""

    back: tuple[Message, ...]
    back_at_s: float
    recovery: tuple[Message, ...]
    recovery_at_s: float


class Trials:
    """Tries the way back from worlds of one graph; the messages are run by `old`, the code that is rolled back to."""

    def __init__(
        self,
        graph: Graph,
        old: Afterwards,
        way: WayBack,
        messages: Messages,
        properties: InvariantProperties,
        at_end: Collection[str] = (),
    ) -> None:
        """`at_end`: ids of what is asked of the end of the recovery as it is of a day's."""
        self._graph, self._old, self._way, self._messages, self._properties = graph, old, way, messages, properties
        self._judging = Judging(properties, graph.world.shards)
        self.tells, self._at_end = False, frozenset(at_end)
        self._known: dict[tuple[World, int], Trial] = {}
        self._ends: dict[tuple[World, int], Trial] = {}

    def trial(self, world: World, applied: int) -> Trial:
        """The way back from a world in which so many of the change's calls were made."""
        found = self._known.get((world, applied))
        if found is None:
            found = self._known[world, applied] = self._tried(world, applied)
        return found

    @property
    def worlds(self) -> int:
        """How many worlds it was tried from."""
        return len(self._known)

    def _tried(self, world: World, applied: int) -> Trial:
        trial = Trial(world, world)
        still = self._judging.broken(world)
        for before, after in self._way_back(trial, world, applied, judged=True):
            trial.back = after
            still = self._judged(trial, before, after, still)
        lacking = list(not_restored(self._way, self._judging.state(trial.back)))
        if lacking:
            trial.broken.setdefault(RESTORED, "after the way back " + "; ".join(lacking))
        self._run_again(trial, applied)
        self._recover(trial, still)
        return trial

    # The way back -----------------------------------------------------------------------------------------------------------

    def _way_back(self, trial: Trial, world: World, applied: int, *, judged: bool) -> Iterator[tuple[World, World]]:
        """Each call's worlds, before and after; what is refused or fails is noted, and the rest goes on as far as it can."""
        shards = self._graph.world.shards
        for step in self._way.due(applied):
            # A function goes back by one call, which changes nothing that the world holds.
            trial.calls += isinstance(step, FunctionStep)
            state = self._judging.state(world)
            for call in () if in_place(step, state) else calls_back(step, state, self._way.before):
                after = shards.world_of(call.state, float("inf"), world)
                trial.calls += 1
                if call.refused:
                    trial.broken.setdefault(CALLS, f"{step.id}: {call.operation} is refused: {call.refused}")
                trial.worlds.append(after)
                self._tell(trial, step.id, f"{call.service} {call.operation}", _parameters(step), call.refused)
                yield world, after
                world = after
        begun_s = self._messages.back_at_s
        for one in self._old.steps(world, self._messages.back, begun_s):
            trial.calls += 0 if one.node is None or one.gave_up else 1
            trial.seconds = max(trial.seconds, one.clock_s - begun_s)
            self._fails(trial, CALLS, one)
            self._tell_step(trial, "message", one)
            if judged:
                self._deeds(trial, one, "on the way back")
            trial.worlds.append(one.after)
            yield one.before, one.after

    def _run_again(self, trial: Trial, applied: int) -> None:
        """Interrupted after any call and run again from its beginning, the way back must come to the same."""
        for number, interrupted in enumerate(trial.worlds, 1):
            again = self._end(interrupted, applied)
            if CALLS in again.broken and CALLS not in trial.broken:
                told = again.broken[CALLS]
            elif again.back != trial.back:
                told = "it comes to something else"
            else:
                continue
            trial.broken.setdefault(AGAIN, f"interrupted after call {number} and run again: {told}")

    def _end(self, world: World, applied: int) -> Trial:
        """Where the way back leads from a world, nothing judged but its calls."""
        found = self._ends.get((world, applied))
        if found is None:
            found = self._ends[world, applied] = Trial(world, world)
            for _, after in self._way_back(found, world, applied, judged=False):
                found.back = after
        return found

    # What is asked of it ----------------------------------------------------------------------------------------------------

    def _judged(self, trial: Trial, before: World, after: World, still: frozenset[str]) -> frozenset[str]:
        """Note what a call newly breaks; of what the change had broken already, what still is."""
        for id_ in sorted(self._judging.change(before, after)):
            words = self._properties.told(id_, self._judging.state(before), self._judging.state(after))
            trial.broken.setdefault(id_, f"on the way back: {words}")
        return still & self._judging.broken(after)

    def _recover(self, trial: Trial, still: frozenset[str]) -> None:
        world = trial.back
        for one in self._old.steps(world, self._messages.recovery, self._messages.recovery_at_s):
            world = one.after
            for id_ in sorted(self._judging.change(one.before, one.after)):
                words = self._properties.told(id_, self._judging.state(one.before), self._judging.state(one.after))
                trial.broken.setdefault(id_, f"in the recovery by the old code: {words}")
            still &= self._judging.broken(world)
            self._fails(trial, RECOVERY, one)
            self._tell_step(trial, "recovery", one)
            self._deeds(trial, one, "in the recovery by the old code")
        trial.end = world
        state = self._judging.state(world)
        for id_ in sorted(still):
            words = self._properties.told(id_, None, state)
            trial.broken.setdefault(id_, f"the way back does not mend it: {words}")
        for id_ in sorted(self._properties.lost(state) | (self._at_end & self._properties.unmet(state))):
            words = self._properties.told(id_, None, state, recovered=True)
            trial.broken.setdefault(id_, f"after the recovery: {words}")

    def _deeds(self, trial: Trial, one: AloneStep, where: str) -> None:
        """Note what an invocation breaks by what it did, or by how it ended."""
        node, judging = one.node, self._judging
        if node is not None and one.after is not one.before:
            deed = deed_of(node, node.clock_s)
            before, after = (judging.state(each) for each in (one.before, one.after))
            for id_ in sorted(judging.did(lambda: deed, one.before, one.after)) if deed is not None else ():
                words = self._properties.told_deed(id_, deed, before, after) if deed is not None else ""
                trial.broken.setdefault(id_, f"{where}: {words}")
        for delivery, outcome in one.ended:
            if isinstance(delivery, Message):
                for id_ in sorted(judging.ended(delivery, outcome)):
                    words = self._properties.told_ending(id_, delivery.function, outcome)
                    trial.broken.setdefault(id_, f"{where}: {words}")

    def _tell(self, trial: Trial, by: str, call: str, what: str, refused: str) -> None:
        if self.tells:
            trial.told.append({"by": by, "call": call, "what": what, "outcome": refused or "success"})

    def _tell_step(self, trial: Trial, by: str, one: AloneStep) -> None:
        """One call of a message, and how invocations ended by it."""
        if one.node is not None and one.node.request is not None and not one.gave_up:
            request, answer = one.node.request, one.answer
            who = f"{by}: {_named(one.node.serving.delivery_of(one.node.index))}"
            outcome = "" if answer is None or answer.outcome == "success" else answer.outcome
            self._tell(trial, who, f"{request.service} {request.operation}", summary(request), outcome)
        for told in _failures(one):
            self._tell(trial, by, "", told, "failed")

    def _fails(self, trial: Trial, check: str, one: AloneStep) -> None:
        """Note a message that comes to no good end."""
        for told in _failures(one):
            trial.broken.setdefault(check, told)


def _failures(one: AloneStep) -> Iterator[str]:
    if one.gave_up and one.node is not None and one.node.request is not None:
        delivery = one.node.serving.delivery_of(one.node.index)
        call = one.node.request
        yield f"{delivery.function} waits for what nobody changes: it comes back to {call.service} {call.operation}"
    for delivery, outcome in one.ended:
        if outcome.get("outcome") != "success":
            yield f"{_named(delivery)} fails: {outcome.get('error')}: {outcome.get('message')}"


def _parameters(step: ChangeStep) -> str:
    if not isinstance(step, RecordsStep):
        return ""
    changed = (f"{each['Action']} {printable_key(key_of(each['ResourceRecordSet']))}" for each in step.changes)
    return f"{step.zone}: {', '.join(changed)}"


def _named(delivery: object) -> str:
    return delivery.function if isinstance(delivery, Message) else "the change"
