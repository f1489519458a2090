"""What a change touches and costs, as far as a report shows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from twinstage.report.documents import Document, listed, mapped, text_of
from twinstage.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORDED = "recorded changes"
"""What stands for changes that production's log itself made, not a function."""
ROWS_KEPT = 40


@dataclass(frozen=True)
class Meeting:
    """Two handlers that meet: at how many keys, at how many both write, and the first key."""

    handlers: tuple[str, str]
    keys: int
    both_write: int
    first: str

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of an entry of `pairs`."""
        one, other = (clip(text_of(name), 120) or RECORDED for name in listed(document["handlers"]))
        first = mapped(document["first"])
        key = f"{clip(text_of(first['resource']), 200)}: {clip(text_of(first['key']), 200)}"
        return cls((one, other), int(document["keys"]), int(document["both_write"]), key)


@dataclass(frozen=True)
class Measured:
    """A figure of both arms, with the interval of the difference or ratio; None where there are too few events."""

    what: str
    of: str
    baseline: float | None
    candidate: float | None
    low: float | None
    high: float | None
    note: str = ""

    @property
    def told(self) -> bool:
        """Whether the interval leaves no doubt that there is a difference."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Impact:
    """`impact.json`. `meetings` are those of the arm that the verdict is about; `reached` counts what lies downstream by kind; `quotas` are shares of a quota in the busiest second."""

    changed: tuple[str, ...]
    reached: Mapping[str, int]
    functions: tuple[tuple[str, str], ...]
    promises: tuple[tuple[str, str, bool | None], ...]
    meetings: tuple[Meeting, ...]
    more_meetings: int
    untold: tuple[str, ...]
    calls: tuple[Measured, ...]
    quotas: tuple[Measured, ...]
    costs: tuple[Measured, ...]
    times: tuple[Measured, ...]
    events: int
    compared: int
    hours: float
    certified: bool | None

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of `impact.json`."""
        arms = mapped(document["conflicts"])
        subject = mapped(arms.get("candidate", arms.get("baseline")))
        met = [Meeting.of(one) for one in listed(subject.get("pairs"))]
        downstream = listed(document["downstream"])
        known = mapped(document["known_from"])
        untold = {name for arm in mapped(document["untold"]).values() for name in mapped(arm)}
        return cls(
            changed=tuple(clip(text_of(name), 120) for name in listed(document["changed"])),
            reached=dict(Counter(text_of(one["kind"]) for one in downstream)),
            functions=tuple(
                (clip(text_of(one["name"]), 120), clip(text_of(one["because"]), 300))
                for one in downstream
                if one["kind"] == "function"
            )[:ROWS_KEPT],
            promises=tuple(
                (clip(text_of(one["invariant"]), 60), clip(text_of(one["title"]), 300), one["kept"])
                for one in listed(document["service_levels"])
            )[:ROWS_KEPT],
            meetings=tuple(sorted(met, key=lambda one: -one.keys)[:ROWS_KEPT]),
            more_meetings=max(0, len(met) - ROWS_KEPT),
            untold=tuple(sorted(clip(text_of(name), 120) for name in untold))[:ROWS_KEPT],
            calls=tuple(map(_calls, listed(document["load"]["calls"])))[:ROWS_KEPT],
            quotas=tuple(map(_quota, listed(document["load"]["busiest_second"])))[:ROWS_KEPT],
            costs=tuple(map(_cost, listed(document["cost"]["monthly"])))[:ROWS_KEPT],
            times=tuple(map(_time, listed(document["time"])))[:ROWS_KEPT],
            events=max((int(count) for count in mapped(known["events"]).values()), default=0),
            compared=int(known["compared"]),
            hours=float(known["span_s"]) / 3600,
            certified=known["certified"],
        )


def _calls(row: Document) -> Measured:
    what = clip(text_of(row["operation"]), 120)
    function = clip(text_of(row["function"]), 120)
    return Measured(what, function, row["baseline"], row["candidate"], row["low"], row["high"])


def _quota(row: Document) -> Measured:
    shares = mapped(row["share"])
    note = f"of {row['rate_per_s']:g} a second"
    what, of = clip(text_of(row["quota"]), 120), clip(text_of(row["of"]), 120)
    return Measured(what, of, shares.get("baseline"), shares.get("candidate"), None, None, note)


def _cost(row: Document) -> Measured:
    low, high = listed(row["difference_usd"])
    note = "" if row["carries_over"] else "by times measured here, which are not AWS's"
    title = clip(text_of(row["title"]), 120)
    return Measured(title, text_of(row["unit"]), row["baseline_usd"], row["candidate_usd"], low, high, note)


def _time(row: Document) -> Measured:
    function = clip(text_of(row["function"]), 120)
    return Measured(function, f"{int(row['invocations'])}", None, float(row["ratio"]), row["low"], row["high"])
