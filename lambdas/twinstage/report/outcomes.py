"""Outcome lines, however many, reduced to what a report shows: counts, a histogram, and a bounded number of events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.model.recurrence import NOT_RECURRING
from twinstage.report.buckets import Bucket, Histogram, HistogramBuilder
from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTABLE_KEPT = 300
ORDINARY_KEPT = 60


class Ending(NamedTuple):
    """How an event ended: its outcome class and, for a failure, the error's code."""

    outcome: str
    error: str = ""

    def __str__(self) -> str:
        return f"{self.outcome} {self.error}".strip()


class Pair(NamedTuple):
    """How an event ended in production, as recorded, and how it ended in the twin."""

    recorded: Ending
    replayed: Ending

    @property
    def as_recorded(self) -> bool:
        """Whether both ended the same way. A record that names no error's code agrees with any; what was not executed, production did not apply either."""
        if self.replayed.outcome == NOT_RECURRING:
            return True
        same_error = not self.recorded.error or self.recorded.error == self.replayed.error
        return self.recorded.outcome == self.replayed.outcome and same_error

    @property
    def notable(self) -> bool:
        """Whether a reader must see the event: it failed, nobody knows how it ended, or it ended otherwise than recorded."""
        return self.replayed.outcome not in ("success", NOT_RECURRING) or not self.as_recorded


@dataclass(frozen=True)
class Replayed:
    """One event as it was replayed in one arm. `calls` is None where nobody knows which calls were made."""

    seq: int
    event: str
    timestamp: str
    type: str
    pair: Pair
    message: str
    latency_ms: float | None
    calls: int | None
    failed_calls: int


@dataclass(frozen=True)
class ArmReplay:
    """One arm's replay. `endings` counts events by how they ended, most frequent first.

    `repeated` counts outcomes beyond an event's first, `unknown_calls` events of which nobody knows the calls. `pair_of` maps each
    event's place to how it ended, for every event, also of those `kept` does not hold.
    """

    events: int
    as_recorded: int
    calls: int
    failed_calls: int
    repeated: int
    unknown_calls: int
    endings: tuple[tuple[Pair, int], ...]
    histogram: Histogram
    kept: Mapping[int, Replayed]
    pair_of: Mapping[int, Pair]

    def outcome_count(self, outcome: str) -> int:
        """How many events ended in this outcome class."""
        return sum(number for pair, number in self.endings if pair.replayed.outcome == outcome)


class ReplayTally:
    """Takes outcomes in any order. Memory grows by one small entry an event, whatever an outcome holds."""

    def __init__(self) -> None:
        self._interned: dict[Pair, Pair] = {}
        self._pair_of: dict[int, Pair] = {}
        self._counts: Counter[Pair] = Counter()
        self._notable = _Lowest(NOTABLE_KEPT)
        self._ordinary = _Lowest(ORDINARY_KEPT)
        self._histogram = HistogramBuilder()
        self._calls = self._failed_calls = self._repeated = self._unknown_calls = 0

    def add(self, document: Any) -> bool:
        """Take one outcome line; whether it is its event's first. Raises, with nothing counted, on any other document."""
        row = _replayed(document)
        pair = self._interned.setdefault(row.pair, row.pair)
        if row.seq in self._pair_of:
            self._repeated += 1
            return False
        self._pair_of[row.seq] = pair
        self._counts[pair] += 1
        self._calls += row.calls or 0
        self._unknown_calls += row.calls is None
        self._failed_calls += row.failed_calls
        (self._notable if pair.notable else self._ordinary).add(row)
        differs = int(not pair.as_recorded)
        self._histogram.add(row.seq, Bucket(row.seq, row.timestamp, 1, row.calls or 0, row.failed_calls, differs))
        return True

    def result(self) -> ArmReplay | None:
        """What was taken; None where there was nothing."""
        if not self._pair_of:
            return None
        return ArmReplay(
            events=len(self._pair_of),
            as_recorded=sum(number for pair, number in self._counts.items() if pair.as_recorded),
            calls=self._calls,
            failed_calls=self._failed_calls,
            repeated=self._repeated,
            unknown_calls=self._unknown_calls,
            endings=tuple(sorted(self._counts.items(), key=lambda entry: (-entry[1], entry[0]))),
            histogram=self._histogram.histogram(),
            kept={row.seq: row for row in self._notable.rows() + self._ordinary.rows()},
            pair_of=self._pair_of,
        )


class _Lowest:
    """The rows with the lowest places, in bounded memory."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rows: list[Replayed] = []

    def add(self, row: Replayed) -> None:
        self._rows.append(row)
        if len(self._rows) >= 2 * self._limit:
            self._rows = self.rows()

    def rows(self) -> list[Replayed]:
        return sorted(self._rows, key=lambda row: row.seq)[: self._limit]


def _replayed(document: Any) -> Replayed:
    calls = listed(document.get("calls"))
    seq = int(document["seq"])
    if seq < 0:
        raise ValueError(f"the place {seq} in the order is negative")
    latency = document.get("latency_ms")
    return Replayed(
        seq=seq,
        event=clip(text_of(document["event"]), 120),
        timestamp=clip(text_of(document.get("timestamp")), 40),
        type=clip(text_of(document.get("type")), 40),
        pair=Pair(_ending(mapped(document.get("recorded")) or {"outcome": "success"}), _ending(document)),
        message=clip(text_of(document.get("message")), 600),
        latency_ms=None if latency is None else float(latency),
        calls=None if document.get("calls") is None else len(calls),
        failed_calls=sum(call.get("outcome") != "success" for call in calls),
    )


def _ending(document: Mapping[str, Any]) -> Ending:
    return Ending(clip(str(document["outcome"]), 40), clip(text_of(document.get("error")), 120))
