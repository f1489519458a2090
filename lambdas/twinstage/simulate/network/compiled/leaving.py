"""A stage with everything: who leaves, who comes again, who is held back. As `pure/full.py` has it, in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.simulate.network.compiled import calendar
from twinstage.simulate.network.compiled import layout as at
from twinstage.simulate.network.compiled.counting import deliver, forget_record
from twinstage.simulate.network.compiled.draw import choice
from twinstage.simulate.network.compiled.jit import compiled, inlined
from twinstage.simulate.network.compiled.joining import admits, foresee, full, join, look_again, schedule, serve
from twinstage.simulate.network.compiled.twister import uniform

if TYPE_CHECKING:
    from twinstage.simulate.network.compiled.layout import Real, Table, Whole


@inlined
def route(m: Table, n: Whole, x: Real, stage: int) -> int:
    """Where the next record of a stage goes: a stage, or minus a product."""
    number, chosen = m[stage, at.TARGETS], 0
    if number > 1:
        chosen = choice(x, m[stage, at.SHARES_AT], number, n, m[stage, at.ROUTE])
    return n[m[stage, at.TARGETS_AT] + chosen]


@inlined
def done(m: Table, n: Whole, x: Real, r: Table, e: Table, stage: int, now: int, first: int) -> int:
    """An attempt is over: `first` is the first record of its batch. Gives that of a batch that did not fail, to be released."""
    m[stage, at.UNDER_WAY] -= 1
    m[stage, at.ENDS] -= now
    record, size, fails = first, 0, r[first, at.FAILS]
    lane = r[first, at.LANE]
    while record != at.NONE:
        following = r[record, at.NEXT]
        if fails:
            failed(m, n, x, r, e, stage, now, record)
        record = following
        size += 1
    if not fails:
        m[stage, at.DONE] += size
        return first
    _free_server(m, stage, lane)
    return at.NONE


@compiled
def failed(m: Table, n: Whole, x: Real, r: Table, e: Table, stage: int, now: int, record: int) -> None:
    """A record's attempt failed: it comes again, or is a dead letter."""
    r[record, at.FAILURES] += 1
    failures = r[record, at.FAILURES]
    if failures >= m[stage, at.ATTEMPTS]:
        m[stage, at.DEAD] += 1
        m[stage, at.TAKEN] -= 1
        forget_record(m, r, record)
        return
    m[stage, at.RETRIED] += 1
    m[stage, at.PRESENT] += m[stage, at.FORESEEN]
    backoff = n[m[stage, at.BACKOFFS_AT] + min(failures, m[stage, at.BACKOFFS]) - 1]
    if m[stage, at.JITTER]:
        backoff = int(backoff * uniform(n, m[stage, at.JITTERS]))
    schedule(m, e, now + backoff, calendar.AGAIN, stage, record)


@inlined
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
        m[stage, at.TAKEN] -= 1
        if target < 0:
            deliver(m, n, r, -target, now, record)
        elif admits(m, r, target, record):
            if m[target, at.FORESEEN]:
                end = foresee(m, n, x, r, target, now, record)
                schedule(m, e, end, calendar.DEPARTS, target, record)
            else:
                join(m, n, r, e, target, now, record)
                serve(m, n, x, r, e, target, now)
        target = at.UNDECIDED
        record = following
    _free_server(m, stage, lane)


@inlined
def _hold(m: Table, r: Table, target: int, record: int) -> None:
    r[record, at.NEXT_HELD] = at.NONE
    if m[target, at.FIRST_HELD] == at.NONE:
        m[target, at.FIRST_HELD] = record
    else:
        r[m[target, at.LAST_HELD], at.NEXT_HELD] = record
    m[target, at.LAST_HELD] = record


@inlined
def _free_server(m: Table, stage: int, lane: int) -> None:
    m[stage, at.BUSY] -= 1
    m[lane, at.LANE_BUSY] -= 1
    look_again(m, stage)


@inlined
def settle(m: Table, n: Whole, x: Real, r: Table, e: Table, now: int, batch: int, stage: int) -> None:
    """Release a batch, look at a stage (`NONE`: none), and at others, until nobody can go on in this moment."""
    while True:
        if batch != at.NONE:
            _release(m, n, x, r, e, now, batch)
            batch = at.NONE
        if stage == at.NONE:
            stage = m[0, at.FIRST_ON_AGENDA]
            if stage == at.NONE:
                return
            m[0, at.FIRST_ON_AGENDA] = m[stage, at.NEXT_ON_AGENDA]
            if m[0, at.FIRST_ON_AGENDA] == at.NONE:
                m[0, at.LAST_ON_AGENDA] = at.NONE
            m[stage, at.ON_AGENDA] = 0
        if m[stage, at.FIRST_HELD] != at.NONE and not full(m, stage):
            batch = m[stage, at.FIRST_HELD]
            m[stage, at.FIRST_HELD] = r[batch, at.NEXT_HELD]
            holder = r[batch, at.STAGE]
            m[holder, at.HELD] += now
            m[holder, at.HELD_NOW] -= 1
        else:
            serve(m, n, x, r, e, stage, now)
            stage = at.NONE
