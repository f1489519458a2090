"""Which way a change goes along each kind of edge, at the level of tables and at the level of columns.

Models: every column stands for its table. A change goes from what is read to its reader, from a writer to what it writes, from what is fed on; from what a name
resolves to, to the name; from a part to what contains it; both ways between an invoker and what it invokes (its input goes there, its answer comes back) and
between two names of one thing. Owning passes nothing on.

Columns: a change of a column goes where columns say that they are derived from it, and to what reads that very column. A table that is changed as a whole
changes all of its columns; a changed column is not a changed table. That a table is read, or that it feeds another, without a word on columns, is then only
*possible*: see `network`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twinstage.twin.graph.names import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.graph import Edge

FORWARD: Final = frozenset({"writes", "feeds"})
BACKWARD: Final = frozenset({"reads", "resolves-to", "contains"})
BOTH: Final = frozenset({"invokes", "same-as"})


def along_models(edge: Edge) -> Iterator[tuple[str, str]]:
    """The steps (from, to) that a change takes along an edge, columns being their tables."""
    source, target = table_of(edge.source), table_of(edge.target)
    if source == target:
        return
    if edge.kind in FORWARD or edge.kind in BOTH:
        yield source, target
    if edge.kind in BACKWARD or edge.kind in BOTH:
        yield target, source


def along_columns(edge: Edge) -> Iterator[tuple[str, str]]:
    """The steps that a change of a column, of all rows of a table, or of what makes tables takes for certain."""
    source, target = kind_of(edge.source), kind_of(edge.target)
    forward = edge.kind == "writes" or (edge.kind == "feeds" and not source == target == "table")
    backward = (edge.kind == "reads" and target != "table") or edge.kind == "resolves-to"
    if edge.kind == "contains":
        forward = target == "column"
        backward = not forward
    if forward or edge.kind in BOTH:
        yield edge.source, edge.target
    if backward or edge.kind in BOTH:
        yield edge.target, edge.source


def kind_of(node_id: str) -> str:
    """The kind of a node, by its id."""
    return node_id.partition(":")[0]
