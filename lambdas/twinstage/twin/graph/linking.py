"""One thing under several names: what is joined once all sources are merged.

A relation that dbt or a contract names (`shop.public.orders`) and the dataset that OpenLineage names (`postgres://db:5432`, `shop.public.orders`) are one table, if one
dataset alone has that name. Where several have it, each may be meant, and where only the last part of a name is the same (`orders`), it may be: such edges stay
unresolved. Columns of tables that are one are one, by their path. `linked` adds only; done twice it adds nothing more.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from twinstage.model.graph import Edge, Evidence, Graph, Node, graph
from twinstage.twin.graph.names import column_id, column_of, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_BY_COLUMN: Final = frozenset({Evidence("names", "", "the same column of the same table")})


def linked(given: Graph) -> Graph:
    """The graph with what its names have in common."""
    by_relation = list(_relations(given))
    whole = graph(given.nodes, [*given.edges, *by_relation])
    return graph(whole.nodes, [*whole.edges, *_columns(whole)])


def _relations(given: Graph) -> Iterator[Edge]:
    """From each table that says what relation it is, to the tables of that name."""
    tables = [node for node in given.nodes if node.kind == "table"]
    telling = {node.id: _relations_of(node) for node in tables}
    called: dict[str, list[Node]] = defaultdict(list)
    ending: dict[str, list[Node]] = defaultdict(list)
    for node in tables:
        for name in telling[node.id] or [node.label]:
            called[_folded(name)].append(node)
            ending[_last(name)].append(node)
    for node in tables:
        for relation in telling[node.id]:
            exact = [other for other in called[_folded(relation)] if other.id != node.id]
            yield from (_same(node, other, exact, telling) for other in exact)
            if not exact and _last(relation) == _folded(relation):
                near = [other for other in ending[_folded(relation)] if other.id != node.id]
                yield from (_edge(node, other, resolved=False, says="the same last part of a name") for other in near)


def _same(node: Node, other: Node, exact: Sequence[Node], telling: Mapping[str, Sequence[str]]) -> Edge:
    """Between tables of one name. Of two that only say what relation they are, the relation has to be a whole one."""
    if telling[other.id]:
        alone = "." in _shared(telling[node.id], telling[other.id])
    else:
        alone = sum(not telling[each.id] for each in exact) == 1
    return _edge(node, other, resolved=alone, says="the same name" if alone else "several may have this name")


def _shared(ours: Sequence[str], theirs: Sequence[str]) -> str:
    """The longest relation that both say they are."""
    folded = {_folded(each) for each in theirs}
    return max((each for each in ours if _folded(each) in folded), key=len, default="")


def _edge(node: Node, other: Node, *, resolved: bool, says: str) -> Edge:
    return Edge(node.id, "same-as", other.id, resolved=resolved, evidence=frozenset({Evidence("names", "", says)}))


def _last(name: str) -> str:
    return _folded(name.replace("/", ".").rpartition(".")[2])


def _relations_of(node: Node) -> list[str]:
    return sorted(value for name, value in node.attributes if name == "relation")


def _folded(name: str) -> str:
    """Databases fold the case of names each in its own way."""
    return name.casefold()


def _columns(given: Graph) -> Iterator[Edge]:
    by_table: dict[str, list[str]] = defaultdict(list)
    for node in given.nodes:
        if node.kind == "column":
            by_table[table_of(node.id)].append(column_of(node.id))
    for edge in given.edges:
        if edge.kind == "same-as" and edge.source in by_table and edge.target in by_table:
            yield from _same_columns(edge, given.by_id, by_table[edge.source], by_table[edge.target])


def _same_columns(edge: Edge, nodes: Mapping[str, Node], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Edge]:
    one, other = nodes[edge.source], nodes[edge.target]
    folded: dict[str, list[str]] = defaultdict(list)
    for path in theirs:
        folded[_folded(path)].append(path)
    for path in ours:
        exact = [each for each in folded[_folded(path)] if each == path] or folded[_folded(path)]
        for each in exact:
            yield Edge(
                column_id(one, path),
                "same-as",
                column_id(other, each),
                resolved=edge.resolved and len(exact) == 1,
                evidence=_BY_COLUMN,
            )
