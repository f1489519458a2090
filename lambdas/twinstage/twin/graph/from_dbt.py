"""A dbt project as a graph: models, seeds, snapshots and sources are tables that feed each other; tests, exposures and metrics read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twinstage.model.graph import Graph, Node, attributes, qualified
from twinstage.twin.graph import names
from twinstage.twin.graph.draft import Draft

if TYPE_CHECKING:
    from twinstage.twin.lineage.dbt import DbtNode, DbtProject, Dependence

NAMESPACE: Final = "dbt"
_KINDS: Final = {
    "test": "check",
    "unit_test": "check",
    "exposure": "consumer",
    "analysis": "consumer",
    "metric": "metric",
    "semantic_model": "metric",
    "saved_query": "metric",
    "operation": "pipeline",
}
"""By the first part of a node's id; whatever else there is, is or makes a table."""


def dbt_node(unique_id: str, *, resolved: bool = True) -> Node:
    """The node of dbt's unique id."""
    kind = _KINDS.get(unique_id.partition(".")[0], "table")
    return Node(kind, qualified(NAMESPACE, unique_id), resolved)


def from_dbt(project: DbtProject) -> Graph:
    """What the manifest says. What only stands in one of its maps is there and not resolved; disputed dependences are edges that are not resolved."""
    draft = Draft(project.file)
    agreed = {(each.parent, each.child) for each in project.dependences if not each.disputed}
    for told in project.nodes:
        _node(draft, told, agreed)
    for dependence in project.dependences:
        _dependence(draft, dependence)
    return draft.graph()


def _node(draft: Draft, told: DbtNode, agreed: set[tuple[str, str]]) -> None:
    node = draft.node(
        dbt_node(told.id),
        told.pointer,
        attributes(name=told.name, type=told.resource_type, relation=told.relation),
    )
    if node.kind == "table":
        draft.columns(node, told.columns, f"{told.pointer}/columns")
    draft.owners(node, told.owners, f"{told.pointer}/owner")
    if told.of_column is not None and node.kind == "check":
        table, column = dbt_node(told.of_column[0]), told.of_column[1]
        draft.columns(table, [(column, "")], told.pointer)
        known = (told.of_column[0], told.id) in agreed
        draft.edge(node, "reads", names.column_id(table, column), f"{told.pointer}/column_name", resolved=known)


def _dependence(draft: Draft, told: Dependence) -> None:
    parent, child = dbt_node(told.parent), dbt_node(told.child)
    says = "disputed: the manifest's child map does not have it" if told.disputed else ""
    if child.kind == "table" and parent.kind == "table":
        draft.edge(parent, "feeds", child, told.pointer, says, resolved=not told.disputed)
    else:
        draft.edge(child, "reads", parent, told.pointer, says, resolved=not told.disputed)
