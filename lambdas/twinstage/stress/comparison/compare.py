"""A load on the baseline and the same load on the candidate: by how much the tail of the latency differs, level by level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.stress.comparison.quantile_difference import QuantileDifference, quantile_difference
from twinstage.stress.comparison.sequential import SequentialDifference, sequential_difference

if TYPE_CHECKING:
    from twinstage.stress.metrics.histogram import Histogram
    from twinstage.stress.metrics.result import LoadResult

Verdict = Literal["higher", "lower", "same", "unknown"]
# The tail as far out as the requests allow; the median tells of no tail, but of something.
SHARES: Final = (0.99, 0.95, 0.9, 0.5)
CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Compared:
    """A level in both arms. `level` and `rate_per_s` None: all of the run. `share`: of the quantile, the highest of SHARES that the number of requests allows.

    `difference`: with the bootstrap's interval, which holds where this comparison is made once; None: too few requests for any.
    `whenever`: an interval that holds however often somebody compares while requests still come, and stops when they like what they see.
    """

    level: int | None
    rate_per_s: float | None
    baseline: int
    candidate: int
    share: float
    difference: QuantileDifference | None
    whenever: SequentialDifference

    @property
    def verdict(self) -> Verdict:
        """What became of the candidate's quantile; unknown where there are too few requests."""
        if self.difference is None:
            return "unknown"
        return "higher" if self.difference.rose else "lower" if self.difference.fell else "same"

    @property
    def sentence(self) -> str:
        """What it says, for people."""
        found = self.difference
        if found is None:
            return f"{self._where}: too few requests to compare ({self.baseline} and {self.candidate})"
        values = f"{_ms(found.baseline_us)} before, {_ms(found.candidate_us)} after"
        about = f"{values}; the difference lies between {_ms(found.low_us)} and {_ms(found.high_us)}"
        if self.verdict == "same":
            return f"{self._where}: no difference of the {self._quantile} is seen ({about})"
        sure = self.whenever.rose or self.whenever.fell
        doubt = "" if sure else "; not beyond doubt for somebody who watches while requests still come"
        return f"{self._where}: the candidate's {self._quantile} is {self.verdict} ({about}{doubt})"

    @property
    def _quantile(self) -> str:
        return f"p{100 * self.share:g}"

    @property
    def _where(self) -> str:
        if self.level is None:
            return "over the whole run"
        return f"in level {self.level}" if self.rate_per_s is None else f"at {self.rate_per_s:g} a second"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        found = self.difference
        return {
            "level": self.level,
            "rate_per_s": self.rate_per_s,
            "requests": {"baseline": self.baseline, "candidate": self.candidate},
            "share": self.share,
            "confidence": CONFIDENCE,
            "quantile_us": None if found is None else {"baseline": found.baseline_us, "candidate": found.candidate_us},
            "difference_us": None if found is None else [found.difference_us, found.low_us, found.high_us],
            "whenever_us": [self.whenever.low_us, self.whenever.high_us],
            "verdict": self.verdict,
            "sentence": self.sentence,
        }


def compared(baseline: LoadResult, candidate: LoadResult) -> tuple[Compared, ...]:
    """Each level that both have, ascending; where they share none, the whole runs."""
    levels = {level.bounds: level for level in baseline.levels}
    both = [(levels[level.bounds], level) for level in candidate.levels if level.bounds in levels]
    if not both:
        return (_compared(None, None, baseline.latency, candidate.latency),)
    return tuple(_compared(one.index, one.rate_per_s, one.latency, other.latency) for one, other in both)


def _compared(level: int | None, rate_per_s: float | None, baseline: Histogram, candidate: Histogram) -> Compared:
    for share in SHARES:
        difference = quantile_difference(baseline, candidate, share, CONFIDENCE)
        if difference is not None:
            break
    whenever = sequential_difference(baseline, candidate, share, CONFIDENCE)
    return Compared(level, rate_per_s, baseline.count, candidate.count, share, difference, whenever)


def _ms(us: int) -> str:
    return f"{us / 1000:.1f} ms"
