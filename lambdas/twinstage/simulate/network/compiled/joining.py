"""A stage with everything: who comes, who waits, who is served. As `pure/queueing.py` has it, in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.simulate.network.compiled import calendar
from twinstage.simulate.network.compiled import layout as at
from twinstage.simulate.network.compiled.calendar import put, what
from twinstage.simulate.network.compiled.counting import add, forget_record, note
from twinstage.simulate.network.compiled.draw import duration as draw
from twinstage.simulate.network.compiled.jit import compiled, inlined
from twinstage.simulate.network.compiled.twister import uniform
from twinstage.simulate.network.plan import PARTITIONS, PRIORITIES

if TYPE_CHECKING:
    from twinstage.simulate.network.compiled.layout import Real, Table, Whole


@inlined
def schedule(m: Table, e: Table, when: int, kind: int, place: int, subject: int) -> int:
    """Put on the calendar; gives the event's number."""
    m[0, at.ORDER] += 1
    number = m[0, at.ORDER]
    put(m, e, when, number, what(kind, place, subject))
    return number


@inlined
def full(m: Table, stage: int) -> bool:
    """Whether every place is taken."""
    return 0 < m[stage, at.PLACES] <= m[stage, at.TAKEN]


@inlined
def look_again(m: Table, stage: int) -> None:
    """A place or a server of the stage became free."""
    if m[stage, at.ON_AGENDA]:
        return
    m[stage, at.ON_AGENDA] = 1
    m[stage, at.NEXT_ON_AGENDA] = at.NONE
    if m[0, at.LAST_ON_AGENDA] == at.NONE:
        m[0, at.FIRST_ON_AGENDA] = stage
    else:
        m[m[0, at.LAST_ON_AGENDA], at.NEXT_ON_AGENDA] = stage
    m[0, at.LAST_ON_AGENDA] = stage


@inlined
def admits(m: Table, r: Table, stage: int, record: int) -> bool:
    """Whether a stage admits a record that comes, or loses it."""
    m[stage, at.ARRIVED] += 1
    if full(m, stage):
        m[stage, at.LOST] += 1
        forget_record(m, r, record)
        return False
    m[stage, at.TAKEN] += 1
    return True


@inlined
def foresee(m: Table, n: Whole, x: Real, r: Table, stage: int, now: int, record: int) -> int:
    """Give a record the server of a foreseen stage that is free first, and a token; gives when it will be done."""
    duration, fails = _attempt(m, n, x, stage, 1)
    base, size, hole = m[stage, at.FREE_AT], m[stage, at.SERVERS], 0
    start = max(now, n[base])
    if m[stage, at.INTERVAL]:
        bucket = m[stage, at.BUCKETS_AT]
        start = max(start, m[bucket, at.FULL_AT] - (m[stage, at.BURST] - 1) * m[stage, at.INTERVAL])
        m[bucket, at.FULL_AT] = max(start, m[bucket, at.FULL_AT]) + m[stage, at.INTERVAL]
    end = start + duration
    r[record, at.JOINED] = now
    r[record, at.STARTS] = start
    r[record, at.WARMING] = 0
    r[record, at.FAILS] = fails
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and n[base + child + 1] < n[base + child]:
            child += 1
        if end <= n[base + child]:
            break
        n[base + hole] = n[base + child]
        hole = child
    n[base + hole] = end
    return end


@inlined
def _attempt(m: Table, n: Whole, x: Real, stage: int, size: int) -> tuple[int, bool]:
    """How long a batch of so many takes, and whether it fails."""
    duration = draw(m[stage, at.DRAW], x, m[stage, at.DRAW_AT], m[stage, at.DRAW_NUMBER], n, m[stage, at.SERVICE])
    if not m[stage, at.UNCERTAIN]:
        return duration, False
    duration += m[stage, at.PER_RECORD] * size
    failure = x[m[stage, at.FAILURE_AT]]
    fails = failure > 0.0 and uniform(n, m[stage, at.FAILURE]) < failure
    if 0 < m[stage, at.TIMEOUT] < duration:
        return m[stage, at.TIMEOUT], True
    return duration, fails


@inlined
def join(m: Table, n: Whole, r: Table, e: Table, stage: int, now: int, record: int) -> None:
    """Join the lane that the record belongs to."""
    lane = m[stage, at.LANES_AT]
    if m[stage, at.LANE_KIND] == PARTITIONS:
        lane += n[m[stage, at.KEYS_AT] + r[record, at.KEY]]
    elif m[stage, at.LANE_KIND] == PRIORITIES:
        lane += r[record, at.CLASS]
    r[record, at.JOINED] = now
    r[record, at.NEXT] = at.NONE
    if m[lane, at.LENGTH]:
        r[m[lane, at.LAST], at.NEXT] = record
    else:
        m[lane, at.FIRST] = record
    m[lane, at.LAST] = record
    m[lane, at.LENGTH] += 1
    m[stage, at.WAITING] += 1
    r[record, at.STAGE], r[record, at.LANE] = stage, lane
    if m[stage, at.PATIENCE]:
        m[0, at.ORDER] += 1
        m[stage, at.LAST_DUE] = now + m[stage, at.PATIENCE]
        r[record, at.EXPIRES] = m[0, at.ORDER]
        if not m[lane, at.IMPATIENT]:
            _look_at_first(m, r, e, stage, lane)


@compiled
def _look_at_first(m: Table, r: Table, e: Table, stage: int, lane: int) -> None:
    """All of a lane are equally patient, so one event at a time is enough for them all: that of the first."""
    first = m[lane, at.FIRST]
    m[lane, at.IMPATIENT] = r[first, at.EXPIRES]
    due = r[first, at.JOINED] + m[stage, at.PATIENCE]
    put(m, e, due, r[first, at.EXPIRES], what(calendar.IMPATIENT, stage, lane))


@compiled
def look_at_patience(m: Table, r: Table, e: Table, stage: int, now: int, lane: int) -> None:
    """The patience ends of whoever was first in the lane when this was scheduled."""
    number = m[lane, at.IMPATIENT]
    if m[lane, at.LENGTH] and r[m[lane, at.FIRST], at.EXPIRES] == number:
        _lose_patience(m, r, stage, now, lane)
    m[lane, at.IMPATIENT] = 0
    if m[lane, at.LENGTH]:
        _look_at_first(m, r, e, stage, lane)


@compiled
def _lose_patience(m: Table, r: Table, stage: int, now: int, lane: int) -> None:
    record = m[lane, at.FIRST]
    m[lane, at.FIRST] = r[record, at.NEXT]
    m[lane, at.LENGTH] -= 1
    r[record, at.EXPIRES] = 0
    m[stage, at.EXPIRED] += 1
    add(m, stage, at.IN_VAIN, now - r[record, at.JOINED])
    m[stage, at.WAITING] -= 1
    m[stage, at.TAKEN] -= 1
    forget_record(m, r, record)
    look_again(m, stage)


@inlined
def serve(m: Table, n: Whole, x: Real, r: Table, e: Table, stage: int, now: int) -> None:
    """Begin on what can begin."""
    while m[stage, at.WAITING] and m[stage, at.BUSY] < m[stage, at.SERVERS]:
        lane = _ready_lane(m, n, x, r, e, stage, now)
        if lane == at.NONE:
            return
        _begin(m, n, x, r, e, stage, now, lane)


@inlined
def _ready_lane(m: Table, n: Whole, x: Real, r: Table, e: Table, stage: int, now: int) -> int:
    lanes, cursor = m[stage, at.LANES], m[stage, at.CURSOR]
    for offset in range(lanes):
        turn = cursor + offset
        turn -= lanes if turn >= lanes else 0
        lane = m[stage, at.LANES_AT] + turn
        if m[lane, at.LENGTH] == 0 or m[lane, at.LANE_BUSY] >= m[stage, at.AT_ONCE]:
            continue
        if _batch_ready(m, n, x, r, e, stage, now, lane):
            if m[stage, at.LANE_KIND] == PARTITIONS:
                m[stage, at.CURSOR] = (turn + 1) % lanes
            return lane
    return at.NONE


@inlined
def bucket_of(m: Table, stage: int, lane: int) -> int:
    """The token bucket of a lane."""
    return m[stage, at.BUCKETS_AT] + (lane - m[stage, at.LANES_AT] if m[stage, at.BUCKET_EACH] else 0)


@inlined
def _batch_ready(m: Table, n: Whole, x: Real, r: Table, e: Table, stage: int, now: int, lane: int) -> bool:
    length = m[lane, at.LENGTH]
    if m[stage, at.WINDOW] and length < m[stage, at.BATCH]:
        due = r[m[lane, at.FIRST], at.JOINED] + m[stage, at.WINDOW]
        if now < due:
            if not m[lane, at.WINDOW_SET]:
                m[lane, at.WINDOW_SET] = 1
                schedule(m, e, due, calendar.BATCH_WINDOW, stage, lane)
            return False
    if not m[stage, at.INTERVAL]:
        return True
    bucket, tokens = bucket_of(m, stage, lane), min(length, m[stage, at.BATCH])
    ready_at = m[bucket, at.FULL_AT] - (m[stage, at.BURST] - tokens) * m[stage, at.INTERVAL]
    if now < ready_at and not m[bucket, at.AWAITED]:
        m[bucket, at.AWAITED] = 1
        schedule(m, e, ready_at, calendar.TOKENS, stage, bucket)
    return now >= ready_at


@inlined
def _begin(m: Table, n: Whole, x: Real, r: Table, e: Table, stage: int, now: int, lane: int) -> None:
    size = min(m[lane, at.LENGTH], m[stage, at.BATCH])
    first = record = m[lane, at.FIRST]
    for taken in range(size):
        wait = now - r[record, at.JOINED]
        add(m, stage, at.WAITED, wait)
        note(n, m[stage, at.WAITS_AT], wait)
        r[record, at.EXPIRES] = 0
        following = r[record, at.NEXT]
        if taken == size - 1:
            r[record, at.NEXT] = at.NONE
        record = following
    m[lane, at.FIRST] = record
    m[lane, at.LENGTH] -= size
    m[stage, at.WAITING] -= size
    m[stage, at.BEGUN] += size
    if m[stage, at.INTERVAL]:
        bucket = bucket_of(m, stage, lane)
        m[bucket, at.FULL_AT] = max(now, m[bucket, at.FULL_AT]) + size * m[stage, at.INTERVAL]
    duration, fails = _attempt(m, n, x, stage, size)
    m[stage, at.BATCHES] += 1
    add(m, stage, at.SERVING, duration)
    note(n, m[stage, at.SERVICES_AT], duration)
    m[stage, at.UNDER_WAY] += 1
    m[stage, at.ENDS] += now + duration
    m[lane, at.LANE_BEGUN] += size
    add(m, lane, at.LANE_SERVED, duration)
    m[stage, at.BUSY] += 1
    m[lane, at.LANE_BUSY] += 1
    r[first, at.STAGE], r[first, at.LANE], r[first, at.FAILS], r[first, at.TARGET] = stage, lane, fails, at.UNDECIDED
    schedule(m, e, now + duration, calendar.DONE, stage, first)
