"""The buckets of an HDR histogram of whole microseconds, and counting into them many at a time.

A bucket's index is HdrHistogram's: with 2^b sub-buckets, a value v below 2^b has the index v; any other has (k << (b - 1)) + (v >> k), where k is how many bits v has more
than b (https://github.com/HdrHistogram/HdrHistogram, `AbstractHistogram.getBucketIndex` and `countsArrayIndex`, for a lowest value of 1).

Counting many uses that a double-precision number (IEEE 754) holds the same: its exponent and the first b - 1 bits of its mantissa, read as one whole number (a binade), are the index
but for a shift, and every microsecond of 285 years is such a number exactly.
"""

from __future__ import annotations

import math
import sys
from array import array
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    import numpy as np

    Whole = np.ndarray[tuple[int], np.dtype[np.int64]]

# An hour. What took longer is counted in its bucket.
HIGHEST_US: Final = 3_600_000_000
# Which half of a double-precision number holds its sign, exponent and first bits.
_UPPER: Final = 1 if sys.byteorder == "little" else 0
_BIAS: Final = 1023
_MANTISSA, _MANTISSA_UPPER = 52, 20
# As many values as stay in a processor's cache with what is made of them.
_BLOCK: Final = 1 << 15
_LARGEST: Final = (1 << 63) - 1
# As many as make up for importing numpy.
_MANY: Final = 20_000
# And, of an array of numpy's, as many as make up for going through every bucket there could be.
_MANY_GIVEN: Final = 4096


def sub_bucket_bits(digits: int) -> int:
    """b, of 2^b sub-buckets: the first power of two that is not below twice 10^digits."""
    return math.ceil(math.log2(2 * 10**digits))


def index_of(us: int, bits: int) -> int:
    """The bucket of a duration from 0 to HIGHEST_US."""
    shift = us.bit_length() - bits
    return us if shift <= 0 else (shift << (bits - 1)) + (us >> shift)


def lowest(index: int, bits: int) -> int:
    """The least duration of a bucket."""
    shift = (index >> (bits - 1)) - 1
    return index if shift <= 0 else (index - (shift << (bits - 1))) << shift


def highest(index: int, bits: int) -> int:
    """The greatest duration of a bucket."""
    return lowest(index + 1, bits) - 1


class Counted(NamedTuple):
    """Several durations: their buckets, one for each, or how many are in each; their sum, the least and the greatest."""

    buckets: list[int] | dict[int, int]
    total: int
    least: int
    most: int


def counted(values: Sequence[int] | Whole, bits: int) -> Counted:
    """At least one duration, none of which may be negative; by numpy where it is there and they are many."""
    given = hasattr(values, "dtype")
    numpy = _numpy() if len(values) >= (_MANY_GIVEN if given else _MANY) else None
    if numpy is not None:
        return _by_numpy(numpy, values, bits - 1)
    listed: Sequence[int] = cast("Whole", values).tolist() if given else cast("Sequence[int]", values)
    return _by_bits(listed, bits - 1)


def _numpy() -> ModuleType | None:
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def _by_bits(values: Sequence[int], kept: int) -> Counted:
    least, most = min(values), max(values)
    clipped = values if most <= HIGHEST_US else [min(value, HIGHEST_US) for value in values]
    uppers = memoryview(array("d", clipped)).cast("B").cast("I")[_UPPER::2].tolist()
    drop = _MANTISSA_UPPER - kept
    cut, offset = (_BIAS + kept) << _MANTISSA_UPPER, (_BIAS + kept - 1) << kept
    buckets = [
        (upper >> drop) - offset if upper >= cut else value for upper, value in zip(uppers, clipped, strict=True)
    ]
    return Counted(buckets, sum(values), least, most)


def _by_numpy(numpy: Any, values: Sequence[int] | Whole, kept: int) -> Counted:
    whole = numpy.asarray(values, dtype=numpy.int64)
    least, most = int(whole.min()), int(whole.max())
    # In whole numbers of any length where 64 bits might not hold the sum.
    total = int(whole.sum()) if most <= _LARGEST // len(whole) else sum(whole.tolist())
    below = (_BIAS << kept) - 1  # that of 1 µs is one more; that of 0 is raised to this
    counts = numpy.zeros(((_BIAS + HIGHEST_US.bit_length()) << kept) - below, dtype=numpy.int64)
    for begin in range(0, len(whole), _BLOCK):
        block = whole[begin : begin + _BLOCK]
        binades = (block if most <= HIGHEST_US else numpy.minimum(block, HIGHEST_US)).astype(numpy.float64)
        binades = binades.view(numpy.int64)
        binades >>= _MANTISSA - kept
        binades -= below
        numpy.maximum(binades, 0, out=binades)
        counts += numpy.bincount(binades, minlength=len(counts))
    used = counts.nonzero()[0]
    binades = used + below
    # Of a value below 2^kept the exponent says how many of the bits kept are those of the value.
    shift = kept - (binades >> kept) + _BIAS
    small = ((1 << kept) + (binades & ((1 << kept) - 1))) >> numpy.maximum(shift, 0)
    buckets = numpy.where(shift > 0, small, binades - ((_BIAS + kept - 1) << kept))
    return Counted(dict(zip(buckets.tolist(), counts[used].tolist(), strict=True)), total, least, most)
