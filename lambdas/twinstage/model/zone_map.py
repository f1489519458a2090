"""What a twin's zone has instead of production's records, and the way back.

A twin zone differs from production's where it must: its apex NS and SOA are its own; an alias inside the zone names the twin's zone id; an alias
out of the zone points at a stub inside the twin, since a twin must never resolve to production; a health check is the twin's own. A stub is an address record
and, beside it, a TXT that holds the original target; what a private zone refuses is kept in a TXT too (`kept_fields`): a twin zone read back maps itself to
production's form, without any register beyond the ids of zones and health checks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import sha256_hex
from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.kept_fields import KEPT_LABEL, kept_name, kept_txt, lost_fields, put_back, without_lost
from twinstage.model.record_set import canonical_record_set, key_of, ordered, printable_key
from twinstage.model.substitution import Substitution

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.model.record_set import RecordSet

STUB_LABEL = "twinstage-stub"
STUB_TTL_S = 60
# Addresses reserved for documentation (RFC 5737, RFC 3849): nothing is there.
STUB_VALUES = {"A": "192.0.2.1", "AAAA": "2001:db8::1", "HTTPS": "1 ."}
OWN = "the twin zone has its own apex NS and SOA"
INSIDE = "an alias inside the zone names the twin's zone id"
OUTSIDE = "an alias out of the zone points at a stub: a twin must not resolve to production"
HEALTH = "the twin's own health check, which is always healthy and sends no traffic"


@dataclass(frozen=True)
class ZoneMap:
    """One zone of production and its twin. Both ids are bare, the name is canonical; `health_checks` leads from production's ids to the twin's."""

    name: str
    production_id: str
    twin_id: str
    health_checks: Mapping[str, str] = field(default_factory=dict)

    def to_twin(self, record_set: Mapping[str, Any]) -> RecordSet:
        """The record set as the twin carries it."""
        record = canonical_record_set(record_set)
        record = without_lost(record, lost_fields(record, self.health_checks))
        if "HealthCheckId" in record:
            record |= {"HealthCheckId": self.health_checks[record["HealthCheckId"]]}
        alias = record.get("AliasTarget")
        if alias is None:
            return record
        if alias["HostedZoneId"] == self.production_id:
            return record | {"AliasTarget": alias | {"HostedZoneId": self.twin_id}}
        return record | {"AliasTarget": alias | {"HostedZoneId": self.twin_id, "DNSName": self.stub_name(alias)}}

    def kept(self, record_set: Mapping[str, Any]) -> list[RecordSet]:
        """The TXT that stands beside `to_twin(record_set)`, where the twin cannot hold all of it."""
        record = canonical_record_set(record_set)
        lost = lost_fields(record, self.health_checks)
        return [kept_txt(record, lost, self.to_twin(record), self.name)] if lost else []

    def standing(self, twin_record_sets: Iterable[Mapping[str, Any]]) -> dict[str, RecordSet]:
        """The TXTs of a twin's record sets that keep what others cannot hold, by name."""
        suffix = f".{KEPT_LABEL}.{self.name}"
        records = (canonical_record_set(record) for record in twin_record_sets if record["Type"] == "TXT")
        return {record["Name"]: record for record in records if record["Name"].endswith(suffix)}

    def stubs(self, record_set: Mapping[str, Any]) -> list[RecordSet]:
        """The stub records that `to_twin(record_set)` needs beside it: none, or an address and a TXT."""
        record = canonical_record_set(record_set)
        alias = record.get("AliasTarget")
        if alias is None or alias["HostedZoneId"] == self.production_id:
            return []
        if record["Type"] not in STUB_VALUES:
            message = f"{record['Name']} {record['Type']}: an alias of this type out of its zone has no stub"
            raise InputError([InputProblem(self.name, 0, "", message, f"stubs exist for {', '.join(STUB_VALUES)}")])
        name = self.stub_name(alias)
        return [
            _record(name, record["Type"], STUB_VALUES[record["Type"]]),
            _record(name, "TXT", f'"{alias["HostedZoneId"]} {alias["DNSName"]}"'),
        ]

    def stub_name(self, alias: Mapping[str, Any]) -> str:
        """Where the stub of an alias target stands."""
        label = sha256_hex(f"{alias['HostedZoneId']} {canonical_name(alias['DNSName'])}".encode())[:32]
        return f"{label}.{STUB_LABEL}.{self.name}"

    def twin_records(self, record_sets: Iterable[Mapping[str, Any]]) -> list[RecordSet]:
        """The record sets a twin zone must hold beside its own apex, stubs and kept TXTs included, ordered."""
        wanted = [record for record in record_sets if not self.is_own(record)]
        if taken := sorted({record["Name"] for record in wanted if self.is_ours(record)}):
            message = f"production has records where a twin keeps its own: {', '.join(taken)}"
            names = " and ".join(f"{label}.{self.name}" for label in (STUB_LABEL, KEPT_LABEL))
            raise InputError([InputProblem(self.name, 0, "", message, f"names below {names} belong to Twinstage")])
        stubs = {(stub["Name"], stub["Type"]): stub for record in wanted for stub in self.stubs(record)}
        beside = [kept for record in wanted for kept in self.kept(record)]
        return ordered([*(self.to_twin(record) for record in wanted), *stubs.values(), *beside])

    def production_records(self, twin_record_sets: Iterable[Mapping[str, Any]]) -> list[RecordSet]:
        """The inverse of `twin_records`: what is read from the twin, in production's terms, apex NS and SOA left out."""
        records = [canonical_record_set(record) for record in twin_record_sets]
        texts = {record["Name"]: record for record in records if record["Type"] == "TXT" and self.is_ours(record)}
        return ordered(
            self._from_twin(record, texts) for record in records if not self.is_own(record) and not self.is_ours(record)
        )

    def _from_twin(self, held: RecordSet, texts: Mapping[str, RecordSet]) -> RecordSet:
        record = put_back(held, texts.get(kept_name(held, self.name)))
        if "HealthCheckId" in held:
            back = {twin: production for production, twin in self.health_checks.items()}
            record |= {"HealthCheckId": back.get(held["HealthCheckId"], held["HealthCheckId"])}
        alias = record.get("AliasTarget")
        if alias is None or alias["HostedZoneId"] != self.twin_id:
            return record
        stub = texts.get(alias["DNSName"])
        zone_id, dns_name = _original(stub) if stub else (self.production_id, alias["DNSName"])
        return record | {"AliasTarget": alias | {"HostedZoneId": zone_id, "DNSName": dns_name}}

    def is_own(self, record: Mapping[str, Any]) -> bool:
        """Whether a record set is the apex NS or SOA, which every zone has of its own."""
        return record["Type"] in ("NS", "SOA") and canonical_name(record["Name"]) == self.name

    def is_ours(self, record: Mapping[str, Any]) -> bool:
        """Whether a twin's record set is part of a stub, or keeps what another cannot hold."""
        return canonical_name(record["Name"]).endswith((f".{STUB_LABEL}.{self.name}", f".{KEPT_LABEL}.{self.name}"))

    def substitutions(self, record_sets: Iterable[Mapping[str, Any]]) -> list[Substitution]:
        """Everything about these record sets that the twin has otherwise, with the reason."""
        found = []
        for record in map(canonical_record_set, record_sets):
            subject = printable_key(key_of(record))
            if self.is_own(record):
                found.append(Substitution("route53", subject, "ResourceRecords", OWN))
                continue
            lost = lost_fields(record, self.health_checks)
            found += [Substitution("route53", subject, name, reason) for name, reason in lost.items()]
            if "HealthCheckId" in record and "HealthCheckId" not in lost:
                found.append(Substitution("route53", subject, "HealthCheckId", HEALTH))
            if (alias := record.get("AliasTarget")) is not None:
                reason = INSIDE if alias["HostedZoneId"] == self.production_id else OUTSIDE
                found.append(Substitution("route53", subject, "AliasTarget", reason))
        return sorted(found)


def _record(name: str, kind: str, value: str) -> RecordSet:
    return canonical_record_set({"Name": name, "Type": kind, "TTL": STUB_TTL_S, "ResourceRecords": [{"Value": value}]})


def _original(txt: Mapping[str, Any]) -> tuple[str, str]:
    zone_id, dns_name = txt["ResourceRecords"][0]["Value"].strip('"').split(" ", 1)
    return zone_id, dns_name
