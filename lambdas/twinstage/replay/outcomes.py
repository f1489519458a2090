"""The outcome of one event: the document that every world gives of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from twinstage.model.canonical import UTF_8, canonical_json
from twinstage.model.recurrence import NOT_RECURRING
from twinstage.world.lines_on_disk import SortedLines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.event import Event

Outcome: TypeAlias = dict[str, Any]
_PLACE = 16
_OF_THE_MOMENT = "{} said nothing about the state in production: nothing was applied then, and nothing is executed now"


def outcome_of(event: Event, calls: list[dict[str, Any]] | None, result: dict[str, Any]) -> Outcome:
    """The outcome of an event that made these calls; None where nobody knows which. `result` has its class, and a failure's error and message."""
    return {
        "event": event.id,
        "seq": event.seq,
        "timestamp": event.timestamp,
        "type": event.type,
        "function": event.payload.get("function"),
        "recorded": event.expected.document(),
        "latency_ms": 0.0,
        "calls": calls,
        **result,
    }


def not_recurring(event: Event) -> dict[str, Any]:
    """The result of an event whose recorded failure depended on the moment: told, and not executed."""
    error = event.expected.error
    told = {"outcome": NOT_RECURRING, "message": _OF_THE_MOMENT.format(error or "the failure")}
    return told | ({"error": error} if error else {})


class OutcomeSpool:
    """Outcomes in any order, given back in the order of the events, in memory that does not grow with them."""

    def __init__(self) -> None:
        self._lines = SortedLines()

    def add(self, outcome: Outcome) -> None:
        """Take one outcome."""
        self._lines.add(b"%016d" % outcome["seq"] + canonical_json(outcome))

    def in_order(self) -> Iterator[Outcome]:
        """Every outcome, by its event's place in the log."""
        return (json.loads(line[_PLACE:].decode(*UTF_8)) for line in self._lines)
