"""PyPI's hdrhistogram on durations from stdin (64-bit whole numbers), run by its own Python: prints the processor time that recording them took, and its buckets.

Imports nothing but the peer and the standard library: nothing else is in its environment.
"""

from __future__ import annotations

import json
import sys
import time
from array import array

from hdrh.histogram import HdrHistogram

HIGHEST_US, DIGITS = 3_600_000_000, 3


def main() -> None:
    """Record as its documentation does: one value after another."""
    values = array("q", sys.stdin.buffer.read()).tolist()
    histogram = HdrHistogram(1, HIGHEST_US, DIGITS)
    record = histogram.record_value
    began = time.process_time()
    for value in values:
        record(value)
    took = time.process_time() - began
    counts = {index: histogram.counts[index] for index in range(histogram.counts_len) if histogram.counts[index]}
    lowest = [histogram.get_value_from_index(index) for index in counts]
    highest = [histogram.get_highest_equivalent_value(value) for value in lowest]
    json.dump({"cpu_s": took, "counts": list(counts.items()), "lowest": lowest, "highest": highest}, sys.stdout)


if __name__ == "__main__":
    main()
