"""The rehearsed way back in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.markdown_text import code, prose, table
from twinstage.report.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.report.run_model import RunModel

SHOWN = 12


def rollback_markdown(model: RunModel) -> Iterator[str]:
    """The section's blocks; none where no way back was tried."""
    found = model.way_back
    if found is None:
        return
    yield "### The way back"
    yield found.timed
    yield "\n".join(f"- {prose(case, 300)}" for case in found.cases[:SHOWN])
    if len(found.cases) > SHOWN:
        yield f"{count(len(found.cases) - SHOWN, 'more case')} in `rollback.json`."
    failing = [row for row in found.failing if row.counts]
    if failing:
        rows = [
            (
                prose(row.check, 60),
                prose(row.case, 60),
                f"{row.states:,}",
                prose(row.detail, 300),
                code(row.command, 200),
            )
            for row in failing[:SHOWN]
        ]
        yield table(("Fails", "Case", "States", "", "Show it"), rows)
    yield "\n".join(f"- {prose(line, 400)}" for line in (*found.seen, *found.left))
