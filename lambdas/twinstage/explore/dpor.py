"""Dynamic partial-order reduction with sleep sets: one execution for each way of ordering what depends on each other, and few more.

Source: Flanagan, Godefroid, "Dynamic partial-order reduction for model checking software", POPL 2005, with the choice of what to
try of Abdulla, Aronis, Jonsson, Sagonas, "Optimal dynamic partial order reduction", POPL 2014 (source sets): with sleep sets the
older choice loses terminal states. What waits takes part in races too, by its pending step. It reaches every terminal state of a
graph without cycles, not every state in between. Happens-before is kept as vector clocks. A container whose next call can also go
wrong has several actions in a state; they are explored together, as one step of that container with several outcomes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.explore.searchable import breaks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from twinstage.explore.searchable import Judge, Schedule, Searchable

    Dependent = Callable[[Any, Any, Any, Any], bool]

# Only a graph with a cycle has schedules as long as this.
MAX_DEPTH = 20_000


@dataclass(frozen=True)
class Dpor:
    """What the reduced search saw.

    `executions`: schedules walked to an end; those given up half-way, because they only repeat others, are not counted. `bad`: executions that
    broke each id; `first_bad`: the number (from 1) of the first. `terminal`: states in which they ended. `complete`: nothing
    was cut short, so that `terminal` is all of them. `broken`: for each id that any edge broke, of executions given up too, the first schedule. `given_up`: how many those were.
    """

    executions: int
    bad: Mapping[str, int]
    first_bad: Mapping[str, int]
    terminal: frozenset[Any]
    complete: bool
    broken: Mapping[str, Schedule]
    given_up: int


def dpor(
    graph: Searchable,
    *,
    max_executions: int,
    max_depth: int = MAX_DEPTH,
    judge: Judge = breaks,
    dependent: Dependent | None = None,
    interrupted: Callable[[], bool] = lambda: False,
    remember_ends: bool = True,
) -> Dpor:
    """Walk one schedule of each equivalence class, depth first; stop after `max_executions`, those given up included.

    `dependent` says more than the graph does about which orders matter. `interrupted` is asked after each edge. Without `remember_ends` no terminal state is kept, and memory grows with the
    length of a schedule only.
    """
    search = _Search(
        graph, judge, max_executions, max_depth, dependent or graph.dependent, interrupted, keep=remember_ends
    )
    search.run()
    return Dpor(
        search.executions,
        dict(sorted(search.bad.items())),
        dict(sorted(search.first_bad.items())),
        frozenset(search.terminal),
        search.complete,
        dict(sorted(search.broken.items())),
        search.given_up,
    )


@dataclass
class _Frame:
    """One state of the current path. `edges` by container; `chosen` is the edge that leads on, taken as event `clock` says."""

    state: Any
    edges: Mapping[int, Sequence[Any]]
    asleep: set[int]
    broken: frozenset[str]
    todo: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    outcomes: Iterator[Any] = field(default_factory=lambda: iter(()))
    chosen: Any = None
    # For each container the number of its last event that happens before the chosen one, itself included.
    clock: Mapping[int, int] = field(default_factory=dict)


class _Search:
    def __init__(
        self,
        graph: Searchable,
        judge: Judge,
        max_executions: int,
        max_depth: int,
        dependent: Dependent,
        interrupted: Callable[[], bool],
        *,
        keep: bool,
    ) -> None:
        self._graph, self._judge, self._dependent, self._keep = graph, judge, dependent, keep
        self._interrupted = interrupted
        self._max_executions, self._max_depth = max_executions, max_depth
        self._stack: list[_Frame] = []
        self.executions = self.given_up = 0
        self.bad: Counter[str] = Counter()
        self.first_bad: dict[str, int] = {}
        self.terminal: set[Any] = set()
        self.broken: dict[str, Schedule] = {}
        self.complete = True

    def run(self) -> None:
        self._enter(self._graph.root, set(), frozenset())
        while self._stack:
            frame = self._stack[-1]
            edge = self._next(frame)
            if edge is None:
                self._stack.pop()
            elif self.executions + self.given_up >= self._max_executions:
                self.complete = False
                return
            else:
                self._take(frame, edge)
                broken = frame.broken | self._judged(self._stack[:-1], frame.state, edge)
                if self._interrupted():
                    self.complete = False
                    return
                self._enter(edge.target, self._still_asleep(frame, edge), broken)

    def _judged(self, path: Sequence[_Frame], state: Any, edge: Any) -> frozenset[str]:
        """What an edge breaks that is, or could be, taken in the state to which the path leads."""
        found = self._judge(state, edge)
        for name in found:
            if name not in self.broken:
                self.broken[name] = (*(frame.chosen.action for frame in path), edge.action)
        return found

    def _take(self, frame: _Frame, edge: Any) -> None:
        """Put an edge of the last frame on the path. Its races are those of all outcomes of the step."""
        container = edge.action.container
        number = len(self._stack) - 1
        self._stack.pop()
        clock = self._note_races(frame.state, [one.action for one in frame.edges[container]])
        self._stack.append(frame)
        frame.chosen, frame.clock = edge, {**clock, container: number}

    def _next(self, frame: _Frame) -> Any:
        """The next edge to take from a state on the path; None when it has been dealt with."""
        while (edge := next(frame.outcomes, None)) is None:
            if frame.chosen is not None:
                frame.asleep.add(frame.chosen.action.container)
            todo = sorted(frame.todo - frame.done - frame.asleep)
            if not todo:
                return None
            frame.done.add(todo[0])
            frame.outcomes = iter(frame.edges[todo[0]])
        return edge

    def _enter(self, state: Any, asleep: set[int], broken: frozenset[str]) -> None:
        edges: dict[int, list[Any]] = {}
        for edge in self._graph.edges(state):
            edges.setdefault(edge.action.container, []).append(edge)
        for action in self._graph.pending(state):
            if action.container not in edges:
                self._note_races(state, [action])
        if not edges:
            self._ended(state, broken)
            return
        awake = sorted(container for container in edges if container not in asleep)
        if not awake:
            # What spins is told by the edges out of its state: one of them speaks for all, though none is taken.
            self._judged(self._stack, state, next(iter(edges.values()))[0])
            self.given_up += 1
            return
        if len(self._stack) >= self._max_depth:
            self.complete = False
            self.given_up += 1
            return
        self._stack.append(_Frame(state, edges, asleep, broken, todo={awake[0]}))

    def _ended(self, state: Any, broken: frozenset[str]) -> None:
        self.executions += 1
        if self._keep:
            self.terminal.add(state)
        for name in broken:
            self.bad[name] += 1
            self.first_bad.setdefault(name, self.executions)

    def _note_races(self, state: Any, actions: Sequence[Any]) -> Mapping[int, int]:
        """Have each event of the path that a container's next step races with tried the other way round too.

        Gives the clock of that step without itself: the last event of each container that happens before it. An event races with the
        step if they depend on each other and nothing between them orders them.
        """
        container = actions[0].container
        clock = dict(self._clock_of(container))
        races = []
        for number in range(len(self._stack) - 1, -1, -1):
            frame = self._stack[number]
            taken = frame.chosen.action
            if clock.get(taken.container, -1) >= number:
                continue
            if any(self._dependent(frame.state, taken, state, action) for action in actions):
                races.append(number)
                for other, last in frame.clock.items():
                    clock[other] = max(clock.get(other, -1), last)
        for number in races:
            self._backtrack(number, container, clock)
        return clock

    def _backtrack(self, number: int, container: int, clock: Mapping[int, int]) -> None:
        """Have a container tried at this point of the path that may begin what does not depend on the event, then the step."""
        frame = self._stack[number]
        first = self._may_begin(number, container, clock)
        if first & (frame.todo | frame.asleep):
            return
        able = first & frame.edges.keys()
        frame.todo |= {min(able)} if able else frame.edges.keys()

    def _may_begin(self, number: int, container: int, clock: Mapping[int, int]) -> set[int]:
        """Containers that may go first in: the later events that do not depend on event `number`, and then the step."""
        event = self._stack[number].chosen.action.container
        kept: dict[int, int] = {}
        first: set[int] = set()
        steps = [(one.chosen.action.container, one.clock) for one in self._stack[number + 1 :]]
        for index, (own, before) in enumerate([*steps, (container, clock)], number + 1):
            if index <= number + len(steps) and before.get(event, -1) >= number:
                continue
            if own not in kept:
                kept[own] = index
                if all(before.get(other, -1) < earlier for other, earlier in kept.items() if other != own):
                    first.add(own)
        return first

    def _clock_of(self, container: int) -> Mapping[int, int]:
        """The clock of the container's last event on the path."""
        for frame in reversed(self._stack):
            if frame.chosen.action.container == container:
                return frame.clock
        return {}

    def _still_asleep(self, frame: _Frame, edge: Any) -> set[int]:
        """The sleeping containers whose steps commute with the one taken: what they lead to has been seen."""
        return {
            container
            for container in frame.asleep
            if not any(
                self._dependent(frame.state, edge.action, edge.target, other.action) for other in frame.edges[container]
            )
        }
