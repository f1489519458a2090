"""The whole comparison as one document, `ab.json`: what was found, every place of it, and nothing that is judged by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.ab_config import REPEAT
from twinstage.rehearse.ab.latency import compared
from twinstage.rehearse.ab.observing import Replays, is_mended, of_events, of_state
from twinstage.rehearse.ab.tally import ALPHA, RELATIVE, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.ab_config import AbConfig
    from twinstage.rehearse.ab.tally import Row

    Outcome = Mapping[str, Any]
    Differences = Iterable[Mapping[str, Any]]

MOST_ROWS: Final = 500
ARMS: Final = ("baseline", REPEAT, "candidate")


def ab_document(
    config: AbConfig,
    outcomes: Mapping[str, Sequence[Outcome]],
    ends: tuple[Differences, Differences] | None,
    may_differ: Sequence[str],
    fidelity: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """`outcomes` of each arm, in order; `ends`: what candidate and repeat ended with otherwise than the baseline, None where an arm was not captured; `may_differ`: where the
    candidate may end otherwise; `fidelity`: the document of the repeat's.
    """
    replays = Replays(*({outcome["event"]: outcome for outcome in outcomes.get(arm, ())} for arm in ARMS))
    there = all(replays)
    both = list(of_events(replays, config.may_differ))
    return {
        "schema": "twinstage:ab:1",
        "alpha": ALPHA,
        "relative": RELATIVE,
        "max_latency_ratio": config.latency_ratio,
        "repeat": _repeat(replays, fidelity, captured=ends is not None),
        "mended": sum(map(is_mended, replays.in_all())),
        "responses": _told(rows_of(both), len(both)) if there else None,
        "state": None if ends is None else _told(rows_of(of_state(*ends, may_differ)), None),
        "latency": [each.document() for each in compared(replays, config.latency_ratio)] if there else None,
    }


def _repeat(replays: Replays, fidelity: Mapping[str, Any] | None, *, captured: bool) -> dict[str, Any]:
    """Whether the repeat tells noise: it began as the snapshot, and did all that the baseline did."""
    unknown = [outcome for outcome in replays.repeat.values() if outcome["outcome"] == "unknown"]
    return {
        "events": len(replays.repeat),
        "missing": len(replays.baseline.keys() - replays.repeat.keys()),
        "unknown": len(unknown),
        "equal": None if fidelity is None else fidelity["equal"],
        "captured": captured,
    }


def _told(rows: Sequence[Row], compared: int | None) -> dict[str, Any]:
    """Rows, as many as fit, and how many there are of each verdict. `compared`: subjects in all three arms, None where only those that differ are known."""
    counts: dict[str, int] = dict.fromkeys(("differs", "undecided", "declared", "noise"), 0)
    for row in rows:
        counts[row.verdict] += 1
    return {"compared": compared, "found": counts, "rows": [row.document() for row in rows[:MOST_ROWS]]}
