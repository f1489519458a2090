"""The rules about routing policies: record sets of one name and type share one policy, and differ in what it goes by.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.record_set import ROUTING_FIELDS
from twinstage.world.memory.route53.problems import Cause, Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.world.memory.route53.draft import Draft
    from twinstage.world.memory.route53.limits import RouteLimits

_POLICY_NAMES = {
    "Weight": "weighted",
    "Region": "latency",
    "Failover": "failover",
    "GeoLocation": "geolocation",
    "MultiValueAnswer": "multivalue answer",
    "GeoProximityLocation": "geoproximity",
    "CidrRoutingConfig": "CIDR",
}
_UNIQUE = {"Region": "Region Name", "Failover": "Failover", "GeoLocation": "GeoLocation", "CidrRoutingConfig": "CIDR"}
_UNROUTABLE = frozenset({"NS", "SOA"})


def routing_problems(key: RecordKey, record_set: RecordSet, draft: Draft, limits: RouteLimits) -> Iterator[Problem]:
    """Yield what is wrong with the routing of a record set beside the others of its name and type."""
    policy = policy_of(record_set)
    group = [other for other in draft.keys_at(key[0]) if other[1] == key[1]]
    others = [found for other in group if other != key and (found := draft.get(other)) is not None]
    if any(policy_of(other) != policy for other in others):
        yield problem(Cause.MIXED_ROUTING, key, _mixed(key, policy))
    elif policy in _UNIQUE and any(other[policy] == record_set[policy] for other in others):
        yield problem(Cause.SAME_ROUTING_VALUE, key, _same_value(key, policy, record_set))
    if policy and key[1] in _UNROUTABLE:
        text = f"RRSet of type {key[1]} with DNS name {key[0]} cannot have a {_POLICY_NAMES[policy]} routing policy."
        yield problem(Cause.NOT_SUPPORTED, key, text)
    if policy == "MultiValueAnswer" and "AliasTarget" in record_set:
        text = f"RRSet with DNS name {key[0]}, type {key[1]} cannot be both an alias and a multivalue answer."
        yield problem(Cause.NOT_SUPPORTED, key, text)
    if draft.zone.private:
        yield from _private_problems(key, record_set, policy)
    most = (
        limits.geoproximity_sets_per_name_and_type
        if policy == "GeoProximityLocation"
        else limits.record_sets_per_name_and_type
    )
    if len(group) > most:
        text = f"Cannot have more than {most} RRSets with DNS name {key[0]} and type {key[1]}."
        yield problem(Cause.LIMIT, key, text)


def _private_problems(key: RecordKey, record_set: RecordSet, policy: str | None) -> Iterator[Problem]:
    """What a private zone does not take: IP-based routing, and a health check on a record set with simple routing.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
    """
    if policy == "CidrRoutingConfig":
        text = f"RRSet of type {key[1]} with DNS name {key[0]} cannot have a CIDR routing policy in a private zone."
        yield problem(Cause.NOT_SUPPORTED, key, text)
    if policy is None and "HealthCheckId" in record_set:
        text = f"RRSet of type {key[1]} with DNS name {key[0]} cannot have a health check without a routing policy in a private zone."
        yield problem(Cause.NOT_SUPPORTED, key, text)


def policy_of(record_set: RecordSet) -> str | None:
    """Answer the field that chooses a canonical record set's routing policy; None for simple routing."""
    return next((field for field in ROUTING_FIELDS if field in record_set), None)


def _mixed(key: RecordKey, policy: str | None) -> str:
    name, type_, set_identifier = key
    start = f"RRSet with DNS name {name}, type {type_}"
    if policy is None:
        return f"{start} cannot be created as other RRSets exist with the same name and type."
    other = f"non-{_POLICY_NAMES[policy]} set exists with the same name and type."
    return f"{start}, SetIdentifier {set_identifier} cannot be created as a {other}"


def _same_value(key: RecordKey, policy: str, record_set: RecordSet) -> str:
    name, type_, set_identifier = key
    chosen = f"{_UNIQUE[policy]}={record_set[policy]}"
    return (
        f"RRSet with DNS name {name}, type {type_}, SetIdentifier {set_identifier}, and {chosen} cannot be created "
        f"because a {_POLICY_NAMES[policy]} RRSet with the same name, type and {policy.lower()} already exists."
    )
