"""What can be reached in a directed graph of numbered nodes, level by level: a compressed sparse row form and a breadth-first search over it.

With numpy a level is one gather over all of its edges at once; narrow levels, and everything where numpy is missing, are walked node by node. Both give the same
distances, so that whatever is made of them does not depend on what is installed.
"""

from __future__ import annotations

from array import array
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WIDE: Final = 48
"""From so many nodes on a level is cheaper as one gather."""
_SPARSE: Final = 16
"""A level with fewer edges than one in so many nodes is sorted."""
UNREACHED: Final = -1


class Reach:
    """Edges between the nodes 0 .. n-1: `targets[starts[i]:starts[i + 1]]` are the successors of i. Immutable."""

    def __init__(self, nodes: int, sources: Sequence[int], targets: Sequence[int], *, fast: bool = True) -> None:
        """`sources[k]` leads to `targets[k]`. Without `fast` numpy is left alone."""
        self.nodes = nodes
        self._numpy: Any = _numpy() if fast else None
        if self._numpy is not None:
            self._starts, self._targets = _packed_fast(self._numpy, nodes, sources, targets)
            # Reading single numbers out of numpy's arrays is slower than out of Python's own.
            self.starts, self.targets = self._starts.tolist(), self._targets.tolist()
        else:
            self.starts, self.targets = _packed(nodes, sources, targets)

    def distances(self, begin: Iterable[int]) -> Sequence[int]:
        """How many edges away each node is from the nearest of `begin`; UNREACHED where no path leads to it."""
        frontier = sorted(set(begin))
        if self._numpy is None:
            away = array("i", [UNREACHED]) * self.nodes
            self._narrow(away, frontier, 0, self.nodes + 1)
            return away
        found = self._numpy.full(self.nodes, UNREACHED, dtype=self._numpy.int32)
        self._fast(found, frontier)
        answer: Sequence[int] = found
        return answer

    def reached(self, begin: Iterable[int]) -> list[int]:
        """The nodes that can be reached, those of `begin` among them, in their order."""
        away = self.distances(begin)
        if self._numpy is not None:
            numbers: list[int] = self._numpy.flatnonzero(self._numpy.asarray(away) >= 0).tolist()
            return numbers
        return [number for number, distance in enumerate(away) if distance >= 0]

    def successors(self, node: int) -> Sequence[int]:
        """Where a node's edges lead; as often as there are edges."""
        found: Sequence[int] = self.targets[self.starts[node] : self.starts[node + 1]]
        return found

    def _narrow(self, away: Any, frontier: list[int], level: int, widest: int) -> tuple[list[int], int]:
        """Walk on node by node until there is no more, or a level of at least `widest`; answers that level and its distance."""
        starts, targets = self.starts, self.targets
        for node in frontier:
            away[node] = level
        while frontier and len(frontier) < widest:
            level += 1
            following = []
            for node in frontier:
                for target in targets[starts[node] : starts[node + 1]]:
                    if away[target] < 0:
                        away[target] = level
                        following.append(target)
            frontier = following
        return frontier, level

    def _fast(self, away: Any, frontier: list[int]) -> None:
        level = 0
        while frontier:
            # One memory, seen by both: numpy's for wide levels, a view that reads and writes single numbers for narrow ones.
            frontier, level = self._narrow(memoryview(away), frontier, level, _WIDE)
            wide = self._numpy.asarray(frontier, dtype=self._numpy.int64)
            while wide.size >= _WIDE:
                level += 1
                wide = self._level(away, wide, level)
            frontier = wide.tolist()

    def _level(self, away: Any, nodes: Any, level: int) -> Any:
        """The nodes that are first reached from `nodes`, each once, in their order."""
        np = self._numpy
        begins = self._starts.take(nodes)
        counts = self._starts.take(nodes + 1) - begins
        ends = counts.cumsum()
        # The k-th edge of a node stands k after its first: one running number over all, put right at the beginning of each node.
        led = self._targets.take(np.repeat(begins - ends + counts, counts) + np.arange(ends[-1]))
        if led.size < self.nodes // _SPARSE:
            fresh = np.unique(led[away.take(led) < 0])
        else:
            # Where much is led to, a mark a node is cheaper than any sorting.
            marks = np.zeros(self.nodes, dtype=np.bool_)
            marks[led] = True
            fresh = np.flatnonzero(marks & (away < 0))
        away[fresh] = level
        return fresh


@cache
def _numpy() -> Any:
    """numpy, or None where it is missing: an extra, and pure Python is slower, and the same. Most commands never walk a graph, and do not wait for it."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def _packed(nodes: int, sources: Sequence[int], targets: Sequence[int]) -> tuple[list[int], list[int]]:
    counts = [0] * (nodes + 1)
    for source in sources:
        counts[source + 1] += 1
    starts = list(accumulate(counts))
    place = list(starts)
    packed = [0] * len(targets)
    for source, target in zip(sources, targets, strict=True):
        packed[place[source]] = target
        place[source] += 1
    return starts, packed


def _packed_fast(np: Any, nodes: int, sources: Sequence[int], targets: Sequence[int]) -> tuple[Any, Any]:
    """The same as numpy's arrays. For targets four bytes a number are enough, and half as much to go through as eight."""
    origin = np.asarray(sources, dtype=np.int64)
    order = np.argsort(origin, kind="stable")
    starts = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(origin, minlength=nodes), out=starts[1:])
    return starts, np.asarray(targets, dtype=np.int32)[order]
