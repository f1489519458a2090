"""Twinstage's own event lines; their truth is `event.schema.json`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from twinstage.model.event import Event, event_of
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Mapping


def line_event(record: Mapping[str, Any]) -> Event:
    """The event of one line. Raises ValueError with every violation of the schema, or where the timestamp is no day or hour that there is."""
    violations = schema_violations("event", record)
    if violations:
        raise ValueError("; ".join(f"{pointer or '/'}: {message}" for pointer, message in violations))
    try:
        datetime.fromisoformat(record["timestamp"])
    except ValueError as error:
        raise ValueError(f"/timestamp: {record['timestamp']} is no instant: {error}") from error
    return event_of(record)
