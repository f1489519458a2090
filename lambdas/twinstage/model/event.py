"""One recorded production action, as every source delivers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

EventType = Literal["dns_update", "lambda_invoke", "item_change", "zone_create", "zone_delete", "table_change"]
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
class Origin:
    """Who asked for an event, as far as its source says: what the order inside a second can be known from.

    `principal` is an ARN or a service's name. `session` is the access key, or else the role session, whose calls come one after the other. `sequence` is the
    sequence number of a DynamoDB Streams record: whole, as decimal digits, growing for each item.
    """

    principal: str | None = None
    session: str | None = None
    request_id: str | None = None
    source_ip: str | None = None
    sequence: str | None = None

    def document(self) -> dict[str, Any]:
        """As the event's `origin` field: what is known of it."""
        known = (
            ("principal", self.principal),
            ("session", self.session),
            ("request_id", self.request_id),
            ("source_ip", self.source_ip),
            ("sequence", self.sequence),
        )
        return {name: value for name, value in known if value is not None}


UNTOLD = Origin()


class Place(NamedTuple):
    """Where an event was read: the file, its line (from 1), the JSON pointer inside the line's document, and the source that the record was told to be of."""

    file: str
    line: int
    pointer: str
    source: str


@dataclass(frozen=True)
class Event:
    """One event. `timestamp` is RFC 3339 in UTC, at the resolution of its source; `seq` is its place in the replayed order.
    `place` tells where it was read; it is no part of the event, and not carried on.

    Payloads, by type:

    - `dns_update`: `{"zone_id", "zone", "changes": [{"Action", "ResourceRecordSet"}]}`, one of the two names, zone in canonical form.
    - `lambda_invoke`: `{"function", "event"}`.
    - `item_change`: `{"table", "keys", "new_image", "old_image"}` in DynamoDB JSON. The image that is null is of an item that was not there (old) or no longer
      is (new). `"expired": true` where the item's time to live ran out and DynamoDB itself removed it.
    - `zone_create`: `{"zone_id", "zone", "private"}`, and where they are known `"vpcs": [{"VPCId", "VPCRegion"}]` and `"caller_reference"`. A refused one has
      no zone_id.
    - `zone_delete`: `{"zone_id"}`.
    - `table_change`: `{"table"}`. No log tells of it: it is how a change's step for a table is seen.
    """

    id: str
    timestamp: str
    type: EventType
    payload: Mapping[str, Any]
    expected: Expected = field(default_factory=Expected)
    seq: int = 0
    origin: Origin = UNTOLD
    place: Place | None = field(default=None, compare=False)

    def document(self) -> dict[str, Any]:
        """As one line of `events.jsonl`. An origin of which nothing is known is left out."""
        document: dict[str, Any] = {
            "id": self.id,
            "seq": self.seq,
            "timestamp": self.timestamp,
            "type": self.type,
            "payload": dict(self.payload),
            "expected": self.expected.document(),
        }
        return document if self.origin == UNTOLD else document | {"origin": self.origin.document()}


def event_of(document: Mapping[str, Any], place: Place | None = None) -> Event:
    """The inverse of `Event.document`; the document has been validated. `place` is where it was read."""
    expected, origin = document.get("expected") or {}, document.get("origin")
    return Event(
        id=document["id"],
        seq=document.get("seq", 0),
        timestamp=document["timestamp"],
        type=document["type"],
        payload=document["payload"],
        expected=Expected(expected.get("outcome", "success"), expected.get("error")),
        origin=Origin(**origin) if origin else UNTOLD,
        place=place,
    )
