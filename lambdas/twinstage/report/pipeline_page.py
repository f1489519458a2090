"""The rehearsal of a data product's pipeline, to decide by: one HTML file, nothing fetched, no scripts. Every picture has a table beside it that says the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from twinstage.report.graph_layout import BOX_HEIGHT, BOX_WIDTH, MOST_DRAWN
from twinstage.report.graph_page import LISTED, pictured
from twinstage.report.html import environment, styled
from twinstage.report.pipeline import pipeline_report
from twinstage.report.stated_errors import stated_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.graph import Graph

PROMISES_SHOWN: Final = 500
SHOWN: Final = 50


def pipeline_page(document: Mapping[str, Any], graph: Graph) -> bytes:
    """The whole document, UTF-8, of a result (`twinstage schema twin_rehearse`) and the twin's graph. Equal ones give equal bytes."""
    report = pipeline_report(document, graph)
    page = (
        environment()
        .get_template("pipeline.html")
        .render(
            **styled(),
            head=report.head,
            report=report,
            chart=stated_errors(report.figures),
            listed=LISTED,
            most=MOST_DRAWN,
            promises_shown=PROMISES_SHOWN,
            shown=SHOWN,
            box=SimpleNamespace(width=BOX_WIDTH, height=BOX_HEIGHT),
            **pictured(graph),
        )
    )
    return page.encode()
