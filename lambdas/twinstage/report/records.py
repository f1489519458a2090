"""Record changes and API calls, in a line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.text import clip, compact

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANGE_CALL = "ChangeResourceRecordSets"
CHANGES_SHOWN = 40

# The fields that tell record sets of one name and type apart, in the words a reader of zone files knows.
_ROUTING = {"SetIdentifier": "set", "Weight": "weight", "Region": "region", "Failover": "failover"}


@dataclass(frozen=True)
class Change:
    """One change of a batch. `value` is the rest of the record set: TTL and values, or the alias target."""

    action: str
    name: str
    type: str
    value: str


@dataclass(frozen=True)
class Changes:
    """The first changes of a batch, and how many it has in all."""

    shown: tuple[Change, ...]
    total: int

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return self.total - len(self.shown)


@dataclass(frozen=True)
class Call:
    """One AWS API call. `subject` is what it was about; a change batch has `changes` instead."""

    n: int
    service: str
    operation: str
    subject: str
    changes: Changes
    outcome: str
    error: str
    message: str
    latency_ms: float | None

    @property
    def failed(self) -> bool:
        """Whether AWS answered with an error."""
        return self.outcome != "success"


def changes_of(batch: tuple[Any, ...], total: int | None = None, limit: int = CHANGES_SHOWN) -> Changes:
    """The first of a batch's `Changes`, in Route 53's API form. `total`: how many it has, where `batch` is not all of it."""
    return Changes(tuple(map(_change, batch[:limit])), len(batch) if total is None else total)


def _change(document: Any) -> Change:
    record_set = mapped(document.get("ResourceRecordSet"))
    return Change(
        action=text_of(document.get("Action")),
        name=clip(text_of(record_set.get("Name")), 300),
        type=text_of(record_set.get("Type")),
        value=record_set_value(record_set),
    )


def record_set_value(record_set: Mapping[str, Any], limit: int = 600) -> str:
    """What a record set answers, and how it is chosen: `60 192.0.2.1, 192.0.2.2 (set blue, weight 10)`."""
    alias = mapped(record_set.get("AliasTarget"))
    records = ", ".join(text_of(record.get("Value")) for record in listed(record_set.get("ResourceRecords")))
    ttl = text_of(record_set.get("TTL"))
    answer = f"alias of {text_of(alias.get('DNSName'))}" if alias else f"{ttl} {records}".strip()
    routing = ", ".join(f"{word} {record_set[field]}" for field, word in _ROUTING.items() if field in record_set)
    return clip(f"{answer} ({routing})" if routing else answer, limit)


def call_changes(document: Any) -> tuple[Any, ...]:
    """The changes a recorded call asked for, in API form; none for any other operation."""
    if document.get("operation") != CHANGE_CALL:
        return ()
    return listed(mapped(mapped(document.get("parameters")).get("ChangeBatch")).get("Changes"))


def effective(changes: tuple[Any, ...]) -> tuple[Any, ...]:
    """The changes of a batch without its assertions: a DELETE and a CREATE of one equal record set leave it as it was."""
    deleted = [change.get("ResourceRecordSet") for change in changes if change.get("Action") == "DELETE"]
    created = [change.get("ResourceRecordSet") for change in changes if change.get("Action") == "CREATE"]
    asserted = [record_set for record_set in deleted if record_set in created]
    return tuple(change for change in changes if change.get("ResourceRecordSet") not in asserted)


def touched(change: Any) -> frozenset[str]:
    """The names that a change writes or points an alias at, in lower case and without the trailing dot."""
    record_set = mapped(change.get("ResourceRecordSet"))
    names = (record_set.get("Name"), mapped(record_set.get("AliasTarget")).get("DNSName"))
    return frozenset(text_of(name).lower().removesuffix(".") for name in names if name)


def call_of(document: Any, n: int) -> Call:
    """A call as an outcome line carries it; `n` is its place there, for a call that does not say."""
    latency = document.get("latency_ms")
    return Call(
        n=int(document.get("n", n)),
        service=text_of(document.get("service")),
        operation=text_of(document.get("operation")),
        subject=_subject(mapped(document.get("parameters"))),
        changes=changes_of(call_changes(document)),
        outcome=text_of(document.get("outcome")),
        error=text_of(document.get("error")),
        message=clip(text_of(document.get("message")), 600),
        latency_ms=None if latency is None else float(latency),
    )


def _subject(parameters: Mapping[str, Any]) -> str:
    """What a call is about: its zone, table or function if it names one, then its other parameters."""
    named = [text_of(parameters[key]) for key in ("HostedZoneId", "TableName", "FunctionName") if key in parameters]
    others = {
        key: value
        for key, value in parameters.items()
        if key not in ("HostedZoneId", "TableName", "FunctionName", "ChangeBatch")
    }
    return " ".join(named + ([compact(others, 240)] if others else []))
