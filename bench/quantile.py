"""The 95 % interval of the difference of two p99, of 200,000 values each, against the bootstrap as it is usually written (numpy; samples drawn, percentiles of what came out), on the same values
and in turn: processor time.

Ours counts the time to put both samples into histograms, as they come; where a load's result holds them already, that falls away. "The same interval" is told in standard errors of the drawn
one: the drawn ends of ten parts of its draws tell how far chance moves them.
"""

from __future__ import annotations

import math
import statistics
import time
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from twinstage.stress.comparison.quantile_difference import quantile_difference
from twinstage.stress.metrics.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.stress.comparison.quantile_difference import QuantileDifference

    Values = np.ndarray[tuple[int], np.dtype[np.int64]]

VALUES, DRAWS, ROUNDS, PARTS, BAR = 200_000, 1_000, 5, 10, 300.0
SHARE, TAILS = 0.99, (2.5, 97.5)
OURS = "histograms"
T = TypeVar("T")


def main() -> None:
    """Measure and print."""
    stream = np.random.default_rng(7)
    before = stream.lognormal(9.0, 1.0, VALUES).astype(np.int64)
    after = (stream.lognormal(9.0, 1.0, VALUES) * 1.03).astype(np.int64)
    ordered = np.sort(before).tolist(), np.sort(after).tolist()
    _from_values(before, after)  # numpy's first use of what is used
    drawn: list[Values] = []
    took: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        drawn.append(_timed(took["drawn"], lambda: _drawn(before, after, stream)))
        found, histograms = _timed(took[OURS], lambda: _from_values(before, after))
        _timed(took["of these, once filled"], partial(_of, *histograms))
        exact = _timed(took["sorted"], partial(_of, *ordered))
    print(f"quantile: p99 of 2 x {VALUES:,}, {DRAWS:,} draws, ms of processor time, median of {ROUNDS}, in turn")
    for name, seconds in took.items():
        ratio = statistics.median(peer / own for peer, own in zip(took["drawn"], seconds, strict=True))
        bar = f" (bar {BAR:.0f}x)" if name == OURS else ""
        print(f"  {name:22} {1e3 * statistics.median(seconds):9.2f}  {ratio:7.0f}x{bar}")
    _tell_ends(np.concatenate(drawn), exact, found)


def _tell_ends(drawn: Values, exact: QuantileDifference, found: QuantileDifference) -> None:
    for name, tail, of_sorted, of_buckets in zip(
        ("low", "high"), TAILS, (exact.low_us, exact.high_us), (found.low_us, found.high_us), strict=True
    ):
        end = float(np.percentile(drawn, tail))
        error = statistics.stdev(float(np.percentile(part, tail)) for part in np.split(drawn, PARTS)) / math.sqrt(PARTS)
        away = (of_sorted - end) / error
        print(
            f"  {name:5} drawn {end:.0f} µs, standard error {error:.0f}; sorted {of_sorted} ({away:+.1f} standard errors); "
            f"histograms {of_buckets}, resolution {found.resolution_us:.0f}"
        )


def _from_values(before: Values, after: Values) -> tuple[QuantileDifference, tuple[Histogram, Histogram]]:
    histograms = Histogram(), Histogram()
    for histogram, values in zip(histograms, (before, after), strict=True):
        histogram.add_all(values)
    return _of(*histograms), histograms


def _of(before: Histogram | Sequence[int], after: Histogram | Sequence[int]) -> QuantileDifference:
    found = quantile_difference(before, after, SHARE)
    if found is None:
        raise SystemExit("no interval")
    return found


def _drawn(before: Values, after: Values, stream: np.random.Generator) -> Values:
    rank = math.ceil(SHARE * VALUES) - 1
    found = np.empty(DRAWS, dtype=np.int64)
    for index in range(DRAWS):
        one, other = (values[stream.integers(0, VALUES, VALUES)] for values in (before, after))
        one.partition(rank)
        other.partition(rank)
        found[index] = other[rank] - one[rank]
    return found


def _timed(seconds: list[float], work: Callable[[], T]) -> T:
    began = time.process_time()
    found = work()
    seconds.append(time.process_time() - began)
    return found


if __name__ == "__main__":
    main()
