"""Twinstage's own event lines; their truth is `event.schema.json`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from twinstage.model.event import Event, event_of
from twinstage.model.event_check import surely_valid
from twinstage.model.validation import schema_violations


def line_event(record: dict[str, Any]) -> Event:
    """The event of one line. Raises ValueError with every violation of the schema, or where the timestamp is no day or hour that there is."""
    violations = [] if surely_valid(record) else schema_violations("event", record)
    if violations:
        raise ValueError("; ".join(f"{pointer or '/'}: {message}" for pointer, message in violations))
    try:
        datetime.fromisoformat(record["timestamp"])
    except ValueError as error:
        raise ValueError(f"/timestamp: {record['timestamp']} is no instant: {error}") from error
    return event_of(record)


def checked(event: Event) -> Event:
    """The event, as it was put together out of another source. Raises ValueError with every violation of the schema."""
    line_event({name: member for name, member in event.document().items() if name != "origin"})
    return event
