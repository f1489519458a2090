"""The schedules of a test body as a graph that the searches of `twinstage.explore` know how to walk.

Nothing is ever put back: to take a step in a state, the body is run from its beginning along the steps that lead there. A run
goes on to its end, so that it tells of many steps at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.explore.kinds import STEP
from twinstage.testing.misuse import misuse
from twinstage.testing.race import MOST_STEPS, Abandoned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.testing.race import Race

FAILS = "test"
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Turn:
    """A container's next step."""

    container: int
    kind: str = STEP


@dataclass(eq=False)
class State:
    """A state of the race. `way`: steps that lead to it; `turns`: the call of each container that can go on."""

    key: str
    way: tuple[int, ...]
    turns: dict[int, tuple[str, str]]
    edges: dict[int, Edge] = field(default_factory=dict)

    @property
    def world(self) -> str:
        """Equal keys, equal content."""
        return self.key

    @property
    def ended(self) -> bool:
        """Whether nobody can go on."""
        return not self.turns


@dataclass(frozen=True)
class Edge:
    """A step, where it leads, and whether the test fails there."""

    action: Turn
    target: State
    breaks: frozenset[str]


class Run:
    """One run of the body: along `way` (containers by index or by name), then whoever ran last goes on while it can.

    `passed` are the states it came through, by the steps taken.
    """

    def __init__(self, states: dict[str, State], way: Sequence[int | str]) -> None:
        self._states, self._way = states, tuple(way)
        self.taken: list[int] = []
        self.passed: list[State] = []

    def choose(self, race: Race) -> int | None:
        """The next container."""
        turns, taken = race.steps(), tuple(self.taken)
        key = race.key()
        state = self._states.get(key) or self._states.setdefault(key, State(key, taken, turns))
        self.passed.append(state)
        if not turns:
            return None
        if len(taken) < len(self._way):
            step = self._way[len(taken)]
            chosen = race.names.index(step) if step in race.names else step
            if chosen not in turns:
                raise misuse(
                    f"step {len(taken) + 1} of the schedule is {step}, which has nothing to do there",
                    "a schedule is of one test and one code base: take it from that test's own failure",
                )
        else:
            chosen = self.taken[-1] if self.taken and self.taken[-1] in turns else min(turns)
        if len(taken) >= MOST_STEPS:
            raise Abandoned
        self.taken.append(chosen)
        return chosen


class Schedules:
    """The graph. `body` runs the test once; `failures` are the exceptions that say that it does not hold."""

    capped = False

    def __init__(self, race: Race, body: Callable[[], None], failures: tuple[type[BaseException], ...]) -> None:
        self._race, self._body, self._failures = race, body, failures
        self._states: dict[str, State] = {}
        self.root = self._run(()).passed[0]
        self.names: Sequence[str] = race.names

    def edges(self, state: State) -> Sequence[Edge]:
        """The step of every container that can go on."""
        for container in state.turns:
            if container not in state.edges:
                self._run((*state.way, container))
        return [state.edges[container] for container in sorted(state.turns)]

    def pending(self, state: State) -> Sequence[Edge]:
        """Nobody waits for anything: what can happen."""
        return self.edges(state)

    def due_s(self, _state: State, _container: int) -> float | None:
        """Nothing was recorded."""
        return None

    def dependent(self, _state: State, _action: Turn, _other_state: State, _other: Turn) -> bool:
        """Any order may matter."""
        return True

    def failing(self, way: Sequence[int]) -> BaseException | None:
        """What the test ends with under a schedule; None where it holds."""
        try:
            self._race.begin(Run(self._states, way).choose)
            self._body()
        except self._failures as error:
            return error
        return None

    def _run(self, way: tuple[int, ...]) -> Run:
        run, failed = Run(self._states, way), NOTHING
        try:
            self._race.begin(run.choose)
            self._body()
        except Abandoned:
            pass
        except self._failures:
            if not run.passed:
                raise
            failed = frozenset({FAILS})
        if not run.passed:
            raise misuse("the test did not run its race", "add handlers, then call `race.run()`")
        self._note(run, failed)
        return run

    def _note(self, run: Run, failed: frozenset[str]) -> None:
        last = len(run.taken) - 1
        for step, container in enumerate(run.taken[: len(run.passed) - 1]):
            before, after = run.passed[step], run.passed[step + 1]
            edge = Edge(Turn(container), after, failed if step == last else NOTHING)
            known = before.edges.setdefault(container, edge)
            if known.target is not after:
                raise misuse(
                    f"after the same calls and answers {self._race.names[container]} did something else",
                    "something other than its event, its answers, time and `random` decides what a handler does",
                )
            if step == last and known.breaks != failed:
                raise misuse(
                    "after the same calls and answers the test held once and failed once",
                    "something other than what AWS holds, answers and time decides what the test finds",
                )
