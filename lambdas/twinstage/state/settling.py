"""Reading a twin until what it says holds still: a read may be stale, and a stale read must pass for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE_S = 30.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 4.0


def settle(
    read: Callable[[], dict[str, Any]],
    *,
    pause: Callable[[float], object],
    clock: Callable[[], float],
    deadline_s: float = DEADLINE_S,
) -> dict[str, Any]:
    """A fidelity document, read again while it says that the twin differs and the last two readings disagree on how; with `settled` and the number of `reads`.

    A reading that equals the snapshot is the end: nothing was there before Replicate, so no older state equals it. So is the same difference twice. Where neither came
    within `deadline_s` seconds of `clock`, the last document is `settled: false`: that proves no fidelity, and no lack of it.
    """
    began, reads, wait_s = clock(), 1, FIRST_PAUSE_S
    document = read()
    settled = bool(document["equal"])
    while not settled and clock() - began < deadline_s:
        pause(wait_s)
        wait_s = min(2 * wait_s, LONGEST_PAUSE_S)
        before, document, reads = document, read(), reads + 1
        settled = document["equal"] or document == before
    return {**document, "settled": settled, "reads": reads}
