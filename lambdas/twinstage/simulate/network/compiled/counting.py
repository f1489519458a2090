"""What is counted: sums of any size, histograms, products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twinstage.simulate.network.compiled import layout as at
from twinstage.simulate.network.compiled.jit import compiled, inlined

if TYPE_CHECKING:
    from twinstage.simulate.network.compiled.layout import Table, Whole


@inlined
def add(m: Table, row: int, column: int, duration: int) -> None:
    """Add to a sum of two numbers."""
    total = m[row, column] + duration
    if total >= at.BIG:
        total -= at.BIG
        m[row, column + 1] += 1
    m[row, column] = total


@inlined
def note(n: Whole, histogram: int, duration: int) -> None:
    """Count a duration in the bucket that its single-precision bits name; `histogram`: where the buckets begin."""
    bucket = 0
    if duration > 0:
        bucket = int(np.int64(np.float32(np.float64(duration)).view(np.int32)) >> 16) - at.LOWEST_BUCKET + 1
    n[histogram + bucket] += 1
    if duration > n[histogram + at.LONGEST]:  # noqa: PLR1730  (a store for each would cost more than the branch)
        n[histogram + at.LONGEST] = duration


@inlined
def forget_record(m: Table, r: Table, record: int) -> None:
    """It is gone: another may have its place."""
    r[record, at.NEXT] = m[0, at.FREE_RECORD]
    m[0, at.FREE_RECORD] = record


@inlined
def deliver(m: Table, n: Whole, r: Table, product: int, now: int, record: int) -> None:
    """A record comes into a product."""
    born = r[record, at.BIRTH]
    took = now - born
    m[product, at.DELIVERED] += 1
    add(m, product, at.TOOK, took)
    note(n, m[product, at.TOOK_AT], took)
    if born > m[product, at.NEWEST]:
        grow_old(m, product, now)
        m[product, at.NEWEST] = born
    if 0 < m[product, at.LIMIT] < took:
        m[product, at.LATE] += 1
    forget_record(m, r, record)


@compiled
def grow_old(m: Table, product: int, now: int) -> None:
    """Up to now nothing newer came."""
    age, limit = now - m[product, at.NEWEST], m[product, at.LIMIT]
    m[product, at.OLDEST] = max(m[product, at.OLDEST], age)
    if 0 < limit < age:
        m[product, at.STALE] += min(age - limit, now - m[product, at.SEEN_AT])
    m[product, at.SEEN_AT] = now
