"""A stage with everything: who leaves, who comes again, who is held back. As `pure/full.py` has it, in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.simulate.network.compiled import calendar
from twinstage.simulate.network.compiled import layout as at
from twinstage.simulate.network.compiled.counting import deliver, forget_record
from twinstage.simulate.network.compiled.draw import choice
from twinstage.simulate.network.compiled.jit import compiled
from twinstage.simulate.network.compiled.joining import arrive, full, look_again, schedule, serve
from twinstage.simulate.network.compiled.twister import uniform

if TYPE_CHECKING:
    from twinstage.simulate.network.compiled.layout import Real, Table, Whole


@compiled
def route(m: Table, n: Whole, x: Real, stage: int) -> int:
    """Where the next record of a stage goes: a stage, or minus a product."""
    number, chosen = m[stage, at.TARGETS], 0
    if number > 1:
        chosen = choice(x, m[stage, at.SHARES_AT], number, n, m[stage, at.ROUTE])
    return n[m[stage, at.TARGETS_AT] + chosen]


@compiled
def done(m: Table, n: Whole, x: Real, r: Table, e: Table, stage: int, now: int, first: int) -> None:
    """An attempt is over: `first` is the first record of its batch."""
    lane = r[first, at.LANE]
    m[stage, at.UNDER_WAY] -= 1
    m[stage, at.ENDS] -= now
    if r[first, at.FAILS]:
        record = first
        while record != at.NONE:
            following = r[record, at.NEXT]
            _failed(m, n, x, r, e, stage, now, record)
            record = following
        _free_server(m, stage, lane)
    else:
        record, size = first, 0
        while record != at.NONE:
            size += 1
            record = r[record, at.NEXT]
        m[stage, at.DONE] += size
        _release(m, n, x, r, e, now, first)


@compiled
def _failed(m: Table, n: Whole, x: Real, r: Table, e: Table, stage: int, now: int, record: int) -> None:
    r[record, at.FAILURES] += 1
    failures = r[record, at.FAILURES]
    if failures >= m[stage, at.ATTEMPTS]:
        m[stage, at.DEAD] += 1
        m[stage, at.PRESENT] -= 1
        forget_record(m, r, record)
        return
    m[stage, at.RETRIED] += 1
    backoff = n[m[stage, at.BACKOFFS_AT] + min(failures, m[stage, at.BACKOFFS]) - 1]
    if m[stage, at.JITTER]:
        backoff = int(backoff * uniform(n, m[stage, at.JITTERS]))
    schedule(m, e, now + backoff, calendar.AGAIN, stage, record)


@compiled
def _release(m: Table, n: Whole, x: Real, r: Table, e: Table, now: int, first: int) -> None:
    """Let the records of a batch go where they go, until one is held back; its server stays with it."""
    stage, lane, target = r[first, at.STAGE], r[first, at.LANE], r[first, at.TARGET]
    record = first
    while record != at.NONE:
        if target == at.UNDECIDED:
            target = route(m, n, x, stage)
        if target >= 0 and m[target, at.HOLDS] and full(m, target):
            r[record, at.STAGE], r[record, at.LANE], r[record, at.TARGET] = stage, lane, target
            _hold(m, r, target, record)
            m[stage, at.HELD] -= now
            m[stage, at.HELD_NOW] += 1
            look_again(m, stage)
            return
        following = r[record, at.NEXT]
        r[record, at.FAILURES] = 0
        m[stage, at.PRESENT] -= 1
        if target >= 0:
            arrive(m, n, x, r, e, target, now, record)
        else:
            deliver(m, n, r, -target, now, record)
        target = at.UNDECIDED
        record = following
    _free_server(m, stage, lane)


@compiled
def _hold(m: Table, r: Table, target: int, record: int) -> None:
    r[record, at.NEXT_HELD] = at.NONE
    if m[target, at.FIRST_HELD] == at.NONE:
        m[target, at.FIRST_HELD] = record
    else:
        r[m[target, at.LAST_HELD], at.NEXT_HELD] = record
    m[target, at.LAST_HELD] = record


@compiled
def _free_server(m: Table, stage: int, lane: int) -> None:
    m[stage, at.BUSY] -= 1
    m[lane, at.LANE_BUSY] -= 1
    look_again(m, stage)


@compiled
def settle(m: Table, n: Whole, x: Real, r: Table, e: Table, now: int) -> None:
    """Until nobody can go on in this moment."""
    while m[0, at.FIRST_ON_AGENDA] != at.NONE:
        stage = m[0, at.FIRST_ON_AGENDA]
        m[0, at.FIRST_ON_AGENDA] = m[stage, at.NEXT_ON_AGENDA]
        if m[0, at.FIRST_ON_AGENDA] == at.NONE:
            m[0, at.LAST_ON_AGENDA] = at.NONE
        m[stage, at.ON_AGENDA] = 0
        while m[stage, at.FIRST_HELD] != at.NONE and not full(m, stage):
            record = m[stage, at.FIRST_HELD]
            m[stage, at.FIRST_HELD] = r[record, at.NEXT_HELD]
            holder = r[record, at.STAGE]
            m[holder, at.HELD] += now
            m[holder, at.HELD_NOW] -= 1
            _release(m, n, x, r, e, now, record)
        serve(m, n, x, r, e, stage, now)
