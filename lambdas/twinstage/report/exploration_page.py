"""An exploration by itself, without a rehearsal around it: one HTML file, nothing fetched, no scripts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from twinstage.report.exploration import Exploration
from twinstage.report.html import SCHEDULES_SHOWN, environment, styled

if TYPE_CHECKING:
    from collections.abc import Mapping


def exploration_html(document: Mapping[str, Any], title: str) -> bytes:
    """The whole document, UTF-8, of the merged result of an exploration. Equal results give equal bytes."""
    page = (
        environment()
        .get_template("exploration.html")
        .render(
            **styled(),
            head=SimpleNamespace(
                verdict=str(document["verdict"]), scenario=str(document.get("scenario") or ""), title=title
            ),
            model=SimpleNamespace(exploration=Exploration.of(document)),
            schedules_shown=SCHEDULES_SHOWN,
        )
    )
    return page.encode()
