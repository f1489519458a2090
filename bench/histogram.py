"""Durations into a histogram of three digits up to an hour, against PyPI's hdrhistogram on the same values, in turn: nanoseconds of processor time a value. The buckets are compared, each of them.

The bar is for a batch from where a generator has its durations, an array of whole numbers. A list has to be turned into one first; without numpy (as in a Lambda function) blocks are counted in
pure Python; and one at a time is what the recorder does of what is rare.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from array import array
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.stress.metrics.histogram import Histogram

sys.path.insert(0, str(Path(__file__).parent.parent))
from tools import peers

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES, ROUNDS, BLOCK, BAR = 1_000_000, 5, 256, 50.0
BATCH = "an array"


def main() -> None:
    """Measure and print."""
    draw = random.Random(7).lognormvariate  # noqa: S311  (durations to count)
    values = [min(int(draw(9.0, 1.5)), 3_600_000_000) for _ in range(VALUES)]
    held = array("q", values)
    ways: dict[str, Callable[[Histogram], None]] = {
        BATCH: lambda histogram: histogram.add_all(held),
        "a list": lambda histogram: histogram.add_all(values),
        f"lists of {BLOCK}": lambda histogram: _in_blocks(histogram, values),
        "one at a time": lambda histogram: _one_by_one(histogram, values),
    }
    Histogram().add_all(held)  # numpy is imported once
    took: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        theirs = _theirs(held)
        took["hdrhistogram"].append(theirs["cpu_s"])
        for name, count in ways.items():
            histogram = Histogram()
            began = time.process_time()
            count(histogram)
            took[name].append(time.process_time() - began)
            _same(histogram, theirs)
    print(f"histogram: {VALUES:,} durations, ns of processor time each, median of {ROUNDS}, in turn; all buckets equal")
    for name, seconds in took.items():
        ratio = statistics.median(peer / ours for peer, ours in zip(took["hdrhistogram"], seconds, strict=True))
        bar = f" (bar {BAR:.0f}x)" if name == BATCH else ""
        print(f"  {name:14}  {statistics.median(seconds) / VALUES * 1e9:6.1f}  {ratio:6.1f}x{bar}")


def _theirs(values: array[int]) -> dict[str, Any]:
    python = peers.ensure("hdrhistogram") / "bin" / "python"
    program = Path(__file__).parent / "histogram_peer.py"
    done = subprocess.run([str(python), str(program)], input=values.tobytes(), capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _same(ours: Histogram, theirs: dict[str, Any]) -> None:
    buckets = [tuple(each) for each in theirs["counts"]]
    ends = [end if end <= ours.most_us else ours.most_us for end in theirs["highest"]]
    steps = list(ours.steps())
    same = sorted(ours.counts.items()) == buckets
    if not same or [s.least for s in steps] != theirs["lowest"] or [s.greatest for s in steps] != ends:
        raise SystemExit("the buckets are not hdrhistogram's")


def _in_blocks(histogram: Histogram, values: list[int]) -> None:
    for begin in range(0, len(values), BLOCK):
        histogram.add_all(values[begin : begin + BLOCK])


def _one_by_one(histogram: Histogram, values: list[int]) -> None:
    for value in values:
        histogram.add(value)


if __name__ == "__main__":
    main()
