"""The approval in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.markdown_text import code, prose, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.report.run_model import RunModel

SHOWN = 10


def approval_markdown(model: RunModel) -> Iterator[str]:
    """The section's blocks; none where nobody was asked, or nothing is decided yet."""
    found = model.approval
    if found is None:
        return
    yield "### Approval"
    yield f"{prose(found.asked, 600)} {prose(found.sentence, 600)}"
    rows = [
        (prose(word.by, 120), prose(word.decision, 20), prose(word.code or "counts", 40), prose(word.reason, 200))
        for word in found.words
    ]
    if rows:
        yield table(("By", "Decision", "Counts", "Reason"), rows[:SHOWN])
    yield f"Audit trail: {found.entries} lines, the last one {code(found.head, 90)}."
