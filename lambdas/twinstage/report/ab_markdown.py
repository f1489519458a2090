"""The A/B comparison in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.ab import effect
from twinstage.report.markdown_text import prose, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.report.run_model import RunModel

SHOWN = 12


def ab_markdown(model: RunModel) -> Iterator[str]:
    """The section's blocks; none where nothing was compared so."""
    found = model.comparison
    if found is None:
        return
    yield "### Baseline, candidate, and the baseline once more"
    for title, of, part in found.parts:
        if part is None:
            yield f"{title}: not reached."
            continue
        yield f"{title}: {prose(part.sentence)}"
        rows = [
            (
                prose(row.of, 80),
                prose(row.pointer, 120),
                row.what,
                prose(row.verdict, 20),
                f"{row.raw:,}",
                f"{row.noise:,}",
            )
            for row in part.rows
            if row.verdict != "noise"
        ]
        if rows:
            yield table((of, "Place", "What", "", "Candidate", "Noise"), rows[:SHOWN])
    if found.latency:
        times: list[tuple[str, ...]] = [
            (prose(row.of, 80), f"{row.events:,}", *(effect(each) for each in row.effects), prose(row.verdict, 20))
            for row in found.latency[:SHOWN]
        ]
        shares = [f"p{100 * each[0]:g}" for each in found.latency[0].effects]
        yield f"How many times as long the same event takes under the candidate ({found.allowed:g} is allowed):"
        yield table(("Function", "Events", *shares, ""), times)
