"""The lock of the zone: a TXT record `"<holder> <epoch second it expires>"`.

Whoever finds it expired takes it over. Batches that begin with `asserted` are refused once it is somebody else's: only
that makes it a fence, for an expired lock says nothing to the one that still believes it holds it.
"""

from __future__ import annotations

import logging
import os
import random
import time
from typing import TYPE_CHECKING

from records import LOCK_NAME, Refused, change, find, txt

if TYPE_CHECKING:
    from records import Change

logger = logging.getLogger(__name__)

LOCK_SECONDS = int(os.environ["LOCK_SECONDS"])  # 0: this enactor works without a lock


def take(holder: str) -> str | None:
    """Wait until the lock is ours, and say what it says. None without locks."""
    if not LOCK_SECONDS:
        return None
    while True:
        wanted = _value(holder)
        if _swapped(None, wanted) or ((held := _expired()) and _swapped(held, wanted)):
            return wanted
        time.sleep(random.uniform(0.5, 1.5))  # noqa: S311  # spreads the polls, keeps no secret


def asserted(held: str | None) -> list[Change]:
    """How a batch under the lock begins: refused unless the lock still says what it said when it was taken."""
    return _swap(held, held) if held is not None else []


def release(held: str | None) -> None:
    """Give the lock back; when it was taken over meanwhile there is nothing to give back."""
    if held is None:
        return
    try:
        change(("DELETE", txt(LOCK_NAME, held)))
    except Refused:
        logger.warning("the lock %r was taken over", held)


def _value(holder: str) -> str:
    return f"{holder} {int(time.time()) + LOCK_SECONDS}"


def _expired() -> str | None:
    record = find(LOCK_NAME, "TXT")
    held: str = record["ResourceRecords"][0]["Value"].strip('"') if record else ""
    return held if held and int(held.split()[1]) <= time.time() else None


def _swap(held: str | None, wanted: str) -> list[Change]:
    return [*([("DELETE", txt(LOCK_NAME, held))] if held else []), ("CREATE", txt(LOCK_NAME, wanted))]


def _swapped(held: str | None, wanted: str) -> bool:
    try:
        change(*_swap(held, wanted))
    except Refused:
        return False
    return True
