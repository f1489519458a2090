"""`twinstage graph export`: what is known of what touches what, in a form that other tools read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from twinstage.cli.console import Console
from twinstage.cli.graph_inputs import graph_inputs
from twinstage.cli.options import json_option
from twinstage.model.canonical import pretty_json
from twinstage.report.graph_page import graph_page
from twinstage.twin.graph.graphml import to_graphml
from twinstage.twin.graph.jsonld import to_jsonld

if TYPE_CHECKING:
    from twinstage.cli.graph_inputs import Inputs
    from twinstage.model.graph import Graph

FORMATS = ("json", "jsonld", "graphml", "html")


@click.group()
def graph() -> None:
    """The knowledge graph: what there is and what touches what."""


@graph.command("export")
@graph_inputs
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="json", show_default=True, help="How to write it."
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to.  [default: stdout]")
@json_option
def export(inputs: Inputs, form: str, out: Path | None, *, as_json: bool) -> None:
    """Write the graph: as our JSON (`twinstage schema graph`), as JSON-LD in PROV-O's terms, as GraphML, or drawn on a page."""
    console = Console(as_json)
    for problem in inputs.refused:
        console.stage(f"refused {problem}")
    content = _written(inputs.graph, form)
    if out is not None:
        out.write_bytes(content)
        console.say(f"{len(inputs.graph.nodes)} nodes, {len(inputs.graph.edges)} edges, {inputs.graph.digest}: {out}")
    elif not as_json:
        sys.stdout.buffer.write(content)
    nodes, edges = inputs.graph.nodes, inputs.graph.edges
    console.data(
        {
            "schema": "twinstage:graph-export:1",
            "digest": inputs.graph.digest,
            "format": form,
            "nodes": len(nodes),
            "edges": len(edges),
            "unresolved": [node.id for node in nodes if not node.resolved],
            "refused": [str(problem) for problem in inputs.refused],
            "out": None if out is None else str(out),
        }
    )


def _written(whole: Graph, form: str) -> bytes:
    match form:
        case "json":
            return pretty_json(whole.document())
        case "jsonld":
            return (json.dumps(to_jsonld(whole), indent=2, ensure_ascii=True) + "\n").encode()
        case "graphml":
            return to_graphml(whole).encode("utf-8")
        case _:
            return graph_page(whole, title="Knowledge graph")
