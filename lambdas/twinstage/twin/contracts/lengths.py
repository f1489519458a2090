"""Lengths of time and shares of it, as service levels write them."""

from __future__ import annotations

import math
import re
from typing import Final

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_UNITS: Final[dict[str, float]] = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), _MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), _HOUR),
    **dict.fromkeys(("d", "day", "days"), _DAY),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 7 * _DAY),
    # Calendars differ about these; lengths of service levels are compared with each other, not scheduled.
    **dict.fromkeys(("mo", "mon", "month", "months"), 30 * _DAY),
    **dict.fromkeys(("q", "quarter", "quarters"), 90 * _DAY),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), 365 * _DAY),
}
_INTERVALS: Final[dict[str, float]] = {
    "minutely": _MINUTE,
    "hourly": _HOUR,
    "daily": _DAY,
    "weekly": 7 * _DAY,
    "monthly": 30 * _DAY,
    "quarterly": 90 * _DAY,
    "yearly": 365 * _DAY,
    "annually": 365 * _DAY,
}
_SIMPLE: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([a-z]+)")
_ISO: Final = re.compile(
    r"p(?:(\d{1,9})y)?(?:(\d{1,9})m)?(?:(\d{1,9})w)?(?:(\d{1,9})d)?"
    r"(?:t(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?)?"
)
_ISO_SECONDS: Final = (365 * _DAY, 30 * _DAY, 7 * _DAY, _DAY, _HOUR, _MINUTE, 1.0)
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,12})?)\s*(?:%|percent)?")
_WHOLE: Final = 100


def seconds_of(value: object, unit: str = "") -> float | None:
    """A length of time in seconds: a number with its unit, `25h`, `1 year`, ISO 8601's `P1Y`, `daily`. A month has 30 days, a year 365. None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        scale = _UNITS.get(unit.strip().lower())
        found = None if scale is None or value < 0 else _finite(value, scale)
    else:
        text = str(value or "").strip().lower()
        found = _seconds_of_text(text) if not unit or not _number(text) else seconds_of(float(text), unit)
    return found


def _finite(value: float, scale: float) -> float | None:
    try:
        found = value * scale
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,15}(?:\.[0-9]{1,9})?", text) is not None


def _seconds_of_text(text: str) -> float | None:
    if text in _INTERVALS:
        return _INTERVALS[text]
    if (simple := _SIMPLE.fullmatch(text)) and simple[2] in _UNITS:
        return float(simple[1]) * _UNITS[simple[2]]
    if (iso := _ISO.fullmatch(text)) and any(iso.groups()):
        parts = zip(iso.groups(), _ISO_SECONDS, strict=True)
        return sum(float(count) * scale for count, scale in parts if count)
    return None


def percent_of(value: object, unit: str = "") -> float | None:
    """A share in percent: `99.9%`, or a number whose unit is percent. None where it is none, or above 100."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip().lower()
    found = _PERCENT.fullmatch(text)
    told = unit.strip().lower() in ("%", "percent", "percentage", "pct") or text.endswith(("%", "percent"))
    share = float(found[1]) if found and told else None
    return share if share is not None and share <= _WHOLE else None
