"""The profile of a replay: latency and call counts by handler, operation and resource. Wall times: never part of a verdict.

Every count is a fold over outcomes, one at a time, and two profiles merge: shards are profiled apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.replay.histogram import LogHistogram

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = tuple[str, str, str]
"""Handler ("" for what production's log itself asked for), `service Operation`, resource ("" where a call names none)."""

MOST_ROWS = 10_000
BEYOND = "(others)"
"""The resource of all further rows once there are MOST_ROWS: a log may name any number of zones."""

_RESOURCES = ("HostedZoneId", "TableName", "FunctionName", "Id", "Name", "HealthCheckId")
_TRANSACTED = ("Put", "Update", "Delete", "ConditionCheck", "Get")


@dataclass
class Measured:
    """The calls of one row, or the events of one type."""

    errors: int = 0
    latency: LogHistogram = field(default_factory=LogHistogram)

    def add(self, latency_ms: float, *, failed: bool) -> None:
        """Count one."""
        self.errors += failed
        self.latency.add(latency_ms)

    def merge(self, other: Measured) -> None:
        """Count what another one counted."""
        self.errors += other.errors
        self.latency.merge(other.latency)

    def document(self) -> dict[str, Any]:
        """Count, errors and the latency's quantiles, within 2 %."""
        held = self.latency
        return {
            "count": held.count,
            "errors": self.errors,
            "p50_ms": held.quantile(0.5),
            "p90_ms": held.quantile(0.9),
            "p99_ms": held.quantile(0.99),
            "max_ms": round(held.max, 3),
        }


@dataclass
class Profile:
    """Events by type and handler, calls by handler, operation and resource."""

    events: dict[tuple[str, str], Measured] = field(default_factory=dict)
    calls: dict[Row, Measured] = field(default_factory=dict)

    def add(self, outcome: Mapping[str, Any]) -> None:
        """Count one outcome with its calls."""
        handler = outcome.get("function") or ""
        kind = (outcome["type"], handler)
        event = self.events.get(kind)
        if event is None:
            event = self.events[kind] = Measured()
        event.add(outcome["latency_ms"], failed=outcome["outcome"] != "success")
        for call in outcome["calls"] or ():
            row = handler, f"{call['service']} {call['operation']}", resource_of(call["parameters"])
            self._measured(row).add(call["latency_ms"], failed=call["outcome"] != "success")

    def merge(self, other: Profile) -> None:
        """Count what another profile counted."""
        for kind, measured in other.events.items():
            self.events.setdefault(kind, Measured()).merge(measured)
        for row, measured in other.calls.items():
            self._measured(row).merge(measured)

    def document(self) -> dict[str, Any]:
        """`{"events": [{"type", "handler", ...}], "calls": [{"handler", "operation", "resource", ...}]}`, in the order of the names."""
        events = [
            {"type": type_, "handler": handler, **measured.document()}
            for (type_, handler), measured in sorted(self.events.items())
        ]
        calls = [
            {"handler": handler, "operation": operation, "resource": resource, **measured.document()}
            for (handler, operation, resource), measured in sorted(self.calls.items())
        ]
        return {"events": events, "calls": calls}

    def _measured(self, row: Row) -> Measured:
        found = self.calls.get(row)
        if found is None:
            if len(self.calls) >= MOST_ROWS:
                row = (row[0], row[1], BEYOND)
            found = self.calls.setdefault(row, Measured())
        return found


def profile_of(outcomes: Iterable[Mapping[str, Any]]) -> Profile:
    """The profile of outcomes, in any order."""
    profile = Profile()
    for outcome in outcomes:
        profile.add(outcome)
    return profile


def resource_of(parameters: Any) -> str:
    """What a call's parameters name: a zone's id, a table, a function; several tables of one batch with commas between them."""
    if not isinstance(parameters, dict):
        return ""
    for member in _RESOURCES:
        if isinstance(name := parameters.get(member), str):
            return name.removeprefix("/hostedzone/")
    if isinstance(tables := parameters.get("RequestItems"), dict):
        return ", ".join(sorted(tables))
    if isinstance(items := parameters.get("TransactItems"), list):
        return ", ".join(sorted(set(_tables(items))))
    return ""


def _tables(items: list[Any]) -> list[str]:
    return [
        str(item[action]["TableName"])
        for item in items
        if isinstance(item, dict)
        for action in _TRANSACTED
        if isinstance(item.get(action), dict) and "TableName" in item[action]
    ]
