"""Which record sets of a dump Route 53 would refuse: its own rules, over a zone that is made anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.record_set import RecordKey, key_of, printable_key
from twinstage.world.memory.route53 import (
    Cause,
    Change,
    ChangeRefused,
    Problem,
    apply_changes,
    published_limits,
    zone_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twinstage.model.record_set import RecordSet
    from twinstage.world.interface import HostedZone

_APEX_TYPES = ("NS", "SOA")
_ENDLESS = 1 << 31


@dataclass(frozen=True, order=True)
class Refusal:
    """One record set that Route 53 would refuse: its zone and printable key, AWS's error code, the rule and AWS's words."""

    zone: str
    key: str
    code: str
    cause: str
    message: str

    def document(self) -> dict[str, str]:
        """As JSON output carries it."""
        return dict(vars(self))


def refusals(zone: HostedZone, record_sets: Sequence[RecordSet]) -> dict[RecordKey, Refusal]:
    """The record sets, by key, that could not stand in such a zone; without them Route 53 takes the rest.

    The quotas of one request and of a zone's size do not count: a dump is no batch, and an account may have more. Where a
    CNAME stands beside another type it is the CNAME that is refused. What then misses its alias target is refused too.
    """
    limits = replace(
        published_limits(),
        records_per_batch=_ENDLESS,
        value_characters_per_batch=_ENDLESS,
        record_sets_per_zone=_ENDLESS,
    )
    empty = zone_from(_new_apex(zone.name), id=zone.id, name=zone.name, private=zone.private)
    left = {key_of(record_set): record_set for record_set in record_sets}
    found: dict[RecordKey, Refusal] = {}
    while left:
        batch = [Change("UPSERT" if key in empty.records else "CREATE", record) for key, record in left.items()]
        try:
            apply_changes(empty, batch, limits=limits)
        except ChangeRefused as refused:
            for problem in refused.problems:
                for key in _blamed(problem, left):
                    text = Refusal(zone.name, printable_key(key), refused.error, str(problem.cause), problem.message)
                    found.setdefault(key, text)
            left = {key: record for key, record in left.items() if key not in found}
        else:
            break
    return found


def _blamed(problem: Problem, left: Iterable[RecordKey]) -> list[RecordKey]:
    """Whose a problem is. That of a CNAME beside other types names the first record set of the name, whichever that is."""
    if problem.cause is Cause.CNAME_BESIDE_ANOTHER:
        return [key for key in left if key[0] == problem.name and key[1] == "CNAME"]
    return [(problem.name, problem.type, problem.set_identifier)]


def _new_apex(name: str) -> list[dict[str, Any]]:
    """The NS and SOA that Route 53 gives a new zone; a dump's own take their place.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
    """
    server = "ns-2048.awsdns-64.com."
    values = {"NS": server, "SOA": f"{server} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}
    return [
        {"Name": name, "Type": type_, "TTL": 900, "ResourceRecords": [{"Value": values[type_]}]}
        for type_ in _APEX_TYPES
    ]
