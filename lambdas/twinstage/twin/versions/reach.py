"""What a change of a table or column reaches, in the graph of a twin."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from twinstage.model.graph import parts
from twinstage.twin.graph.impact import impact_in
from twinstage.twin.graph.names import column_of, table_of
from twinstage.twin.graph.network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.graph import Graph

_TABLE: Final = "table"
_COLUMN: Final = "column"


class GraphReach:
    """Tables by the names that contracts call them, and what is downstream of them. Call it with a table, and a column's path or nothing.

    A table is one whose node says that it is called so, else one whose name ends so.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def __call__(self, table: str, column: str) -> tuple[str, ...] | None:
        """The ids, nearest first, of what is or may be affected; None where the graph has no such table. A column it does not have stands for its table."""
        tables = self._tables.get(table, ())
        if not tables:
            return None
        columns = [f for one in tables for f in self._columns.get((one, column), ())] if column else []
        found = impact_in(self._by_column, columns) if columns else impact_in(self._by_table, tables)
        return (*(reached.node for reached in found.affected), *found.possibly)

    @cached_property
    def _tables(self) -> Mapping[str, tuple[str, ...]]:
        said: dict[str, tuple[str, ...]] = {}
        ends: dict[str, tuple[str, ...]] = {}
        for node in self.graph.nodes:
            if node.kind == _TABLE:
                for name in {value for attribute, value in node.attributes if attribute == "name"}:
                    said[name] = (*said.get(name, ()), node.id)
                end = parts(node.name)[-1]
                ends[end] = (*ends.get(end, ()), node.id)
        return ends | said

    @cached_property
    def _columns(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for node in self.graph.nodes:
            if node.kind == _COLUMN:
                key = table_of(node.id), column_of(node.id)
                found[key] = (*found.get(key, ()), node.id)
        return found

    @cached_property
    def _by_column(self) -> Network:
        return Network(self.graph, columns=True, upstream=False)

    @cached_property
    def _by_table(self) -> Network:
        return Network(self.graph, columns=False, upstream=False)
