"""The rules that hold for what a batch leaves behind, whatever the order of its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.world.memory.route53.alias_rules import alias_problems
from twinstage.world.memory.route53.problems import Cause, Problem, problem
from twinstage.world.memory.route53.routing_rules import routing_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.model.record_set import RecordKey
    from twinstage.world.memory.route53.change import Change
    from twinstage.world.memory.route53.draft import Draft
    from twinstage.world.memory.route53.limits import RouteLimits

_APEX_RULES = {
    "NS": "A HostedZone must contain at least one NS record for the zone itself.",
    "SOA": "A HostedZone must contain exactly one SOA record.",
}


def outcome_problems(batch: Sequence[Change], draft: Draft, limits: RouteLimits) -> Iterator[Problem]:
    """Yield every rule that the outcome of `batch` breaks at a name or record set the batch changes."""
    first_at: dict[str, RecordKey] = {}
    for change in batch:
        first_at.setdefault(change.key[0], change.key)
    for key in first_at.values():
        yield from _cname_problems(key, draft)
    for key in dict.fromkeys(change.key for change in batch):
        yield from _apex_problems(key, draft)
        record_set = draft.get(key)
        if record_set is not None and draft.was_put(key):
            yield from routing_problems(key, record_set, draft, limits)
            yield from alias_problems(key, record_set, draft)
    if draft.size() > max(limits.record_sets_per_zone, len(draft.zone.records)):
        text = f"Exceeded limit MAX_RRSETS_BY_ZONE for zone: {draft.zone.id}"
        yield problem(Cause.LIMIT, batch[0].key, text)


def _cname_problems(first: RecordKey, draft: Draft) -> Iterator[Problem]:
    """Yield a problem for each record set that the batch puts at a name where a CNAME then stands beside another type.

    At the apex a CNAME always stands beside NS and SOA. `first`, the batch's first change at the name, stands for all.
    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#CNAMEFormat
    """
    name, zone = first[0], draft.zone.name
    types = {key[1] for key in draft.keys_at(name)}
    at_apex = name == zone
    if "CNAME" not in types or (len(types) == 1 and not at_apex):
        return
    put = {key[1] for key in draft.keys_at(name) if draft.was_put(key)}
    if "CNAME" in put:
        rule = (
            f"at apex in zone {zone}"
            if at_apex
            else f"as it conflicts with other records with the same DNS name in zone {zone}"
        )
        text = f"RRSet of type CNAME with DNS name {name} is not permitted {rule}"
        yield problem(Cause.CNAME_BESIDE_ANOTHER, first, text)
    if "CNAME" in draft.kept_types(name):
        for type_ in sorted(put - {"CNAME"}):
            text = (
                f"RRSet of type {type_} with DNS name {name} is not permitted because a conflicting RRSet of type  "
                f"CNAME with the same DNS name already exists in zone {zone}"
            )
            yield problem(Cause.CNAME_BESIDE_ANOTHER, first, text)


def _apex_problems(key: RecordKey, draft: Draft) -> Iterator[Problem]:
    """Yield a problem where the batch takes the zone's own NS or SOA record set away.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
    """
    name, type_, _ = key
    if name == draft.zone.name and type_ in _APEX_RULES and key in draft.zone.records and draft.get(key) is None:
        yield problem(Cause.APEX_RECORD_DELETED, key, _APEX_RULES[type_])
