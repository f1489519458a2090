"""A knowledge graph by itself: one HTML file, nothing fetched, no scripts. What is drawn is in a table beside the drawing, too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

from twinstage.model.graph import graph as made
from twinstage.report.graph_layout import BOX_HEIGHT, BOX_WIDTH, MOST_DRAWN, drawn
from twinstage.report.html import environment, styled

if TYPE_CHECKING:
    from twinstage.model.graph import Graph

LISTED: Final = 2000


def graph_page(whole: Graph, title: str) -> bytes:
    """The whole document, UTF-8. Equal graphs give equal bytes."""
    page = (
        environment()
        .get_template("graph.html")
        .render(
            **styled(),
            head=SimpleNamespace(verdict="", scenario="", title=title),
            whole=whole,
            unresolved=sum(not node.resolved for node in whole.nodes),
            listed=LISTED,
            most=MOST_DRAWN,
            box=SimpleNamespace(width=BOX_WIDTH, height=BOX_HEIGHT),
            **pictured(whole),
        )
    )
    return page.encode()


def pictured(whole: Graph) -> dict[str, object]:
    """The drawing; of a graph that is too large with its columns, the drawing without them."""
    drawing = drawn(whole)
    if drawing is not None or not whole.nodes:
        return {"drawing": drawing, "without_columns": False}
    kept = [node for node in whole.nodes if node.kind != "column"]
    ids = {node.id for node in kept}
    fewer = made(kept, (edge for edge in whole.edges if edge.source in ids and edge.target in ids))
    return {"drawing": drawn(fewer), "without_columns": True}
