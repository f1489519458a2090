"""The compiled event loop."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twinstage.simulate.network.compiled import calendar, joining, leaving, measuring
from twinstage.simulate.network.compiled import layout as at
from twinstage.simulate.network.compiled.calendar import replace_first, take_first, what
from twinstage.simulate.network.compiled.counting import deliver
from twinstage.simulate.network.compiled.draw import choice
from twinstage.simulate.network.compiled.draw import duration as draw
from twinstage.simulate.network.compiled.jit import compiled, compiled_and_kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.simulate.network.compiled.layout import Layout, Real, Table, Whole

_FIRST_RECORDS = 1024
MORE_ROOM = -1


@compiled
def _born(m: Table, n: Whole, x: Real, r: Table, source: int, now: int) -> int:
    """A new record, in a place that is free."""
    record = m[0, at.FREE_RECORD]
    m[0, at.FREE_RECORD] = r[record, at.NEXT]
    r[record, at.BIRTH] = r[record, at.JOINED] = now
    r[record, at.KEY] = r[record, at.CLASS] = r[record, at.FAILURES] = r[record, at.EXPIRES] = 0
    if m[source, at.KEY_NUMBER] > 1:
        r[record, at.KEY] = choice(x, m[source, at.KEYS_FROM], m[source, at.KEY_NUMBER], n, m[source, at.KEYS])
    if m[source, at.CLASS_NUMBER] > 1:
        r[record, at.CLASS] = choice(
            x, m[source, at.CLASSES_FROM], m[source, at.CLASS_NUMBER], n, m[source, at.CLASSES]
        )
    m[source, at.BORN] += 1
    m[0, at.ALL_BORN] += 1
    return record


@compiled
def _comes_next(m: Table, n: Whole, x: Real, source: int, now: int) -> int:
    return now + draw(
        m[source, at.BETWEEN], x, m[source, at.BETWEEN_AT], m[source, at.BETWEEN_NUMBER], n, m[source, at.BETWEENS]
    )


@compiled
def _room(m: Table, r: Table) -> int:
    """What one event puts on the calendar at most: each record joins, begins or fails once, each lane, bucket and source waits for one event."""
    return 3 * len(r) + 2 * len(m) + 8


@compiled
def _goes_on(m: Table, n: Whole, x: Real, r: Table, e: Table, now: int, stage: int, record: int) -> None:
    """A record departs from a plain stage, which is what the first event is."""
    measuring.departs(m, n, r, stage, now, record)
    target = leaving.route(m, n, x, stage)
    if target >= 0 and m[target, at.PLAIN]:
        m[target, at.ARRIVED] += 1
        end = joining.begin_plain(m, n, x, r, target, now, record)
        m[0, at.ORDER] += 1
        replace_first(e, m[0, calendar.SIZE], end, m[0, at.ORDER], what(calendar.DEPARTS, target, record))
        return
    m[0, calendar.OVER] = 1
    if target >= 0:
        joining.arrive(m, n, x, r, e, target, now, record)
    else:
        deliver(m, n, r, -target, now, record)
    _take_off(m, e)


@compiled
def _take_off(m: Table, e: Table) -> None:
    """The first event, if nothing took its place."""
    if m[0, calendar.OVER]:
        m[0, calendar.OVER] = 0
        take_first(m, e)


@compiled
def _happens(m: Table, n: Whole, x: Real, r: Table, e: Table, now: int, event: int) -> None:
    """An event that is none of the two most frequent."""
    kind, place, subject = calendar.kind_of(event), calendar.place_of(event), calendar.subject_of(event)
    m[0, calendar.OVER] = 1
    if kind == calendar.DONE:
        leaving.done(m, n, x, r, e, place, now, subject)
    elif kind == calendar.AGAIN:
        joining.join(m, n, x, r, e, place, now, subject)
    elif kind == calendar.IMPATIENT:
        joining.look_at_patience(m, r, e, place, now, subject)
    elif kind == calendar.BATCH_WINDOW:
        m[subject, at.WINDOW_SET] = 0
        joining.serve(m, n, x, r, e, place, now)
    elif kind == calendar.TOKENS:
        m[subject, at.AWAITED] = 0
        joining.serve(m, n, x, r, e, place, now)
    elif kind == calendar.WARM_UP:
        measuring.begin_measuring(m, n, r, e, now)
    else:
        measuring.end_window(m, n, r, e, now)
    leaving.settle(m, n, x, r, e, now)
    _take_off(m, e)


@compiled
def _begin(m: Table, n: Whole, x: Real, e: Table, until: int, warm_up: int) -> None:
    """What is on the calendar at first."""
    if until:
        joining.schedule(m, e, until, calendar.END, 0, 0)
    joining.schedule(m, e, warm_up, calendar.WARM_UP, 0, 0)
    for source in range(m[0, at.SOURCES_FROM], m[0, at.SOURCES_TO]):
        joining.schedule(m, e, _comes_next(m, n, x, source, 0), calendar.COMES, source, 0)


@compiled
def _comes(m: Table, n: Whole, x: Real, r: Table, e: Table, source: int, now: int, records: int) -> None:
    """A record is born, and the next is on its way."""
    record = _born(m, n, x, r, source, now)
    joining.arrive(m, n, x, r, e, m[source, at.TO], now, record)
    if m[0, at.ALL_BORN] == records:
        measuring.end_measuring(m, n, r, e, now)
        measuring.drop_what_is_over(m, e)
        return
    then = _comes_next(m, n, x, source, now)
    m[0, at.ORDER] += 1
    replace_first(e, m[0, calendar.SIZE], then, m[0, at.ORDER], what(calendar.COMES, source, 0))


@compiled
def _go_on(m: Table, n: Whole, x: Real, r: Table, e: Table, records: int) -> int:
    """From event to event, until the run is over (gives when that was) or there must be more room for records or events (gives `MORE_ROOM`)."""
    now = 0
    while m[0, calendar.SIZE] > 0:
        if m[0, at.FREE_RECORD] == at.NONE or m[0, calendar.SIZE] + _room(m, r) > len(e):
            return MORE_ROOM
        now, event = e[0, 0], e[0, 2]
        kind = calendar.kind_of(event)
        if kind == calendar.DEPARTS:
            _goes_on(m, n, x, r, e, now, calendar.place_of(event), calendar.subject_of(event))
        elif kind == calendar.COMES:
            _comes(m, n, x, r, e, calendar.place_of(event), now, records)
        elif kind == calendar.END:
            measuring.end_measuring(m, n, r, e, now)
            break
        else:
            _happens(m, n, x, r, e, now, event)
    if m[0, calendar.SIZE] == 0:
        # Whoever waited no longer is waited for, to the last.
        for stage in range(at.STAGES_FROM, m[0, at.STAGES_TO]):
            now = max(now, m[stage, at.LAST_DUE])
    measuring.take_row(m, n, r, e, now)
    measuring.count_under_way(m, n, r, e, now)
    return now


@compiled
def _loop(m: Table, n: Whole, x: Real, r: Table, e: Table, records: int, until: int, warm_up: int) -> int:
    if m[0, at.ORDER] == 0:
        _begin(m, n, x, e, until, warm_up)
    return _go_on(m, n, x, r, e, records)


def _of_these_sources() -> Callable[..., int]:
    """The loop, its machine code kept under the digest of every module that it is made of: numba looks at the one file only."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for module in [
        *sorted(package.glob("*.py")),
        package.parent / "plan.py",
        package.parent / "tally.py",
        package.parents[1] / "distributions.py",
    ]:
        digest.update(module.read_bytes())
    kept_under = int.from_bytes(digest.digest()[:7], "big")

    def loop(m: Table, n: Whole, x: Real, r: Table, e: Table, records: int, until: int, warm_up: int) -> int:
        if records == -kept_under:
            return 0
        return _loop(m, n, x, r, e, records, until, warm_up)

    return compiled_and_kept(loop)


_kept_loop: Any = _of_these_sources()


def run_loop(layout: Layout, records: int, until: int, warm_up: int) -> int:
    """Run until nothing is left, or the time is over; gives when that was. The last row is the total."""
    m, n, x = layout
    r = _records(m, 0, _FIRST_RECORDS)
    e = np.zeros((_room(m, r), 3), dtype=np.int64)
    while (end := int(_kept_loop(m, n, x, r, e, records, until, warm_up))) == MORE_ROOM:
        if m[0, at.FREE_RECORD] == at.NONE:
            r = np.concatenate((r, _records(m, len(r), 2 * len(r))))
        e = np.concatenate((e, np.zeros((len(e) + _room(m, r), 3), dtype=np.int64)))
    return end


def _records(m: Table, begin: int, end: int) -> Table:
    """Places for records, all of them free."""
    records = np.zeros((end - begin, at.RECORD), dtype=np.int64)
    records[:, at.NEXT] = np.arange(begin + 1, end + 1)
    records[-1, at.NEXT] = at.NONE
    m[0, at.FREE_RECORD] = begin
    return records
