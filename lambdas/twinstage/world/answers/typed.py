"""JSON given the types of a service's model: what boto3 takes as parameters, and what it gives as a response.

Times are ISO 8601 text or epoch seconds. Bytes are their text in UTF-8, `{"base64": text}`, or `{"json": value}` for that value's JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twinstage.world.answers.service_models import nearest

if TYPE_CHECKING:
    from botocore.model import Shape

Steps = tuple[str | int, ...]
_LONGEST = 60
Note = Callable[[Steps, str, str], None]
"""Told of each problem: where, what, and how it is mended."""

_FORMS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a text"),
    "character": ((str,), "a text"),
    "boolean": ((bool,), "true or false"),
    "integer": ((int,), "a whole number"),
    "long": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "structure": ((dict,), "an object"),
    "map": ((dict,), "an object"),
    "list": ((list,), "a list"),
    "timestamp": ((str, int, float), "a time, as 2025-10-20T06:48:00Z"),
    "blob": ((str, dict), 'bytes: a text, {"base64": ...} or {"json": ...}'),
}


@dataclass(frozen=True)
class JsonBytes:
    """Bytes that are compared by the JSON they hold."""

    value: Any


def typed(shape: Shape | None, given: Any, steps: Steps, note: Note) -> Any:
    """`given` with the types of `shape`; None where it does not fit, which `note` is told of."""
    if shape is None:
        if given:
            note(steps, "the operation has nothing here", "leave it out")
        return {}
    if getattr(shape, "is_document_type", False):
        return given
    kinds, words = _FORMS[shape.type_name]
    if not isinstance(given, kinds) or (isinstance(given, bool) and bool not in kinds):
        note(steps, f"{_shown(given)} is not {words}", "")
        return None
    make = _MAKERS.get(shape.type_name)
    return make(shape, given, steps, note) if make else given


def _structure(shape: Any, given: Mapping[str, Any], steps: Steps, note: Note) -> dict[str, Any]:
    if getattr(shape, "is_tagged_union", False) and len(given) != 1:
        note(steps, f"exactly one member is set of {', '.join(sorted(shape.members))}", "")
    found = {}
    for name, value in given.items():
        member = shape.members.get(name)
        if member is None:
            note((*steps, name), f"there is no {name} here", nearest(str(name), shape.members))
        else:
            found[name] = typed(member, value, (*steps, name), note)
    return found


def _map(shape: Any, given: Mapping[str, Any], steps: Steps, note: Note) -> dict[str, Any]:
    return {name: typed(shape.value, value, (*steps, name), note) for name, value in given.items()}


def _list(shape: Any, given: list[Any], steps: Steps, note: Note) -> list[Any]:
    return [typed(shape.member, value, (*steps, index), note) for index, value in enumerate(given)]


def _time(_shape: Any, given: str | float, steps: Steps, note: Note) -> datetime | None:
    try:
        told = datetime.fromtimestamp(given, UTC) if not isinstance(given, str) else datetime.fromisoformat(given)
    except (ValueError, OverflowError, OSError):
        note(steps, f"{_shown(given)} is no time", "write it as 2025-10-20T06:48:00Z")
        return None
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def _bytes(_shape: Any, given: str | Mapping[str, Any], steps: Steps, note: Note) -> bytes | JsonBytes | None:
    if isinstance(given, str):
        return given.encode()
    if set(given) == {"json"}:
        return JsonBytes(given["json"])
    try:
        return base64.b64decode(given["base64"] if set(given) == {"base64"} else "!", validate=True)
    except (TypeError, ValueError, binascii.Error):
        note(steps, f"{_shown(given)} is no bytes", 'write a text, {"base64": ...} or {"json": ...}')
        return None


_MAKERS: Mapping[str, Callable[[Any, Any, Steps, Note], Any]] = {
    "structure": _structure,
    "map": _map,
    "list": _list,
    "timestamp": _time,
    "blob": _bytes,
}


def sent(value: Any) -> Any:
    """A typed response as it is handed over: JSON bytes are bytes."""
    if isinstance(value, JsonBytes):
        return json.dumps(value.value).encode()
    if isinstance(value, dict):
        return {name: sent(entry) for name, entry in value.items()}
    return [sent(entry) for entry in value] if isinstance(value, list) else value


def covers(wanted: Any, given: Any) -> bool:
    """Whether what was called with holds what is wanted: objects member by member, everything else as a whole."""
    if isinstance(wanted, JsonBytes):
        return _same_json(wanted.value, given)
    if isinstance(wanted, dict):
        return isinstance(given, Mapping) and all(n in given and covers(w, given[n]) for n, w in wanted.items())
    if isinstance(wanted, list):
        return isinstance(given, (list, tuple)) and len(given) == len(wanted) and all(map(covers, wanted, given))
    if isinstance(wanted, bytes) and isinstance(given, str):
        return wanted == given.encode()
    return bool(wanted == given)


def _same_json(wanted: Any, given: Any) -> bool:
    try:
        return covers(wanted, json.loads(given))
    except (TypeError, ValueError):
        return False


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
