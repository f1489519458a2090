"""What identifies each kind of thing, so that what two sources say of one thing comes together.

A table is known by its namespace and its name, as OpenLineage knows datasets (https://openlineage.io/docs/spec/naming); DynamoDB tables by the namespace `dynamodb`,
whoever tells of them. A name with a placeholder in it (`${Table}`), or without a namespace, is nobody's in particular: such a node is unresolved.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from twinstage.model.graph import Attributes, Edge, Evidence, Node, attributes, parts, qualified

if TYPE_CHECKING:
    from collections.abc import Iterable

DYNAMODB: Final = "dynamodb"
STATES: Final = "states"
_PLACEHOLDERS: Final = (("${", "}"), ("{{", "}}"), ("{%", "%}"))
_DYNAMODB_NAMESPACE: Final = re.compile(r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]*:[0-9]*|dynamodb(://.*)?")


def is_placeholder(text: str) -> bool:
    """Whether something else is still to be put into a text before it names anything."""
    return any(begin in text and end in text.partition(begin)[2] for begin, end in _PLACEHOLDERS)


def dataset(namespace: str | None, name: str) -> Node:
    """A table by OpenLineage's name. Without a namespace nobody knows which one is meant."""
    if namespace and _DYNAMODB_NAMESPACE.fullmatch(namespace):
        return dynamodb_table(name.removeprefix("table/"))
    known = namespace is not None and not is_placeholder(namespace) and not is_placeholder(name)
    return Node("table", qualified(namespace or "", name), resolved=known)


def dynamodb_table(name: str, *, resolved: bool = True) -> Node:
    """A DynamoDB table."""
    return Node("table", qualified(DYNAMODB, name), resolved=resolved and not is_placeholder(name))


def job(namespace: str | None, name: str) -> Node:
    """A job of OpenLineage."""
    known = namespace is not None and not is_placeholder(namespace) and not is_placeholder(name)
    return Node("pipeline", qualified(namespace or "", name), resolved=known)


def state_machine(name: str, *, resolved: bool = True) -> Node:
    """A Step Functions state machine."""
    return Node("pipeline", qualified(STATES, name), resolved=resolved and not is_placeholder(name))


def function(name: str, *, resolved: bool = True) -> Node:
    """A Lambda function."""
    return Node("function", qualified(name), resolved=resolved and not is_placeholder(name))


def resource(service: str, name: str, *, resolved: bool = True) -> Node:
    """Any other resource of the cloud."""
    return Node("resource", qualified(service, name), resolved=resolved and not is_placeholder(name))


def owner(name: str) -> Node:
    """Whoever owns something: a person or a team."""
    return Node("owner", qualified(name))


def column_id(table: Node, path: str) -> str:
    """The id of a table's column; `path` goes into what is nested (`address.city`)."""
    return f"column:{table.name}|{qualified(path)}"


def table_of(node_id: str) -> str:
    """The id of the table that a column is of; any other id as it is."""
    kind, _, name = node_id.partition(":")
    return f"table:{name.rpartition('|')[0]}" if kind == "column" else node_id


def column_of(node_id: str) -> str:
    """The path of a column in its table."""
    return parts(node_id.partition(":")[2])[-1]


def columns(table: Node, told: Iterable[tuple[str, str]], evidence: Evidence) -> tuple[list[Node], list[Edge]]:
    """The columns of a table by path and type, and that it contains them."""
    seen = frozenset({evidence})
    nodes = [
        Node("column", f"{table.name}|{qualified(path)}", table.resolved, attributes(type=kind), seen)
        for path, kind in told
    ]
    return nodes, [Edge(table.id, "contains", node.id, evidence=seen) for node in nodes]


def seen(node: Node, evidence: Evidence, said: Attributes = frozenset()) -> Node:
    """The node with where it is said, and what is said of it."""
    return Node(node.kind, node.name, node.resolved, node.attributes | said, node.evidence | {evidence})
