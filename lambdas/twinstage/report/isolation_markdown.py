"""The isolation in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.isolation import claims, notable
from twinstage.report.markdown_text import code, prose, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.report.run_model import RunModel

SHOWN = 10
_MARKS = {True: "✓", False: "✗", None: "?"}


def isolation_markdown(model: RunModel) -> Iterator[str]:
    """The section's blocks; none where nobody watched."""
    found = model.isolation
    if found is None:
        return
    yield "### Isolation"
    if found.profile:
        yield f"Profile: {prose(found.profile, 80)}."
    yield "\n".join(f"- {_MARKS[passed]} {prose(sentence)}" for sentence, passed in claims(found))
    rows = [
        (prose(each.name), code(each.call, 80), prose(each.result, 40), prose(each.error, 80))
        for each in notable(found)
    ]
    if rows:
        yield table(("Attempt", "Call", "Result", "Error"), rows[:SHOWN])
    for call in (*found.foreign, *found.denied)[:SHOWN]:
        yield f"- {code(call.action, 80)} on {code(call.resource, 200)} by {code(call.principal, 200)}: {prose(call.why, 200)}"
