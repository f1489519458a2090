"""Whether an event's document is surely what `event.schema.json` asks for, told in microseconds.

The schema is the truth; checking a document against it takes some hundred times as long, which is much for millions of lines. What this accepts, the schema accepts;
what it does not is for the schema to judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")
_NEEDED = frozenset({"id", "timestamp", "type", "payload"})
_MEMBERS = _NEEDED | {"seq", "expected", "origin"}
_ORIGIN = frozenset({"principal", "session", "request_id", "source_ip"})
_SET_TEXTS = frozenset({"Name", "Type", "SetIdentifier", "Region", "Failover", "HealthCheckId"})
_SET_MEMBERS = _SET_TEXTS | {"TTL", "Weight", "ResourceRecords", "AliasTarget"}
_ITEM_MEMBERS = frozenset({"table", "keys", "new_image", "old_image"})
_LONGEST_ID, _LONGEST_NAME, _LONGEST_TABLE, _HIGHEST_TTL = 256, 64, 255, 2147483647
_MOST_KEYS, _LEAST_TABLE = 2, 3


def surely_valid(document: dict[str, Any]) -> bool:
    """Whether there is nothing about a document that its schema could object to. False says nothing."""
    if not _NEEDED <= document.keys() <= _MEMBERS:
        return False
    time, seq, type_ = document["timestamp"], document.get("seq", 0), document["type"]
    if not (_is_text(document["id"], _LONGEST_ID) and isinstance(time, str) and _TIME.fullmatch(time)):
        return False
    if type(seq) is not int or seq < 0 or ("expected" in document and not _is_expected(document["expected"])):
        return False
    if "origin" in document and not _is_origin(document["origin"]):
        return False
    check = _PAYLOADS.get(type_) if isinstance(type_, str) else None
    return check is not None and isinstance(document["payload"], dict) and check(document["payload"])


def _is_expected(expected: Any) -> bool:
    return expected == {"outcome": "success"} or (
        isinstance(expected, dict)
        and expected.keys() == {"outcome", "error"}
        and expected["outcome"] in ("refused", "error")
        and _is_text(expected["error"])
    )


def _is_origin(origin: Any) -> bool:
    return isinstance(origin, dict) and origin.keys() <= _ORIGIN and all(map(_is_text, origin.values()))


def _is_dns_update(payload: dict[str, Any]) -> bool:
    names, changes = payload.keys() - {"changes"}, payload.get("changes")
    if not names or not names <= {"zone", "zone_id"} or not all(_is_text(payload[name]) for name in names):
        return False
    return isinstance(changes, list) and len(changes) > 0 and all(map(_is_change, changes))


def _is_change(change: Any) -> bool:
    if not isinstance(change, dict) or change.keys() != {"Action", "ResourceRecordSet"}:
        return False
    return change["Action"] in ("CREATE", "DELETE", "UPSERT") and _is_record_set(change["ResourceRecordSet"])


def _is_record_set(record_set: Any) -> bool:
    if not isinstance(record_set, dict) or not {"Name", "Type"} <= record_set.keys() <= _SET_MEMBERS:
        return False
    ttl, weight = record_set.get("TTL", 0), record_set.get("Weight", 0)
    if type(ttl) is not int or not 0 <= ttl <= _HIGHEST_TTL or type(weight) is not int:
        return False
    if not all(_is_text(record_set[name]) for name in record_set.keys() & _SET_TEXTS):
        return False
    records, alias = record_set.get("ResourceRecords", []), record_set.get("AliasTarget")
    return (
        isinstance(records, list)
        and all(map(_is_record, records))
        and ("AliasTarget" not in record_set or _is_alias(alias))
    )


def _is_record(record: Any) -> bool:
    return isinstance(record, dict) and record.keys() == {"Value"} and isinstance(record["Value"], str)


def _is_alias(alias: Any) -> bool:
    if not isinstance(alias, dict) or not {"HostedZoneId", "DNSName"} <= alias.keys():
        return False
    texts = isinstance(alias["HostedZoneId"], str) and isinstance(alias["DNSName"], str)
    return (
        texts
        and alias.keys() - {"HostedZoneId", "DNSName"} <= {"EvaluateTargetHealth"}
        and isinstance(alias.get("EvaluateTargetHealth", False), bool)
    )


def _is_invocation(payload: dict[str, Any]) -> bool:
    return payload.keys() == {"function", "event"} and _is_text(payload["function"], _LONGEST_NAME)


def _is_item_change(payload: dict[str, Any]) -> bool:
    if payload.keys() != _ITEM_MEMBERS or not _is_text(payload["table"], _LONGEST_TABLE):
        return False
    if len(payload["table"]) < _LEAST_TABLE:
        return False
    new, old = payload["new_image"], payload["old_image"]
    if new is None and old is None:
        return False
    keys = payload["keys"]
    return _is_item(keys) and 0 < len(keys) <= _MOST_KEYS and all(one is None or _is_item(one) for one in (new, old))


def _is_item(item: Any) -> bool:
    return isinstance(item, dict) and all(map(_is_value, item.values()))


def _is_value(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind in ("S", "N", "B"):
        return isinstance(content, str)
    if kind in ("BOOL", "NULL"):
        return isinstance(content, bool)
    if kind in ("SS", "NS", "BS"):
        return isinstance(content, list) and len(content) > 0 and all(isinstance(text, str) for text in content)
    if kind == "L":
        return isinstance(content, list) and all(map(_is_value, content))
    return kind == "M" and _is_item(content)


def _is_text(value: Any, longest: int = 1 << 30) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


_PAYLOADS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "dns_update": _is_dns_update,
    "item_change": _is_item_change,
    "lambda_invoke": _is_invocation,
}
