"""The rules about alias targets.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.dns_name import is_within
from twinstage.world.memory.route53.problems import Cause, Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.world.memory.route53.draft import Draft

CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
"""The hosted zone id of every alias to a CloudFront distribution."""

_NO_ALIAS = frozenset({"NS", "SOA"})


def alias_problems(key: RecordKey, record_set: RecordSet, draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with a record set's alias target, if it has one, once the batch is done."""
    alias = record_set.get("AliasTarget")
    if alias is None:
        return
    if key[1] in _NO_ALIAS:
        text = f"RRSet of type {key[1]} with DNS name {key[0]} cannot be an alias."
        yield problem(Cause.NOT_SUPPORTED, key, text)
    elif alias["HostedZoneId"] == CLOUDFRONT_ZONE and draft.zone.private:
        text = f"Alias resource record sets for CloudFront can't be created in a private zone: {key[0]}, type {key[1]}."
        yield problem(Cause.NOT_SUPPORTED, key, text)
    elif alias["HostedZoneId"] == draft.zone.id:
        yield from _own_zone_problems(key, alias["DNSName"], draft)


def _own_zone_problems(key: RecordKey, target: str, draft: Draft) -> Iterator[Problem]:
    """Yield a problem where an alias into its own zone has no target there: another record set of the same type."""
    name, type_, _ = key
    tried = f"Tried to create an alias that targets {target}, type {type_} in zone {draft.zone.id}, but"
    if not is_within(target, draft.zone.name):
        text = f"{tried} the alias target name does not lie within the target zone"
        yield problem(Cause.ALIAS_TARGET_MISSING, key, text)
    if target == name or not any(other[1] == type_ for other in draft.keys_at(target)):
        yield problem(Cause.ALIAS_TARGET_MISSING, key, f"{tried} that target was not found")
