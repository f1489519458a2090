"""One recorded production action, as every source delivers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

EventType = Literal["dns_update", "lambda_invoke"]
OutcomeClass = Literal["success", "refused", "error", "unknown"]


@dataclass(frozen=True)
class Expected:
    """What production recorded: the outcome class and, for a failure, the error's code (or the exception's name)."""

    outcome: OutcomeClass = "success"
    error: str | None = None

    def document(self) -> dict[str, Any]:
        """As the event's `expected` field."""
        return {"outcome": self.outcome} | ({"error": self.error} if self.error else {})


@dataclass(frozen=True)
class Event:
    """One event. `timestamp` is RFC 3339 in UTC, at the resolution of its source; `seq` is its place in the replayed order.

    `dns_update` payload: `{"zone_id", "zone", "changes": [{"Action", "ResourceRecordSet"}]}`, zone in canonical form.
    `lambda_invoke` payload: `{"function", "event"}`.
    """

    id: str
    timestamp: str
    type: EventType
    payload: Mapping[str, Any]
    expected: Expected = field(default_factory=Expected)
    seq: int = 0

    def document(self) -> dict[str, Any]:
        """As one line of `events.jsonl`."""
        return {
            "id": self.id,
            "seq": self.seq,
            "timestamp": self.timestamp,
            "type": self.type,
            "payload": dict(self.payload),
            "expected": self.expected.document(),
        }


def event_of(document: Mapping[str, Any]) -> Event:
    """The inverse of `Event.document`; the document has been validated."""
    expected = document.get("expected") or {}
    return Event(
        id=document["id"],
        seq=document.get("seq", 0),
        timestamp=document["timestamp"],
        type=document["type"],
        payload=document["payload"],
        expected=Expected(expected.get("outcome", "success"), expected.get("error")),
    )
