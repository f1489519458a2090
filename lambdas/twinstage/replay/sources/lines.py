"""Twinstage's own event lines; their truth is `event.schema.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.event import Event, event_of
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Mapping


def line_event(record: Mapping[str, Any]) -> Event:
    """The event of one line. Raises ValueError with every violation of the schema."""
    violations = schema_violations("event", record)
    if violations:
        raise ValueError("; ".join(f"{pointer or '/'}: {message}" for pointer, message in violations))
    return event_of(record)
