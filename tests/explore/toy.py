"""Small programs over shared variables as a state graph: the searches' test double for handlers and AWS.

An operation is a tuple: ("read", v), ("write", v, x), ("add", v, n) which answers the sum, ("swap", v, old, new) which answers
whether it did, ("wait", v, x) which waits until v is x, ("skip", v, x, n) which leaves out the next n operations where v is x.
A container keeps every answer it got, so two states are equal only where all containers saw the same, as with real handlers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from hypothesis import strategies as st


class Act(NamedTuple):
    container: int
    kind: str


class Link(NamedTuple):
    action: Act
    target: Node
    breaks: frozenset[str]


class Node:
    """A state, interned by its graph."""

    def __init__(self, world: tuple[int, ...], saw: tuple[tuple[Any, ...], ...], crashes: int) -> None:
        self.world, self.saw, self.crashes = world, saw, crashes
        self.ended = False


@dataclass(frozen=True)
class Program:
    """`messages[container]`: (hand-over time, operations) one after another. `crashes`: how often a call's answer may be lost.

    Id "bad" is broken by an edge after which variable 0 is greater than variable 1, and was not before.
    """

    messages: tuple[tuple[tuple[float, tuple[tuple[Any, ...], ...]], ...], ...]
    variables: int = 3
    crashes: int = 0
    start: tuple[int, ...] = ()


def program(*containers: Any, crashes: int = 0, start: tuple[int, ...] = (0, 0, 0)) -> Program:
    """A program whose containers serve one message each, handed over one second after another."""
    messages = tuple(((float(at), tuple(operations)),) for at, operations in enumerate(containers))
    return Program(messages, len(start), crashes, start)


class Toy:
    """The state graph of a program."""

    capped = False

    def __init__(self, made_of: Program) -> None:
        self.program = made_of
        self.names = tuple("ABCDEFGH"[: len(made_of.messages)])
        self._operations = [[(at, one) for at, own in served for one in own] for served in made_of.messages]
        self._states: dict[Any, Node] = {}
        self._edges: dict[Node, tuple[Link, ...]] = {}
        start = made_of.start or (0,) * made_of.variables
        self.root = self._state(start, tuple(() for _ in self.names), made_of.crashes)

    def edges(self, state: Node) -> tuple[Link, ...]:
        if state not in self._edges:
            self._edges[state] = tuple(self._links(state))
        return self._edges[state]

    def pending(self, state: Node) -> list[Act]:
        return [Act(c, "step") for c in range(len(self.names)) if self._next(state, c) is not None]

    def due_s(self, state: Node, container: int) -> float | None:
        at = self._next(state, container)
        return None if at is None else at[0]

    def dependent(self, state: Node, action: Act, other_state: Node, other: Act) -> bool:
        if action.kind == other.kind == "crash":
            return True
        one, two = self._next(state, action.container), self._next(other_state, other.container)
        assert one is not None
        assert two is not None
        reads = {"read", "wait", "skip"}
        return one[1][1] == two[1][1] and not (one[1][0] in reads and two[1][0] in reads)

    def operation(self, state: Node, action: Act) -> tuple[Any, ...]:
        """What an action would do."""
        following = self._next(state, action.container)
        assert following is not None
        return following[1]

    def afterwards(self, state: Node, messages: tuple[Any, ...], at_s: float) -> tuple[int, ...]:
        """Messages are operations here; a wait that is not over is given up, as is all that comes after it."""
        world = state.world
        for operation in messages:
            if operation[0] == "wait" and world[operation[1]] != operation[2]:
                return world
            world, _ = _run(world, operation)
        return world

    def _links(self, state: Node) -> list[Link]:
        steps, crashes = [], []
        for container in range(len(self.names)):
            following = self._next(state, container)
            if following is None or _waits(state.world, following[1]):
                continue
            world, answer = _run(state.world, following[1])
            saw = state.saw[container]
            steps.append(self._link(state, container, "step", world, (*saw, answer), state.crashes))
            if state.crashes:
                crashes.append(self._link(state, container, "crash", world, (*saw, "lost"), state.crashes - 1))
        return steps + crashes

    def _link(
        self, state: Node, container: int, kind: str, world: tuple[int, ...], saw: tuple[Any, ...], crashes: int
    ) -> Link:
        target = self._state(world, (*state.saw[:container], saw, *state.saw[container + 1 :]), crashes)
        broken = frozenset({"bad"}) if _bad(world) and not _bad(state.world) else frozenset()
        return Link(Act(container, kind), target, broken)

    def _state(self, world: tuple[int, ...], saw: tuple[tuple[Any, ...], ...], crashes: int) -> Node:
        key = (world, saw, crashes)
        if key not in self._states:
            self._states[key] = node = Node(world, saw, crashes)
            node.ended = all(self._next(node, c) is None for c in range(len(self.names)))
        return self._states[key]

    def _next(self, state: Node, container: int) -> tuple[float, tuple[Any, ...]] | None:
        """The container's next operation, with the time at which its message was handed over."""
        place, operations = 0, self._operations[container]
        for answer in state.saw[container]:
            operation = operations[place][1]
            place += 1 + (operation[3] if operation[0] == "skip" and answer is True else 0)
        return operations[place] if place < len(operations) else None


def _bad(world: tuple[int, ...]) -> bool:
    return world[0] > world[1]


def _waits(world: tuple[int, ...], operation: tuple[Any, ...]) -> bool:
    return operation[0] == "wait" and world[operation[1]] != operation[2]


def _run(world: tuple[int, ...], operation: tuple[Any, ...]) -> tuple[tuple[int, ...], Any]:
    kind, variable, *rest = operation
    value = world[variable]
    if kind == "write":
        return _set(world, variable, rest[0]), None
    if kind == "add":
        return _set(world, variable, value + rest[0]), value + rest[0]
    if kind == "swap":
        return (_set(world, variable, rest[1]), True) if value == rest[0] else (world, False)
    if kind == "skip":
        return world, value == rest[0]
    return world, value


def _set(world: tuple[int, ...], variable: int, value: int) -> tuple[int, ...]:
    return (*world[:variable], value, *world[variable + 1 :])


_VARIABLES, _VALUES = st.integers(0, 2), st.integers(0, 2)
OPERATIONS = st.one_of(
    st.tuples(st.just("read"), _VARIABLES),
    st.tuples(st.just("write"), _VARIABLES, _VALUES),
    st.tuples(st.just("add"), _VARIABLES, st.just(1)),
    st.tuples(st.just("swap"), _VARIABLES, _VALUES, _VALUES),
    st.tuples(st.just("wait"), _VARIABLES, _VALUES),
    st.tuples(st.just("skip"), _VARIABLES, _VALUES, st.integers(1, 2)),
)
_OWN = st.lists(OPERATIONS, min_size=1, max_size=3).map(tuple)
_SERVED = st.lists(_OWN, min_size=1, max_size=2)


@st.composite
def programs(draw: st.DrawFn, *, crashes: int = 0) -> Program:
    """Two or three containers of one or two messages each, seven operations at most in all."""
    count = draw(st.integers(2, 3))
    left, messages = 7, []
    for _ in range(count):
        served = []
        for operations in draw(_SERVED):
            kept = operations[: max(left, 0)]
            left -= len(kept)
            if kept:
                served.append((float(draw(st.integers(0, 5)) + 10 * len(served)), kept))
        messages.append(tuple(served))
    return Program(tuple(messages), 3, draw(st.integers(0, crashes)))


def all_paths(graph: Toy) -> list[tuple[Link, ...]]:
    """Every schedule, by walking each of them: the oracle."""
    paths: list[tuple[Link, ...]] = []

    def go(state: Node, taken: tuple[Link, ...]) -> None:
        edges = graph.edges(state)
        if not edges:
            paths.append(taken)
        for edge in edges:
            go(edge.target, (*taken, edge))

    go(graph.root, ())
    return paths


# The race in small. Variable 1 is the generation served, and all below variable 0 is deleted: A (generation 2) checks that 3 is not
# served yet, then serves 2; B serves 3 and deletes what is below it.
LOST_UPDATE = program(
    [("skip", 1, 3, 1), ("write", 1, 2)],
    [("read", 1), ("write", 1, 3), ("add", 2, 1), ("add", 2, 1), ("write", 0, 3)],
    start=(0, 1, 0),
)
