"""Ids of the Route 53 changes that explored containers make: they say who made the change, and when, so that asking for one needs no state."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

_CHANGE_ID: Final = re.compile(r"(?:/change/)?(CTWIN\d{9}(\d{14}))")


@lru_cache(maxsize=65_536)
def change_id(container: int, number: int, at_s: float) -> str:
    """The id of the change that a container's call of that number made."""
    return f"CTWIN{container:03d}{number:06d}{round(at_s * 1000):014d}"


def is_own(identifier: str) -> bool:
    """Whether a change was made by an explored container."""
    return _CHANGE_ID.fullmatch(identifier) is not None


def submitted_at(at_s: float) -> datetime:
    """The time of a change, as exact as its id tells it: to the millisecond."""
    return datetime.fromtimestamp(round(at_s * 1000) / 1000, UTC)


def change_told(identifier: str) -> dict[str, Any]:
    """The ChangeInfo of a container's change: in sync as soon as it is asked for."""
    found = _CHANGE_ID.fullmatch(identifier)
    if found is None:
        raise ValueError(f"{identifier} is no change of an explored container")
    at = submitted_at(int(found[2]) / 1000)
    return {"Id": f"/change/{found[1]}", "Status": "INSYNC", "SubmittedAt": at}
