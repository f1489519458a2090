"""Where an arm's time went, and how late paced events began, as far as a report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.text import clip

ROWS_KEPT = 40


@dataclass(frozen=True)
class ProfileRow:
    """How often a handler called an operation on a resource, how often that failed, and its latency in ms."""

    handler: str
    operation: str
    resource: str
    count: int
    errors: int
    p50_ms: float | None
    p99_ms: float | None
    max_ms: float | None

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of an entry of a profile's `calls`."""
        return cls(
            handler=clip(text_of(document.get("handler")), 120),
            operation=clip(text_of(document.get("operation")), 120),
            resource=clip(text_of(document.get("resource")), 200),
            count=int(document.get("count") or 0),
            errors=int(document.get("errors") or 0),
            p50_ms=_ms(document.get("p50_ms")),
            p99_ms=_ms(document.get("p99_ms")),
            max_ms=_ms(document.get("max_ms")),
        )


@dataclass(frozen=True)
class Profile:
    """One arm's calls, those called most often first; `hidden` counts the others."""

    rows: tuple[ProfileRow, ...]
    hidden: int

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of one arm's part of `profile.json`."""
        rows = sorted(map(ProfileRow.of, listed(document.get("calls"))), key=lambda row: -row.count)
        return cls(tuple(rows[:ROWS_KEPT]), max(0, len(rows) - ROWS_KEPT))


@dataclass(frozen=True)
class Lateness:
    """How late events began against their schedule, ms. `valid`: none was later than the scenario allows."""

    events: int
    p50_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    valid: bool

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of one arm's part of `lateness.json`."""
        return cls(
            events=int(document.get("events") or 0),
            p50_ms=_ms(document.get("p50_ms")),
            p99_ms=_ms(document.get("p99_ms")),
            max_ms=_ms(document.get("max_ms")),
            valid=document.get("valid") is not False,
        )


def profiles_of(document: Any) -> dict[str, Profile]:
    """Out of `profile.json`: the arms that have one."""
    return {arm: Profile.of(part) for arm, part in mapped(document).items() if isinstance(part, Mapping)}


def lateness_of(document: Any) -> dict[str, Lateness]:
    """Out of `lateness.json`: the arms whose events were paced."""
    found = {arm: Lateness.of(part) for arm, part in mapped(document).items() if isinstance(part, Mapping)}
    return {arm: lateness for arm, lateness in found.items() if lateness.events}


def _ms(value: Any) -> float | None:
    return None if value is None else float(value)
