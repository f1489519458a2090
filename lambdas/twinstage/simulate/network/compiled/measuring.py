"""Rows of everything that is cumulative. What a foreseen stage has begun on is counted as it departs, so that what is under way is added here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.simulate.network.compiled import calendar
from twinstage.simulate.network.compiled import layout as at
from twinstage.simulate.network.compiled.calendar import kind_of, place_of, put, subject_of
from twinstage.simulate.network.compiled.counting import add, grow_old, note
from twinstage.simulate.network.compiled.jit import compiled, inlined
from twinstage.simulate.network.compiled.joining import schedule
from twinstage.simulate.network.tally import MOST_ROWS

if TYPE_CHECKING:
    from twinstage.simulate.network.compiled.layout import Table, Whole


@inlined
def departs(m: Table, n: Whole, r: Table, stage: int, now: int, record: int) -> None:
    """A foreseen stage is done with an attempt: count it."""
    start, joined = r[record, at.STARTS], r[record, at.JOINED]
    m[stage, at.BEGUN] += 1
    add(m, stage, at.WAITED, start - joined)
    add(m, stage, at.SERVING, now - start)
    if not r[record, at.WARMING]:
        note(n, m[stage, at.WAITS_AT], start - joined)
        note(n, m[stage, at.SERVICES_AT], now - start)


@compiled
def begin_measuring(m: Table, n: Whole, r: Table, e: Table, now: int) -> None:
    """The warm-up ends."""
    n[m[0, at.HISTOGRAMS_FROM] : m[0, at.HISTOGRAMS_TO]] = 0
    for product in range(m[0, at.PRODUCTS_FROM], m[0, at.PRODUCTS_TO]):
        m[product, at.OLDEST] = 0
    for index in range(m[0, calendar.SIZE]):
        record = subject_of(e[index, 2])
        if kind_of(e[index, 2]) == calendar.DEPARTS and r[record, at.STARTS] <= now:
            r[record, at.WARMING] = 1
    m[0, at.MEASURING] = 1
    end_window(m, n, r, e, now)


@compiled
def end_window(m: Table, n: Whole, r: Table, e: Table, now: int) -> None:
    """Take a row; another window begins."""
    take_row(m, n, r, e, now)
    if m[0, at.ROWS] < MOST_ROWS:
        schedule(m, e, now + m[0, at.SPAN], calendar.WINDOW_ENDS, 0, 0)


@compiled
def end_measuring(m: Table, n: Whole, r: Table, e: Table, now: int) -> None:
    """No more records are born, or the time is over."""
    if m[0, at.MEASURING] and m[0, at.ROW_TAKEN] < now:
        take_row(m, n, r, e, now)
    m[0, at.MEASURING] = 0


@compiled
def take_row(m: Table, n: Whole, r: Table, e: Table, now: int) -> None:
    """Everything that is cumulative, now: the moment, then of each stage and of each product what a row has of it."""
    place = m[0, at.ROWS_AT] + m[0, at.ROWS] * m[0, at.ROW_SIZE]
    n[place] = m[0, at.ROW_TAKEN] = now
    m[0, at.ROWS] += 1
    place += 1
    _count_standing(m, r, e, now)
    for stage in range(at.STAGES_FROM, m[0, at.STAGES_TO]):
        for column in range(at.ROW):
            n[place + column] = m[stage, column] + m[stage, at.STANDING + column]
        place += at.ROW
    for product in range(m[0, at.PRODUCTS_FROM], m[0, at.PRODUCTS_TO]):
        grow_old(m, product, now)
        for column in range(at.PRODUCT_ROW):
            n[place + column] = m[product, column]
        place += at.PRODUCT_ROW


@compiled
def _count_standing(m: Table, r: Table, e: Table, now: int) -> None:
    """What is under way, and what waits: it belongs to the row, and to this one only."""
    for stage in range(at.STAGES_FROM, m[0, at.STAGES_TO]):
        standing = at.STANDING
        m[stage, standing : standing + at.ROW] = 0
        m[stage, standing + at.HELD] = m[stage, at.HELD_NOW] * now
        m[stage, standing + at.TO_SERVE] = m[stage, at.ENDS] - m[stage, at.UNDER_WAY] * now
        if m[stage, at.FORESEEN]:
            m[stage, standing + at.BATCHES] = m[stage, at.BEGUN]
            m[stage, standing + at.DONE] = m[stage, at.BEGUN] - m[stage, at.DEAD] - m[stage, at.RETRIED]
        else:
            m[stage, standing + at.PRESENT] = m[stage, at.TAKEN]
        for lane in range(m[stage, at.LANES_AT], m[stage, at.LANES_AT] + m[stage, at.LANES]):
            record = m[lane, at.FIRST]
            for _ in range(m[lane, at.LENGTH]):
                add(m, stage, standing + at.SINCE, now - r[record, at.JOINED])
                record = r[record, at.NEXT]
    for index in range(m[0, calendar.SIZE]):
        event = e[index, 2]
        if kind_of(event) == calendar.DEPARTS:
            _add_under_way(m, r, place_of(event), now, e[index, 0], subject_of(event))


@compiled
def _add_under_way(m: Table, r: Table, stage: int, now: int, ends: int, record: int) -> None:
    start, joined, standing = r[record, at.STARTS], r[record, at.JOINED], at.STANDING
    if start > now:
        m[stage, standing + at.WAITING] += 1
        m[stage, standing + at.PRESENT] += 1
        add(m, stage, standing + at.SINCE, now - joined)
        return
    m[stage, standing + at.BEGUN] += 1
    m[stage, standing + at.BATCHES] += 1
    add(m, stage, standing + at.WAITED, start - joined)
    add(m, stage, standing + at.SERVING, ends - start)
    if ends <= now:
        m[stage, standing + at.DONE] += 1
    else:
        m[stage, standing + at.TO_SERVE] += ends - now
        m[stage, standing + at.PRESENT] += 1


@compiled
def count_under_way(m: Table, n: Whole, r: Table, e: Table, now: int) -> None:
    """The run is over: count in the distributions what foreseen stages have begun on."""
    for index in range(m[0, calendar.SIZE]):
        ends, event = e[index, 0], e[index, 2]
        record, stage = subject_of(event), place_of(event)
        if kind_of(event) == calendar.DEPARTS and r[record, at.STARTS] <= now and not r[record, at.WARMING]:
            note(n, m[stage, at.WAITS_AT], r[record, at.STARTS] - r[record, at.JOINED])
            note(n, m[stage, at.SERVICES_AT], ends - r[record, at.STARTS])


@compiled
def drop_what_is_over(m: Table, e: Table) -> None:
    """No more records are born: only what is under way, and the end, stays on the calendar."""
    size = m[0, calendar.SIZE]
    m[0, calendar.SIZE] = 0
    for index in range(size):
        # What stays is put at or before where it was.
        when, number, event = e[index, 0], e[index, 1], e[index, 2]
        if not is_over(kind_of(event)):
            put(m, e, when, number, event)


@compiled
def is_over(kind: int) -> bool:
    """Whether an event of this kind means nothing once no more records are born."""
    return kind in (calendar.WARM_UP, calendar.WINDOW_ENDS, calendar.COMES)
