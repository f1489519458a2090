"""The calendar, `e`: a binary heap of (time, order, what), the run's row saying how many. `what` is what happens, where, and to which record, in one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.simulate.network.compiled.jit import inlined

if TYPE_CHECKING:
    from twinstage.simulate.network.compiled.layout import Table

END, WARM_UP, WINDOW_ENDS, COMES, DEPARTS, DONE, AGAIN, IMPATIENT, BATCH_WINDOW, TOKENS = range(10)
# Columns of the run's row; `OVER`: the first event has happened, the next that is put on takes its place.
SIZE, OVER = 18, 19
_KINDS, _PLACES = 4, 20
# Sources, stages, lanes or buckets that a number has room for.
MOST_PLACES = 1 << _PLACES


@inlined
def what(kind: int, place: int, subject: int) -> int:
    """In one number."""
    return (subject << (_KINDS + _PLACES)) | (place << _KINDS) | kind


@inlined
def kind_of(event: int) -> int:
    """What happens."""
    return event & ((1 << _KINDS) - 1)


@inlined
def place_of(event: int) -> int:
    """Where."""
    return (event >> _KINDS) & ((1 << _PLACES) - 1)


@inlined
def subject_of(event: int) -> int:
    """To what."""
    return event >> (_KINDS + _PLACES)


@inlined
def put(m: Table, e: Table, when: int, number: int, event: int) -> None:
    """Put on the calendar, which has room."""
    if m[0, OVER]:
        m[0, OVER] = 0
        replace_first(e, m[0, SIZE], when, number, event)
        return
    hole = m[0, SIZE]
    m[0, SIZE] = hole + 1
    while hole > 0:
        parent = (hole - 1) >> 1
        if e[parent, 0] < when or (e[parent, 0] == when and e[parent, 1] < number):
            break
        e[hole, 0], e[hole, 1], e[hole, 2] = e[parent, 0], e[parent, 1], e[parent, 2]
        hole = parent
    e[hole, 0], e[hole, 1], e[hole, 2] = when, number, event


@inlined
def replace_first(e: Table, size: int, when: int, number: int, event: int) -> None:
    """Put an event in the place of the first of `size`, and let it sink to where it belongs."""
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (e[other, 0] < e[child, 0] or (e[other, 0] == e[child, 0] and e[other, 1] < e[child, 1])):
            child = other
        if when < e[child, 0] or (when == e[child, 0] and number < e[child, 1]):
            break
        e[hole, 0], e[hole, 1], e[hole, 2] = e[child, 0], e[child, 1], e[child, 2]
        hole = child
    e[hole, 0], e[hole, 1], e[hole, 2] = when, number, event


@inlined
def take_first(m: Table, e: Table) -> None:
    """Take the first event off."""
    last = m[0, SIZE] - 1
    m[0, SIZE] = last
    if last > 0:
        replace_first(e, last, e[last, 0], e[last, 1], e[last, 2])
