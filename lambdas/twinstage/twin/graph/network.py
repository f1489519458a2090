"""A graph as numbers, to be walked: which nodes, and between which of them a change goes for certain, and possibly.

What is possible and not certain: along edges that are not resolved (one of several tables of a name, a dependence that a manifest disputes); and at the level of
columns, wherever tables depend on each other and nobody told of their columns. A write is told when the job that writes says of any column of the written
table what it is derived from.

At the level of columns a table stands for a change of all its rows. That a column of it is changed does not change all of it, but whoever reads the table without
saying which columns may be affected: numbers from n on stand for tables that are *touched*, those from 2n on for what nobody told more of than that it is
reached, of a table any of its columns may be meant.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from twinstage.twin.graph.flow import along_columns, along_models, kind_of
from twinstage.twin.graph.names import table_of
from twinstage.twin.graph.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.graph import Edge, Graph

    Steps = Iterable[tuple[int, int]]


class Network:
    """The nodes of a graph by number, in the order of their ids, and the ways of a change among them, downstream or `upstream`. Immutable."""

    def __init__(self, graph: Graph, *, columns: bool = False, upstream: bool = False, fast: bool = True) -> None:
        """With `columns` as columns say it, else columns are their tables. Without `fast` numpy is left alone."""
        self.graph, self.columns, self.upstream = graph, columns, upstream
        self._fast = fast
        self.ids: Sequence[str] = [node.id for node in graph.nodes]
        self.numbers: Mapping[str, int] = {node_id: number for number, node_id in enumerate(self.ids)}

    @cached_property
    def certain(self) -> Reach:
        """Where a change goes for certain."""
        return self._reach(len(self.ids), self._certain_steps())

    @cached_property
    def possible(self) -> Reach:
        """Where a change goes or may go: of its numbers, each stands for the node of its remainder by the count of nodes."""
        if self.columns:
            return self._reach(3 * len(self.ids), [*self._certain_steps(), *self._untold_steps()])
        if all(edge.resolved for edge in self.graph.edges):
            return self.certain
        return self._reach(len(self.ids), self._named_steps(self.graph.edges, models=True))

    def edges_between(self, begin: str, end: str) -> list[Edge]:
        """The edges along which a change goes from one node to the next, in the order of the graph's."""
        if table_of(begin) == end:
            # A changed column touches its table: what says so is that the table contains it.
            begin, end = end, begin
        return list(self._by_ends.get((begin, end), ()) or self._by_ends.get((table_of(begin), table_of(end)), ()))

    @cached_property
    def _by_ends(self) -> Mapping[tuple[str, str], list[Edge]]:
        found: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        for edge in self.graph.edges:
            for begin, end in self._ways(edge):
                found[(end, begin) if self.upstream else (begin, end)].append(edge)
        return found

    def _ways(self, edge: Edge) -> set[tuple[str, str]]:
        if not self.columns:
            return {*along_models(edge)}
        return {*along_columns(edge)} if _has_column(edge) else {*along_columns(edge), *along_models(edge)}

    def _reach(self, nodes: int, steps: Steps) -> Reach:
        begins: list[int] = []
        ends: list[int] = []
        for begin, end in steps:
            begins.append(begin)
            ends.append(end)
        return Reach(nodes, begins, ends, fast=self._fast)

    def _certain_steps(self) -> Iterator[tuple[int, int]]:
        resolved = (edge for edge in self.graph.edges if edge.resolved)
        yield from self._named_steps(resolved, models=not self.columns)
        if self.columns:
            yield from self._to_what_contains_their_table()

    def _named_steps(self, edges: Iterable[Edge], *, models: bool) -> Iterator[tuple[int, int]]:
        """The steps along edges, by number and in the direction that is walked."""
        along = along_models if models else along_columns
        numbers = self.numbers
        for edge in edges:
            for begin, end in along(edge):
                # Columns may come without a node for their table.
                if begin in numbers and end in numbers:
                    yield (numbers[end], numbers[begin]) if self.upstream else (numbers[begin], numbers[end])

    def _to_what_contains_their_table(self) -> Iterator[tuple[int, int]]:
        """A changed column changes the data product that its table is in."""
        for edge in self.graph.edges:
            if edge.kind == "contains" and edge.resolved and edge.target in self._columns_of:
                outer = self.numbers[edge.source]
                for column in self._columns_of[edge.target]:
                    if column != outer and not self.ids[outer].startswith("table:"):
                        yield (outer, column) if self.upstream else (column, outer)

    def _untold_steps(self) -> Iterator[tuple[int, int]]:
        """What is beside the certain steps at the level of columns."""
        nodes = len(self.ids)
        yield from self._named_steps((edge for edge in self.graph.edges if not edge.resolved), models=False)
        for table, several in self._columns_of.items():
            number = self.numbers[table]
            for column in several:
                yield column, nodes + number
                yield 2 * nodes + number, column
        for number, node_id in enumerate(self.ids):
            yield number, nodes + number
            # A job of which nobody knows what it does with a column is no changed job: what it writes is told or untold, as ever.
            yield 2 * nodes + number, number if kind_of(node_id) == "table" else nodes + number
        untold = [edge for edge in self.graph.edges if self._is_untold(edge)]
        for begin, end in self._named_steps((edge for edge in untold if edge.kind != "same-as"), models=True):
            yield nodes + begin, 2 * nodes + end
        # Under its other name a table is touched, and no more than that.
        for begin, end in self._named_steps((edge for edge in untold if edge.kind == "same-as"), models=True):
            yield nodes + begin, nodes + end

    @cached_property
    def _columns_of(self) -> Mapping[str, list[int]]:
        """The columns of each table that is there."""
        found: dict[str, list[int]] = defaultdict(list)
        for number, node in enumerate(self.graph.nodes):
            if node.kind == "column" and table_of(node.id) in self.numbers:
                found[table_of(node.id)].append(number)
        return found

    def _is_untold(self, edge: Edge) -> bool:
        """Whether this edge says something of tables that is not told of their columns elsewhere."""
        if _has_column(edge):
            # Upstream of a job is the table of a column that it reads; downstream of the table, the column itself decides.
            return self.upstream and edge.kind == "reads"
        return (edge.source, edge.target) not in self._told_writes and ("columns", "told") not in edge.attributes

    @cached_property
    def _told_writes(self) -> frozenset[tuple[str, str]]:
        """Job and table of every write of which the columns are told."""
        return frozenset(
            (job, table_of(edge.target))
            for edge in self.graph.edges
            if edge.kind == "feeds"
            for name, job in edge.attributes
            if name == "job"
        )


def _has_column(edge: Edge) -> bool:
    return table_of(edge.source) != edge.source or table_of(edge.target) != edge.target
