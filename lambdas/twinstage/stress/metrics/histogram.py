"""Durations in the buckets of an HDR histogram: any number of them takes the same room, and two histograms merge into that of all values, exactly.

The histograms of `replay` (milliseconds as floats, 2 %) and of `simulate` (nanoseconds, 0.8 %, in the bit patterns that its compiled loop counts in) stay what they are: neither
reaches the 0.1 % by which tails are compared here, and their buckets are part of results whose bytes are compared.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.buckets import HIGHEST_US, counted, highest, index_of, lowest, sub_bucket_bits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.stress.metrics.buckets import Whole

FINE: Final = 3
COARSE: Final = 2
_MICRO: Final = 1_000_000


class Step(NamedTuple):
    """A bucket that holds something: what its values are between, in microseconds, and the rank of its last one."""

    least: int
    greatest: int
    rank: int


class Histogram:
    """Counts of durations in whole microseconds, at 3 (FINE) or 2 (COARSE) significant digits.

    Exact: `count`, `total_us`, `least_us`, `most_us`, each bucket's count (`counts`, by HdrHistogram's index). A quantile is less than 10^-digits above the value
    of its rank, and never above `most_us`. A duration of more than an hour is counted with those of an hour. Filled by `add`, `add_all` and `merge`; whoever is handed one
    as part of a result reads it only.
    """

    __slots__ = ("_bits", "_last", "_least", "count", "counts", "digits", "most_us", "total_us")

    def __init__(self, digits: int = FINE) -> None:
        self.digits, self._bits = digits, sub_bucket_bits(digits)
        self._last = index_of(HIGHEST_US, self._bits)
        self.counts: Counter[int] = Counter()
        self.count = self.total_us = self.most_us = 0
        self._least: int | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.document() == other.document()

    __hash__ = None  # type: ignore[assignment] # it changes

    def __repr__(self) -> str:
        told = f"p50 {self.quantile(0.5)} µs, p99 {self.quantile(0.99)} µs" if self.count else "empty"
        return f"<Histogram of {self.count}: {told}>"

    @property
    def least_us(self) -> int:
        """The least; 0 where there is none."""
        return self._least or 0

    @property
    def mean_us(self) -> float:
        """The mean, exact but for one rounding; 0 where there is none."""
        return self.total_us / self.count if self.count else 0.0

    def add(self, us: int, count: int = 1) -> None:
        """Count a duration, `count` times (at least once). Raises TwinstageError for a negative one."""
        self._reaches(us, us)
        self.counts[index_of(us if us < HIGHEST_US else HIGHEST_US, self._bits)] += count
        self.count += count
        self.total_us += us * count

    def add_all(self, values: Sequence[int] | Whole) -> None:
        """Count several: a list, an `array`, or a one-dimensional numpy array of whole numbers. Raises TwinstageError, and counts none, if one is negative."""
        number = len(values)
        if number:
            found = counted(values, self._bits)
            self._reaches(found.least, found.most)
            self.counts.update(found.buckets)
            self.count += number
            self.total_us += found.total

    def merge(self, other: Histogram) -> None:
        """Count all that another one counted. Raises TwinstageError where its digits are others."""
        if self.digits != other.digits:
            raise TwinstageError(
                "DIGITS_DIFFER", f"histograms of {self.digits} and of {other.digits} digits do not merge"
            )
        if other.count:
            self._reaches(other.least_us, other.most_us)
            self.counts.update(other.counts)
            self.count += other.count
            self.total_us += other.total_us

    @classmethod
    def merged(cls, *histograms: Histogram) -> Histogram:
        """A new one, of all that several counted; of three digits where there is none."""
        both = cls(histograms[0].digits if histograms else FINE)
        for each in histograms:
            both.merge(each)
        return both

    def quantile(self, share: float) -> int:
        """What a share of the durations is not above: the end of the bucket of nearest rank, as HdrHistogram has it, or the greatest duration where that is less; 0 of none."""
        if not self.count:
            return 0
        rank = rank_of(share, self.count)
        return next(self.steps(rank - 1, rank)).greatest

    def quantile_s(self, share: float) -> float:
        """The same in seconds."""
        return self.quantile(share) / _MICRO

    def steps(self, after: int = 0, until: int | None = None) -> Iterator[Step]:
        """The buckets that hold the values of the ranks after one (0: from the least) and up to another (None: to the greatest), ascending."""
        most = self.count if until is None else until
        indices = sorted(self.counts)
        seen = [*accumulate(map(self.counts.__getitem__, indices))]
        for place in range(bisect_right(seen, after), len(indices)):
            index = indices[place]
            yield Step(lowest(index, self._bits), self._end(index), min(seen[place], most))
            if seen[place] >= most:
                return

    def ranges(self) -> Iterator[tuple[int, int, int]]:
        """(least, greatest, count) of each bucket that holds something, ascending, in microseconds."""
        before = 0
        for least, greatest, rank in self.steps():
            yield least, greatest, rank - before
            before = rank

    def document(self) -> dict[str, Any]:
        """As JSON: the buckets as `index:count`, ascending, with a space between two. One text, because there are thousands in a result."""
        return {
            "digits": self.digits,
            "count": self.count,
            "total_us": self.total_us,
            "least_us": self.least_us,
            "most_us": self.most_us,
            "counts": " ".join([f"{index}:{count}" for index, count in sorted(self.counts.items())]),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Histogram:
        """The histogram of a document that the schema allows. Raises TwinstageError where its parts contradict one another."""
        read = cls(document["digits"])
        try:
            read.counts.update(dict(map(_pair, document["counts"].split())))
        except ValueError:
            raise _contradictory() from None
        read.count, read.total_us, read.most_us = document["count"], document["total_us"], document["most_us"]
        read._least = document["least_us"] if read.count else None
        read._check(document)
        return read

    def _check(self, document: Mapping[str, Any]) -> None:
        indices = [index_of(min(us, HIGHEST_US), self._bits) for us in (self.least_us, self.most_us)]
        least = sum(lowest(index, self._bits) * count for index, count in self.counts.items())
        right = self.document() == dict(document) and self.count == self.counts.total()
        if self.count:
            right = right and indices == [min(self.counts), max(self.counts)] and min(self.counts.values()) > 0
        if not right or not least <= self.total_us <= self.most_us * self.count:
            raise _contradictory()

    def _end(self, index: int) -> int:
        return min(highest(index, self._bits), self.most_us) if index < self._last else self.most_us

    def _reaches(self, least: int, most: int) -> None:
        if least < 0:
            raise TwinstageError("NEGATIVE_DURATION", f"a duration of {least} µs")
        if self._least is None or least < self._least:
            self._least = least
        self.most_us = max(self.most_us, most)


def rank_of(share: float, count: int) -> int:
    """The nearest rank, from 1: that of the least value that a share of `count` values is not above. What rounding added to an exact product is taken off again."""
    return min(max(1, math.ceil(math.nextafter(share * count, 0.0))), count)


def _pair(text: str) -> tuple[int, int]:
    index, count = text.split(":")
    return int(index), int(count)


def _contradictory() -> TwinstageError:
    return TwinstageError("HISTOGRAM", "the buckets of a histogram do not add up to its count, sum, least and greatest")
