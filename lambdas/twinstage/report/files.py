"""Every document of a report, by the name it is stored under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.html import report_html
from twinstage.report.junit import report_junit
from twinstage.report.markdown import report_markdown
from twinstage.report.sarif import report_sarif

if TYPE_CHECKING:
    from twinstage.report.run_model import RunModel


def render(model: RunModel) -> dict[str, bytes]:
    """`report.html`, `report.md`, `junit.xml` and `results.sarif`, each UTF-8. Equal models give equal bytes."""
    return {
        "report.html": report_html(model),
        "report.md": report_markdown(model),
        "junit.xml": report_junit(model),
        "results.sarif": report_sarif(model),
    }
