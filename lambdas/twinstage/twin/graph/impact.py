"""What a change of some nodes affects, and why: everything downstream (or upstream), nearest first, with a shortest path of evidence for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.twin.graph.finding import near_to
from twinstage.twin.graph.flow import FORWARD
from twinstage.twin.graph.names import table_of
from twinstage.twin.graph.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.graph import Edge, Graph
    from twinstage.twin.graph.reach import Reach

SCHEMA_ID: Final = "twinstage:impact:1"


@dataclass(frozen=True, order=True)
class Reached:
    """A node, and how many steps it is away."""

    steps: int
    node: str


@dataclass(frozen=True)
class Step:
    """One step of a path: what follows from what, and the edges that say so."""

    begin: str
    end: str
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Impact:
    """What a change affects, without the changed nodes themselves.

    `affected` is certain, by distance and then by id. `possibly`, by id, is what may be affected and nobody knows: behind unresolved edges and, at the level of
    columns, behind writes whose columns nobody told. `unresolved` are the nodes among all of these that nobody described: what lies behind them is not known.
    `owners` are those of whatever is, or may be, affected.
    """

    changed: tuple[str, ...]
    affected: tuple[Reached, ...]
    possibly: tuple[str, ...]
    unresolved: tuple[str, ...]
    owners: tuple[str, ...]
    network: Network

    def why(self, node: str) -> tuple[Step, ...]:
        """A shortest path from the changed nodes to one that is affected; of several, by the least of the nodes before each. Empty for what is not reached."""
        network, count = self.network, len(self.network.ids)
        certain = any(reached.node == node for reached in self.affected)
        before = self._certain_tree if certain else self._possible_tree
        number = network.numbers[node]
        if number not in before and node in self.possibly:
            # Known by no more than that it is reached: see `network`.
            number += 2 * count
        found = []
        while number in before:
            previous = before[number]
            if previous % count != number % count:
                begin, end = network.ids[previous % count], network.ids[number % count]
                found.append(Step(begin, end, tuple(network.edges_between(begin, end))))
            number = previous
        return tuple(reversed(found))

    def document(self) -> dict[str, Any]:
        """As `--json` prints it (schema `impact`). `via` is the node before it on a shortest path."""
        network = self.network
        nodes = network.graph.by_id
        affected = [
            {
                "node": reached.node,
                "kind": nodes[reached.node].kind,
                "steps": reached.steps,
                "via": network.ids[self._certain_tree[network.numbers[reached.node]]],
            }
            for reached in self.affected
        ]
        return {
            "schema": SCHEMA_ID,
            "graph": network.graph.digest,
            "level": "columns" if network.columns else "models",
            "direction": "upstream" if network.upstream else "downstream",
            "changed": list(self.changed),
            "affected": affected,
            "possibly": [{"node": node, "kind": nodes[node].kind} for node in self.possibly],
            "unresolved": list(self.unresolved),
            "owners": list(self.owners),
        }

    @cached_property
    def _certain_tree(self) -> Mapping[int, int]:
        return _tree(self.network.certain, [self.network.numbers[each] for each in self.changed])

    @cached_property
    def _possible_tree(self) -> Mapping[int, int]:
        return _tree(self.network.possible, [self.network.numbers[each] for each in self.changed])


def impact(
    graph: Graph, changed: Iterable[str], *, columns: bool = False, upstream: bool = False, fast: bool = True
) -> Impact:
    """What a change of the nodes with these ids affects. At the level of models a column stands for its table.

    Raises InputError for ids that no node has, with those that are nearest.
    """
    return impact_in(Network(graph, columns=columns, upstream=upstream, fast=fast), changed)


def impact_in(network: Network, changed: Iterable[str]) -> Impact:
    """The same in a network that is there already."""
    given = sorted(set(changed))
    _check(network, given)
    if not network.columns:
        given = sorted({table_of(each) for each in given})
    begin = [network.numbers[each] for each in given]
    away = network.certain.distances(begin)
    reached = network.certain.reached(begin)
    affected = [Reached(int(away[number]), network.ids[number]) for number in reached if away[number] > 0]
    if network.columns and network.upstream:
        affected = _without_tables_of_their_columns(affected, network)
    known = {*reached}
    count = len(network.ids)
    # What is only touched is no more affected than its columns are.
    may = {number % count for number in network.possible.reached(begin) if number < count or number >= 2 * count}
    possibly = [network.ids[number] for number in sorted(may - known)]
    shown = [*given, *(each.node for each in affected), *possibly]
    nodes = network.graph.by_id
    return Impact(
        changed=tuple(given),
        affected=tuple(sorted(affected)),
        possibly=tuple(possibly),
        unresolved=tuple(sorted(node for node in shown if not nodes[node].resolved)),
        owners=_owners(network.graph, set(shown)),
        network=network,
    )


def _without_tables_of_their_columns(affected: list[Reached], network: Network) -> list[Reached]:
    """Upstream of a column is its table, which contains it; that tells nobody anything, unless the table as a whole feeds something."""
    feeding = {
        edge.source
        for edge in network.graph.edges
        if edge.resolved and edge.kind in FORWARD and table_of(edge.target) != edge.target
    }
    return [each for each in affected if not each.node.startswith("table:") or each.node in feeding]


def _owners(graph: Graph, affected: set[str]) -> tuple[str, ...]:
    """Who owns what is affected, or the table that an affected column is in."""
    touched = affected | {table_of(each) for each in affected}
    return tuple(sorted({edge.source for edge in graph.edges if edge.kind == "owns" and edge.target in touched}))


def _tree(reach: Reach, begin: Sequence[int]) -> dict[int, int]:
    """Of each node that is reached, the least of those before it on a shortest path."""
    away = reach.distances(begin)
    before: dict[int, int] = {}
    for node in reach.reached(begin):
        for target in reach.successors(node):
            if away[target] == away[node] + 1:
                # Nodes come in their order: the first is the least.
                before.setdefault(target, node)
    return before


def _check(network: Network, given: Sequence[str]) -> None:
    missing = [node_id for node_id in given if node_id not in network.numbers]
    labels = {node_id: node_id for node_id in network.ids} if missing else {}
    if missing:
        raise InputError(
            [InputProblem("graph", 0, "", f"no node {node_id!r}", near_to(node_id, labels)) for node_id in missing]
        )
