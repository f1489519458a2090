"""A graph as GraphML, for tools that draw and measure graphs.

Nodes are called n0, n1, ... in the order of their ids, which stand beside them: XML cannot hold every character that a name may have; those it cannot are written as
`\\u{...}`. Source: http://graphml.graphdrawing.org/specification.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.graph import Attributes, Evidence, Graph

_NODE_KEYS: Final = ("id", "kind", "label", "resolved", "attributes", "evidence")
_EDGE_KEYS: Final = ("kind", "resolved", "attributes", "evidence")
# What XML 1.0 has no way to write: https://www.w3.org/TR/xml/#charsets
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_graphml(graph: Graph) -> str:
    """The document, with a final newline."""
    return "".join(f"{line}\n" for line in _lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for of, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
        for key in keys:
            kind = "boolean" if key == "resolved" else "string"
            yield f'  <key id="{of}_{key}" for="{of}" attr.name="{key}" attr.type="{kind}"/>'
    yield '  <graph id="twinstage" edgedefault="directed">'
    numbers = {node.id: number for number, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        values = (node.id, node.kind, node.label, _boolean(node.resolved), _said(node.attributes), _seen(node.evidence))
        yield f'    <node id="n{numbers[node.id]}">{_data("node", _NODE_KEYS, values)}</node>'
    for number, edge in enumerate(graph.edges):
        ends = f'source="n{numbers[edge.source]}" target="n{numbers[edge.target]}"'
        told = (edge.kind, _boolean(edge.resolved), _said(edge.attributes), _seen(edge.evidence))
        yield f'    <edge id="e{number}" {ends}>{_data("edge", _EDGE_KEYS, told)}</edge>'
    yield "  </graph>"
    yield "</graphml>"


def _data(of: str, keys: tuple[str, ...], values: tuple[str, ...]) -> str:
    return "".join(
        f'<data key="{of}_{key}">{_text(value)}</data>' for key, value in zip(keys, values, strict=True) if value
    )


def _text(value: str) -> str:
    written = _UNWRITABLE.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", value)
    # A carriage return would come back as a line feed.
    return escape(written, {"\r": "&#13;"})


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _said(attributes: Attributes) -> str:
    return "; ".join(f"{name}={value}" for name, value in sorted(attributes))


def _seen(evidence: frozenset[Evidence]) -> str:
    return "; ".join(" ".join(filter(None, (each.source, each.place, each.says))) for each in sorted(evidence))
