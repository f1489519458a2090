"""Durations counted in buckets that grow with them, so that any number of them takes the same room.

A bucket is the sign, exponent and first seven bits of the mantissa of the duration as a single-precision number: 128 buckets for each doubling, so a quantile is less
than 0.8 % above the value of its rank (two rounding errors of 2^-24 aside). The idea of logarithmic buckets is DDSketch's
(https://arxiv.org/abs/1908.10693); taking them from the bits costs no logarithm.
"""

from __future__ import annotations

import math
import struct
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Which half of a single-precision number holds its sign, exponent and first bits.
_UPPER = 1 if sys.byteorder == "little" else 0


def buckets_of(durations: Sequence[int]) -> list[int]:
    """The bucket of each duration (nanoseconds, none negative)."""
    return memoryview(struct.pack(f"{len(durations)}f", *durations)).cast("H")[_UPPER::2].tolist()


def upper_limit(bucket: int) -> float:
    """What no duration of a bucket is above, in nanoseconds."""
    if bucket == 0:
        return 0.0
    return float(struct.unpack("<f", struct.pack("<I", (bucket + 1) << 16))[0])


@dataclass
class Histogram:
    """Counts by bucket, of durations in nanoseconds; `longest` is exact."""

    buckets: Counter[int] = field(default_factory=Counter)
    longest: int = 0

    def add(self, durations: Sequence[int]) -> None:
        """Count several."""
        if durations:
            self.buckets.update(buckets_of(durations))
            longest = max(durations)
            self.longest = max(self.longest, longest)

    def add_zeros(self, number: int) -> None:
        """Count `number` durations of nothing."""
        if number:
            self.buckets[0] += number

    @property
    def count(self) -> int:
        """How many durations."""
        return self.buckets.total()

    def quantile(self, share: float) -> float:
        """The nearest-rank quantile in nanoseconds; 0 where there is none."""
        rank, seen = max(1, math.ceil(share * self.count)), 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                return min(upper_limit(bucket), float(self.longest))
        return 0.0
