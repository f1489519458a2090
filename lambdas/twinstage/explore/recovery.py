"""Recoverability: can the world still be brought to where it belongs, from every state a schedule may leave it in?

Whatever was going on is left where it is, time passes, and the recovery messages run alone, one after another, to their ends.
Where the world is then not as it should be, the schedule has led into a wedge: nobody is in the way, and still nothing helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from twinstage.explore.searchable import Searchable, breaks

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from twinstage.explore.searchable import Judge


class Recoverable(Searchable, Protocol):
    """A state graph whose states messages can be run from."""

    def afterwards(self, state: Any, messages: tuple[Any, ...], at_s: float) -> Any:
        """What the world holds after the messages ran alone from `state`, one after another, from `at_s` on."""


@dataclass(frozen=True)
class Recovery:
    """`holds` says of what the world holds after the messages whether that is a recovery. It asks of nothing else."""

    id: str
    messages: tuple[Any, ...]
    at_s: float
    holds: Callable[[Any], bool]


class Wedges:
    """Tells wedged states of one graph. Asks once for each content of the world, however many states share it."""

    def __init__(self, graph: Recoverable, recoveries: Sequence[Recovery]) -> None:
        self._graph, self._recoveries = graph, tuple(recoveries)
        self._known: dict[Hashable, frozenset[str]] = {}

    def lost(self, state: Any) -> frozenset[str]:
        """Ids of the recoveries that fail from this state."""
        known = self._known.get(state.world)
        if known is None:
            known = frozenset(one.id for one in self._recoveries if not self._recovers(state, one))
            self._known[state.world] = known
        return known

    def _recovers(self, state: Any, recovery: Recovery) -> bool:
        return recovery.holds(self._graph.afterwards(state, recovery.messages, recovery.at_s))

    def judge(self, source: Any, edge: Any) -> frozenset[str]:
        """What an edge breaks, wedges included: from its source one could still recover, from its target no longer."""
        lost = self.lost(edge.target)
        found: frozenset[str] = edge.breaks
        return found | (lost - self.lost(source)) if lost else found


def judging(graph: Recoverable, recoveries: Sequence[Recovery]) -> Judge:
    """The judge for a graph: what its edges say, and wedges where there are recoveries to try."""
    return Wedges(graph, recoveries).judge if recoveries else breaks
