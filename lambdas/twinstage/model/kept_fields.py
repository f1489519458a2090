"""What a twin's zone cannot hold of a record set, kept beside it in a TXT record set: read back, the two give production's form.

A twin's zone is private, and in another account. It has no IP-based routing, no health check on simple routing, no traffic policy instance, and no health
check of production's. The TXT stands at a name made from the record set's key, and is changed once a change of the record set was taken (`kept_changes`). What
it keeps belongs to the one record set it was kept for: once somebody has changed that, it is not put back.
Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json, sha256_hex
from twinstage.model.record_set import ROUTING_FIELDS, canonical_record_set, key_of

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from twinstage.model.record_set import RecordSet

KEPT_LABEL = "twinstage-kept"
KEPT_TTL_S = 60
SUBSTITUTE_WEIGHT = 1
IP_BASED = "a private zone has no IP-based routing: the twin's record sets are weighted alike, production's locations are kept beside them"
TRAFFIC_POLICY = (
    "only a traffic policy instance can make it, and the twin has none: production's id is kept beside the record set"
)
SIMPLE = "a private zone takes no health check on a record set with simple routing: production's id is kept beside it"
UNKNOWN = "the snapshot does not hold this health check: production's id is kept beside the record set"

_CHUNK = 120
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def lost_fields(record: Mapping[str, Any], health_checks: Container[str]) -> dict[str, str]:
    """The fields of a canonical record set that its twin cannot have, each with the reason. `health_checks` are those that have a twin."""
    found = {}
    if "CidrRoutingConfig" in record:
        found["CidrRoutingConfig"] = IP_BASED
    if "TrafficPolicyInstanceId" in record:
        found["TrafficPolicyInstanceId"] = TRAFFIC_POLICY
    if "HealthCheckId" in record:
        if record["HealthCheckId"] not in health_checks:
            found["HealthCheckId"] = UNKNOWN
        elif not any(field in record for field in ROUTING_FIELDS):
            found["HealthCheckId"] = SIMPLE
    return found


def without_lost(record: Mapping[str, Any], lost: Container[str]) -> RecordSet:
    """A canonical record set without its lost fields; members of IP-based routing become members of weighted routing, alike."""
    held = {field: value for field, value in record.items() if field not in lost}
    if "CidrRoutingConfig" in lost:
        held["Weight"] = SUBSTITUTE_WEIGHT
    return canonical_record_set(held)


def kept_name(record: Mapping[str, Any], zone: str) -> str:
    """Where the TXT of a record set stands in a zone."""
    return f"{sha256_hex(canonical_json(list(key_of(record))))[:32]}.{KEPT_LABEL}.{zone}"


def kept_txt(record: Mapping[str, Any], lost: Container[str], held: Mapping[str, Any], zone: str) -> RecordSet:
    """The TXT that keeps the lost fields of `record`, whose twin is `held`."""
    fields = {field: value for field, value in record.items() if field in lost}
    text = json.dumps({"beside": _digest(held), "fields": fields}, sort_keys=True, separators=(",", ":"))
    chunks = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
    value = " ".join('"' + chunk.replace("\\", "\\\\").replace('"', '\\"') + '"' for chunk in chunks)
    return canonical_record_set(
        {"Name": kept_name(record, zone), "Type": "TXT", "TTL": KEPT_TTL_S, "ResourceRecords": [{"Value": value}]}
    )


def put_back(held: Mapping[str, Any], txt: Mapping[str, Any] | None) -> RecordSet:
    """A record set read from a twin with what its TXT keeps of production's; as it is, where that was kept for another form of it."""
    record = dict(held)
    if txt is None:
        return record
    kept = _kept(txt)
    if kept["beside"] != _digest(held):
        return record
    if "CidrRoutingConfig" in kept["fields"]:
        del record["Weight"]
    return canonical_record_set(record | kept["fields"])


def is_kept_for(txt: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether a TXT keeps something of this form of its record set."""
    return bool(_kept(txt)["beside"] == _digest(held))


def _kept(txt: Mapping[str, Any]) -> dict[str, Any]:
    text = "".join(_unescaped(part) for part in _STRING.findall(txt["ResourceRecords"][0]["Value"]))
    kept: dict[str, Any] = json.loads(text)
    return kept


def _digest(record: Mapping[str, Any]) -> str:
    return sha256_hex(canonical_json(canonical_record_set(record)))[:32]


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
