"""A case looked through depth first: what counts and breaks is mostly seen where a schedule ends, and one such schedule is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.explore.case import Message
from twinstage.explore.confirm import confirm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.states import Action, State
    from twinstage.rehearse.explored import Explored


MORE = 100  # states that are looked at yet where a schedule that breaks something does not end


@dataclass(frozen=True)
class Looked:
    """`broken`: what counts and was seen to break. `states` were seen, in no order of meaning; `whole`: they are all there are.

    `divergences`: where handlers, run in full, did otherwise than the graph along the schedule that broke something, or along one that broke nothing.
    """

    broken: frozenset[str]
    states: Sequence[State]
    whole: bool
    divergences: tuple[str, ...] = ()


def looked_through(explored: Explored, shown_only: frozenset[str]) -> Looked:
    """Every state of a case; no further than to the end of the first schedule that breaks something besides `shown_only`, so that its causes are named.

    Where a case has recorded changes, whether some schedule carries them out is known at its end only: it is looked through to there.
    """
    graph, judge, most = explored.graph, explored.judge, explored.subject.case.max_states
    to_the_end = not all(isinstance(one, Message) for each in explored.subject.case.containers for one in each.messages)
    broken: frozenset[str] = graph.opening_breaks - shown_only
    bad: tuple[Action, ...] | None = () if broken else None
    parents: dict[State, tuple[State, Action] | None] = {graph.root: None}
    seen: list[State] = []
    waiting, last = [graph.root], graph.root
    more = MORE
    while waiting and not graph.capped and len(seen) < most and (to_the_end or more):
        more -= bool(broken)
        state = waiting.pop()
        seen.append(state)
        edges = graph.edges(state)
        if not edges:
            last, more = state, 0 if broken else more
        for edge in reversed(edges):
            found = (judge(state, edge) | explored.quick(state, edge)) - shown_only
            if found and bad is None:
                bad = (*_way(parents, state), edge.action)
            broken |= found
            if edge.target not in parents:
                parents[edge.target] = (state, edge.action)
                waiting.append(edge.target)
    confirmed = confirm(graph, bad if bad is not None else _way(parents, last))
    told = () if confirmed.confirmed else (str(confirmed.divergence),)
    return Looked(broken, seen if to_the_end else (), not (waiting or graph.capped), told)


def _way(parents: dict[State, tuple[State, Action] | None], state: State) -> tuple[Action, ...]:
    actions = []
    while (step := parents[state]) is not None:
        state, action = step
        actions.append(action)
    return tuple(reversed(actions))
