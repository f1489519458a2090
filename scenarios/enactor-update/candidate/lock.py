"""The lock of a zone: a TXT record `"<holder> <epoch second it expires>"`.

Route 53 applies a batch all or nothing, and a DELETE must name the exact current value. So a batch that begins with
`renewal` is applied only while the lock is still the one its holder took: no other fence is needed, and no clock but
the message's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from records import Refused, change, find, txt

if TYPE_CHECKING:
    from records import Change, Endpoint

LOCK_SECONDS = int(os.environ["LOCK_SECONDS"])


def value(holder: str, now: int) -> str:
    """The lock as `holder` takes or renews it at `now` (epoch seconds)."""
    return f"{holder} {now + LOCK_SECONDS}"


def current(endpoint: Endpoint) -> str | None:
    """The lock on the zone, or None."""
    record = find(endpoint, endpoint.lock_name, "TXT")
    return record["ResourceRecords"][0]["Value"].strip('"') if record else None


def acquire(endpoint: Endpoint, holder: str, now: int) -> str | None:
    """Take the lock, from whoever let it expire if need be. The lock taken, or None when somebody else holds it."""
    wanted = value(holder, now)
    try:
        change(endpoint, [("CREATE", txt(endpoint.lock_name, wanted))])
    except Refused:
        held = current(endpoint)
        if held is None or int(held.split()[1]) > now:
            return None
        try:
            change(endpoint, renewal(endpoint, held, wanted))
        except Refused:
            return None
    return wanted


def renewal(endpoint: Endpoint, held: str, renewed: str) -> list[Change]:
    """How every batch under the lock begins: refused unless the lock is exactly `held`, which becomes `renewed`."""
    return [("DELETE", txt(endpoint.lock_name, held)), ("CREATE", txt(endpoint.lock_name, renewed))]


def release(endpoint: Endpoint, held: str) -> None:
    """Give the lock back, unless it expired and went to somebody else."""
    try:
        change(endpoint, [("DELETE", txt(endpoint.lock_name, held))])
    except Refused:
        if current(endpoint) == held:
            raise
