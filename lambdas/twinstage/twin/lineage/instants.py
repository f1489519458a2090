"""Moments as producers of lineage write them: with or without a zone, to the second or to the nanosecond."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from twinstage.twin.lineage.event import Instant

_WRITTEN: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?(?: ?([Zz]|UTC|[+-]\d\d(?::?\d\d)?))?(?:\[[\w/+-]+\])?",
    re.ASCII,
)
_NANOSECOND_DIGITS: Final = 9
_LEAP_SECOND: Final = 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str) -> Instant:
    """The moment that a text names. Digits beyond nanoseconds are cut; a leap second is the second after it, as in POSIX time.

    Raises ValueError where no such moment exists.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError("no date and time of ISO 8601")
    day, hour, minute, second, fraction, zone = found.groups()
    whole = int(second or 0)
    leap = whole == _LEAP_SECOND
    clock = f"{day}T{hour}:{minute}:{whole - leap:02}"
    at = datetime.fromisoformat(clock).replace(tzinfo=_offset(zone))
    nanoseconds = int((fraction or "0")[:_NANOSECOND_DIGITS].ljust(_NANOSECOND_DIGITS, "0"))
    # Not timestamp(): the first and last days of the calendar, moved by an offset, are outside of it.
    return Instant(int((at - _EPOCH).total_seconds()) + leap, nanoseconds, zone is not None)


def _offset(zone: str | None) -> timezone:
    if zone is None or zone in ("Z", "z", "UTC"):
        return UTC
    minutes = int(zone[1:3]) * 60 + int(zone[3:].removeprefix(":") or 0)
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
