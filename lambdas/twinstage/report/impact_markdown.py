"""What a change touches and costs, as Markdown: the few lines that belong into a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.markdown_text import code, prose, table
from twinstage.report.text import count, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.report.impact import Impact, Measured
    from twinstage.report.run_model import RunModel

ROWS_SHOWN = 12


def impact_markdown(model: RunModel) -> Iterator[str]:
    """Downstream, the conflict map's pairs, and what differs for certain."""
    found = model.impact
    if found is None:
        return
    yield "### Impact"
    yield _downstream(found)
    if found.meetings:
        rows = [
            (
                code(one.handlers[0], 80),
                code(one.handlers[1], 80),
                f"{one.keys:,}",
                f"{one.both_write:,}",
                code(one.first, 160),
            )
            for one in found.meetings[:ROWS_SHOWN]
        ]
        yield table(("Handler", "meets", "at keys", "both write", "first of them"), rows)
    if told := [*_told(found.calls, "calls an invocation"), *_told(found.costs, "USD a month")]:
        yield "Different for certain, by 95 % intervals:\n" + "\n".join(told[:ROWS_SHOWN])


def _downstream(found: Impact) -> str:
    kinds = (("record", "record set"), ("item", "item"), ("function", "function"), ("invariant", "promise"))
    reached = [count(found.reached[kind], word) for kind, word in kinds if found.reached.get(kind)]
    what = joined(reached) if reached else "nothing that was seen"
    return f"Downstream of the change: {what}. From {count(found.compared, 'event')} that both arms executed."


def _told(rows: tuple[Measured, ...], unit: str) -> Iterator[str]:
    for row in rows:
        if row.told and row.low is not None and row.high is not None:
            yield f"- {prose(row.of, 80)} {prose(row.what, 120)}: {row.low:+.4g} to {row.high:+.4g} {unit}"
