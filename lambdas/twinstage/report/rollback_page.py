"""A rehearsed way back by itself, without a rehearsal around it: one HTML file, nothing fetched, no scripts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from twinstage.report.html import EVIDENCE_SHOWN, environment, styled
from twinstage.report.rollback import WayBack

if TYPE_CHECKING:
    from collections.abc import Mapping


def rollback_html(document: Mapping[str, Any], title: str) -> bytes:
    """The whole document, UTF-8, of the merged result of a way back. Equal results give equal bytes."""
    head = SimpleNamespace(verdict=str(document["verdict"]), scenario=str(document["scenario"]), title=title)
    page = (
        environment()
        .get_template("rollback.html")
        .render(
            **styled(),
            head=head,
            model=SimpleNamespace(way_back=WayBack.of(document)),
            evidence_shown=EVIDENCE_SHOWN,
        )
    )
    return page.encode()
