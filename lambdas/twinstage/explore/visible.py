"""Steps that an invariant can see: those that may write what it looks at. For a reduced search two of them depend on each other.

Two schedules that order everything dependent alike end in the same state, but pass through other states on their way. What an invariant of every moment looks
at is changed by visible steps alone; if these keep their order, it sees the same contents one after the other in both schedules, so that one of them speaks
for both. What is looked at hangs on what is there: an alias leads on to another name. It is noted from the questions themselves, wherever they are asked. Once a
search is over and has noted nothing that it did not know when it began, every question of every schedule is about what is known: wherever the contents are
the same, the same is looked at.

Source: Peled, "All from one, one for all: on model checking using representatives", CAV 1993 (visibility); Clarke, Grumberg, Peled, "Model Checking" (1999),
chapter 10, condition C2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from twinstage.explore.footprints_route53 import place_in_zone
from twinstage.explore.kinds import TIME
from twinstage.model.dns_name import sort_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from twinstage.explore.footprint import Footprint
    from twinstage.explore.graph import Graph
    from twinstage.explore.request import Request
    from twinstage.explore.states import Action, Edge, State
    from twinstage.model.deed import Deed
    from twinstage.world.memory.aws import AwsState
    from twinstage.world.memory.watched import Look

_ALL = -1  # every bit there is


@runtime_checkable
class TellsLooks(Protocol):
    """Properties that tell what they look at. A *cell* is a part of them that is judged by itself: an invariant at a name."""

    def looks(self, before: AwsState, after: AwsState) -> Iterable[tuple[int, Look]]:
        """Every look of every cell, where it judges `after`, and the change from `before` to it. Looks that were told may be left out."""

    def looks_at_deed(self, deed: Deed, before: AwsState, after: AwsState) -> Iterable[tuple[int, Look | None]]:
        """The same where what somebody did is judged; None stands for what the deed itself wrote."""


class Visibility:
    """Which cells can see which calls of a graph, as far as looks were noted. Where the properties do not tell them, everything sees everything.

    `grown` counts what was noted.
    """

    def __init__(self, graph: Graph, properties: object) -> None:
        self._graph, self._shards = graph, graph.world.shards
        self._telling = properties if isinstance(properties, TellsLooks) else None
        self._cells_at: dict[Hashable, int] = {}
        self._masks: dict[int, int] = {}
        self._noted: set[tuple[Any, Any]] = set()
        self.grown = 0
        self._note_change(graph.root, graph.root)

    def dependent(self, state: State, action: Action, other_state: State, other: Action) -> bool:
        """Whether the order of two actions may matter, be it only to an invariant that sees both."""
        if self._graph.dependent(state, action, other_state, other):
            return True
        one = self._graph.request_of(state, action.container)
        two = self._graph.request_of(other_state, other.container)
        return one is not None and two is not None and bool(self._mask(one) & self._mask(two))

    def note(self, state: State, edge: Edge) -> None:
        """Note what is looked at to judge an edge."""
        target = edge.target
        if target.world is state.world:
            return
        self._note_change(state, target)
        deed = self._graph.deed(state, edge) if self._telling is not None and edge.action.kind != TIME else None
        request = None if deed is None else self._graph.request_of(state, edge.action.container)
        if self._telling is None or deed is None or request is None:
            return
        for cell, look in self._telling.looks_at_deed(deed, self._graph.world_of(state), self._graph.world_of(target)):
            places = self._written(request.footprint) if look is None else self._places(look)
            self._see(cell, places)

    def _note_change(self, state: State, target: State) -> None:
        pair = (state.world, target.world)
        if self._telling is None or pair in self._noted:
            return
        self._noted.add(pair)
        for cell, look in self._telling.looks(self._graph.world_of(state), self._graph.world_of(target)):
            self._see(cell, self._places(look))

    def _see(self, cell: int, places: Iterable[Hashable]) -> None:
        for place in places:
            known = self._cells_at.get(place, 0)
            if not known >> cell & 1:
                self._cells_at[place] = known | 1 << cell
                self.grown += 1
                self._masks.clear()

    def _places(self, look: Look) -> list[Hashable]:
        """Where a look falls: ("at", shard, key) one key, ("under", shard, first part of a key), ("in", shard) anywhere in it."""
        if look.kind in {"item", "table"}:
            shards = [i for i, name in enumerate(self._shards.names) if name[0] == "table" and name[2] == look.where]
            exact: list[Hashable] = [("at", shard, look.what) for shard in shards]
            return exact if look.kind == "item" else [("in", shard) for shard in shards]
        shard = self._shards.shard(("zone", look.where))
        if look.kind == "record":
            return [("at", *place_in_zone(shard, look.what))]
        return [("in", shard)] if look.kind == "zone" else [("under", shard, sort_key(look.what))]

    def _written(self, footprint: Footprint) -> list[Hashable]:
        """What a call may write, as places that are looked at."""
        return [("at", shard, key) for shard, key in footprint.writes] + [("in", shard) for shard in footprint.floods]

    def _mask(self, request: Request) -> int:
        """The cells that can see a call, as bits."""
        if self._telling is None or request.shards is None:
            return 0 if request.footprint.read_only else _ALL
        mask = self._masks.get(request.id)
        if mask is None:
            mask = self._masks[request.id] = self._seeing(request.footprint)
        return mask

    def _seeing(self, footprint: Footprint) -> int:
        if footprint.floods:
            return _ALL
        mask, at = 0, self._cells_at
        for shard, key in footprint.writes:
            mask |= at.get(("at", shard, key), 0) | at.get(("in", shard), 0)
            mask |= at.get(("under", shard, key[0]), 0) if key else 0
        return mask
