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
from twinstage.simulate.network.compiled.jit import compiled, compiled_and_kept, inlined

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.simulate.network.compiled.layout import Layout, Real, Table, Whole

_FIRST_RECORDS = 1024
MORE_ROOM = -1


@inlined
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


@inlined
def _between(m: Table, n: Whole, x: Real, source: int, now: int) -> int:
    return now + draw(
        m[source, at.BETWEEN], x, m[source, at.BETWEEN_AT], m[source, at.BETWEEN_NUMBER], n, m[source, at.BETWEENS]
    )


@inlined
def _room(m: Table, r: Table) -> int:
    """What one event puts on the calendar at most: each record joins, begins or fails once, each lane, bucket and source waits for one event."""
    return 3 * len(r) + 2 * len(m) + 8


@inlined
def _departs(m: Table, n: Whole, x: Real, r: Table, e: Table, now: int, stage: int, record: int) -> int:
    """A foreseen stage is done with a record. Gives the stage that this comes to, if any."""
    measuring.departs(m, n, r, stage, now, record)
    if m[stage, at.FIRST_HELD] != at.NONE:
        joining.look_again(m, stage)
    if r[record, at.FAILS]:
        leaving.failed(m, n, x, r, e, stage, now, record)
        return at.NONE
    r[record, at.FAILURES] = 0
    m[stage, at.TAKEN] -= 1
    target = leaving.route(m, n, x, stage)
    if target < 0:
        deliver(m, n, r, -target, now, record)
    elif joining.admits(m, r, target, record):
        return target
    return at.NONE


@inlined
def _comes_next(m: Table, n: Whole, x: Real, r: Table, e: Table, source: int, now: int, records: int) -> None:
    """After a record has come, which is what the first event is: the next is on its way, or there is none."""
    m[0, calendar.OVER] = 0
    if m[0, at.ALL_BORN] == records:
        measuring.end_measuring(m, n, r, e, now)
        measuring.drop_what_is_over(m, e)
        return
    then = _between(m, n, x, source, now)
    m[0, at.ORDER] += 1
    replace_first(e, m[0, calendar.SIZE], then, m[0, at.ORDER], what(calendar.COMES, source, 0))


@compiled
def _rarely(m: Table, n: Whole, r: Table, e: Table, now: int, event: int) -> int:
    """An event that is none of the frequent. Gives the stage that is to look at who waits, if any."""
    kind, place, subject = calendar.kind_of(event), calendar.place_of(event), calendar.subject_of(event)
    if kind == calendar.IMPATIENT:
        joining.look_at_patience(m, r, e, place, now, subject)
    elif kind == calendar.BATCH_WINDOW:
        m[subject, at.WINDOW_SET] = 0
        return place
    elif kind == calendar.TOKENS:
        m[subject, at.AWAITED] = 0
        return place
    elif kind == calendar.WARM_UP:
        measuring.begin_measuring(m, n, r, e, now)
    else:
        measuring.end_window(m, n, r, e, now)
    return at.NONE


@inlined
def _happens(m: Table, n: Whole, x: Real, r: Table, e: Table, now: int, event: int, records: int) -> None:
    """The first event happens, and what follows from it in this moment; who comes to a stage comes in one place here, for it is compiled once for each."""
    kind, place, record = calendar.kind_of(event), calendar.place_of(event), calendar.subject_of(event)
    enters = looks = batch = at.NONE
    # What comes by a source's event finds that still there: see `_comes_next`.
    m[0, calendar.OVER] = kind != calendar.COMES
    if kind == calendar.DEPARTS:
        enters = _departs(m, n, x, r, e, now, place, record)
    elif kind == calendar.COMES:
        record = _born(m, n, x, r, place, now)
        if joining.admits(m, r, m[place, at.TO], record):
            enters = m[place, at.TO]
    elif kind == calendar.DONE:
        batch = leaving.done(m, n, x, r, e, place, now, record)
    elif kind == calendar.AGAIN:
        # It kept its place.
        enters = place
        m[place, at.PRESENT] -= m[place, at.FORESEEN]
    else:
        looks = _rarely(m, n, r, e, now, event)
    if enters != at.NONE:
        if m[enters, at.FORESEEN]:
            end = joining.foresee(m, n, x, r, enters, now, record)
            joining.schedule(m, e, end, calendar.DEPARTS, enters, record)
        else:
            joining.join(m, n, r, e, enters, now, record)
            looks = enters
    if looks != at.NONE or batch != at.NONE or m[0, at.FIRST_ON_AGENDA] != at.NONE:
        leaving.settle(m, n, x, r, e, now, batch, looks)
    if kind == calendar.COMES:
        _comes_next(m, n, x, r, e, place, now, records)
    elif m[0, calendar.OVER]:
        # Nothing took its place.
        m[0, calendar.OVER] = 0
        take_first(m, e)


@compiled
def _begin(m: Table, n: Whole, x: Real, e: Table, until: int, warm_up: int) -> None:
    """What is on the calendar at first."""
    if until:
        joining.schedule(m, e, until, calendar.END, 0, 0)
    joining.schedule(m, e, warm_up, calendar.WARM_UP, 0, 0)
    for source in range(m[0, at.SOURCES_FROM], m[0, at.SOURCES_TO]):
        joining.schedule(m, e, _between(m, n, x, source, 0), calendar.COMES, source, 0)


@compiled
def _go_on(m: Table, n: Whole, x: Real, r: Table, e: Table, records: int) -> int:
    """From event to event, until the run is over (gives when that was) or there must be more room for records or events (gives `MORE_ROOM`)."""
    now = 0
    while m[0, calendar.SIZE] > 0:
        if m[0, at.FREE_RECORD] == at.NONE or m[0, calendar.SIZE] + _room(m, r) > len(e):
            return MORE_ROOM
        now = e[0, 0]
        if calendar.kind_of(e[0, 2]) == calendar.END:
            measuring.end_measuring(m, n, r, e, now)
            break
        _happens(m, n, x, r, e, now, e[0, 2], records)
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
        package.parents[1] / "fitting.py",
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
