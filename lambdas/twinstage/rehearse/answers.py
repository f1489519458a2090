"""Calls that are no matter of the exact world, as documents: those that were answered by what the scenario prepared, and those that nobody answered."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json
from twinstage.model.prepared_answer import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twinstage.rehearse.explored import Explored

Document = dict[str, Any]
LONGEST = 400  # characters of parameters in an entry; without them it answers every call of the operation


def calls_document(explored: Sequence[Explored]) -> Document:
    """`unanswered`: [service, operation] of each; `unanswered_calls`: some of them with what would answer them; `answered`: [service, operation, times]."""
    unanswered = {name for one in explored for name in one.graph.unanswered}
    calls = [call for one in explored for call in (*one.subject.unanswered, *one.graph.unanswered_calls)]
    times: dict[tuple[str, str], int] = {}
    for given in (given for one in explored for given in (one.subject.answered, one.graph.answered)):
        times |= {name: times.get(name, 0) + number for name, number in given.items()}
    return {
        "unanswered": [list(name) for name in sorted(unanswered | {call[:2] for call in calls})],
        "unanswered_calls": distinct_calls(_call(*call) for call in calls),
        "answered": [[*name, number] for name, number in sorted(times.items())],
    }


def distinct_calls(calls: Iterable[Document]) -> list[Document]:
    """Each call once, in an order of its own."""
    return [by for _, by in sorted({canonical_json(call): call for call in calls}.items())]


def total_answered(documents: Iterable[Mapping[str, Any]]) -> list[Document]:
    """How often calls of each operation were answered so, over the documents of all tasks."""
    times: dict[tuple[str, str], int] = {}
    for service, operation, number in (entry for each in documents for entry in each.get("answered", ())):
        times[service, operation] = times.get((service, operation), 0) + number
    return [{"service": name[0], "operation": name[1], "times": number} for name, number in sorted(times.items())]


def _call(service: str, operation: str, parameters: Mapping[str, Any]) -> Document:
    told = json_form(parameters)
    entry: Document = {"service": service, "operation": operation, "parameters": told}
    if len(json.dumps(told)) > LONGEST:
        del entry["parameters"]
    may_be_prepared = service not in EXACT
    return {
        "service": service,
        "operation": operation,
        "parameters": entry.get("parameters", {}),
        "entry": f"- {json.dumps({**entry, 'response': {}}, ensure_ascii=False)}" if may_be_prepared else None,
    }


def json_form(value: Any) -> Any:
    """A call's parameters as a scenario writes them: times as ISO 8601, bytes as their text where they are one."""
    if isinstance(value, Mapping):
        return {str(name): json_form(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_form(entry) for entry in value]
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
