"""Timestamps of events: RFC 3339 in UTC, of any resolution, such as `2025-10-19T02:14:07Z` and `2025-10-19T02:14:07.125Z`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_SECOND: Final = len("2025-10-19T02:14:07")


def second_of(timestamp: str) -> str:
    """The second that a timestamp is in."""
    return timestamp[:_SECOND]


def fraction_of(timestamp: str) -> str:
    """The digits of a timestamp's fraction of a second, as many as are told."""
    return timestamp[_SECOND + 1 :].removesuffix("Z")


def instant(timestamp: str) -> tuple[str, str]:
    """What timestamps are ordered by: the second, and the digits of its fraction. As text `12.5Z` would come before `12Z`."""
    return second_of(timestamp), fraction_of(timestamp).rstrip("0")


def epoch_s(timestamp: str) -> float:
    """Seconds since the epoch; digits beyond microseconds are cut."""
    at_s = datetime.fromisoformat(second_of(timestamp)).replace(tzinfo=UTC).timestamp()
    fraction = fraction_of(timestamp)
    return at_s + (float(f"0.{fraction}") if fraction else 0)
