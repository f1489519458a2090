"""Reading a graph that was written before: the same graph, or every reason why it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.graph import Edge, Evidence, Graph, Node, attributes, graph
from twinstage.model.reading.json_document import read_state
from twinstage.model.reading.json_places import with_lines
from twinstage.model.validation import schema_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LARGEST_BYTES: Final = 1 << 30


def read_graph(path: Path) -> Graph:
    """The graph in a file. Raises InputError with lines and JSON pointers."""
    document = read_state(path, LARGEST_BYTES)
    try:
        return graph_of(document, str(path))
    except InputError as error:
        text = path.read_bytes().decode("utf-8-sig")
        raise InputError(with_lines(error.problems, text)) from error


def graph_of(document: Any, file: str = "graph") -> Graph:
    """The graph that a document (schema `graph`) holds; `Graph.document` is its inverse. Raises InputError: of another schema, inconsistent, or changed by hand."""
    problems = schema_problems("graph", document, file) or list(_inconsistent(document, file))
    if problems:
        raise InputError(problems)
    found = graph(
        (Node(each["kind"], each["name"], *_rest(each)) for each in document["nodes"]),
        (Edge(each["source"], each["kind"], each["target"], *_rest(each)) for each in document["edges"]),
    )
    if found.digest != document["digest"]:
        message = f"the digest says {document['digest']}, the content's is {found.digest}"
        raise InputError([InputProblem(file, 0, "/digest", message, "the graph was changed after it was written")])
    return found


def _rest(each: Mapping[str, Any]) -> tuple[bool, frozenset[tuple[str, str]], frozenset[Evidence]]:
    places = frozenset(Evidence(one["source"], one["place"], one["says"]) for one in each["evidence"])
    return each["resolved"], attributes(**each["attributes"]), places


def _inconsistent(document: Mapping[str, Any], file: str) -> Iterator[InputProblem]:
    there = set()
    for at, node in enumerate(document["nodes"]):
        there.add(node["id"])
        if node["id"] != f"{node['kind']}:{node['name']}":
            yield InputProblem(file, 0, f"/nodes/{at}/id", "the id is not that of this kind and name")
    for at, edge in enumerate(document["edges"]):
        for end in ("source", "target"):
            if edge[end] not in there:
                yield InputProblem(file, 0, f"/edges/{at}/{end}", f"no node {edge[end]!r}")
