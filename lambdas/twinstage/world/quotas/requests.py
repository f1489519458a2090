"""What a request asks of the quotas on requests: by its service, operation and parameters alone.

DynamoDB's capacity units are not among them: they follow from the items that a request meets.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from twinstage.model.quotas import published_quotas
from twinstage.world.quotas.demand import Demand

if TYPE_CHECKING:
    from collections.abc import Mapping

# What only looks like a quota of a request: DynamoDB's capacity, and what invocations and executions ask for themselves.
_OTHERWISE = frozenset({"table", "partition", "function", "queue"})


def request_demands(
    service: str, operation: str, parameters: Mapping[str, Any], *, account: str, region: str
) -> tuple[Demand, ...]:
    """The demands of one request in boto3's form. `account` and `region` are whose it is; Route 53 has one region."""
    place = account if service == "route53" else f"{account}/{region}"
    return tuple(
        Demand(quota, _key(quota, scope, place, parameters), _units(quota, parameters))
        for quota, scope in _drawn_on(service, operation)
    )


@cache
def _drawn_on(service: str, operation: str) -> tuple[tuple[str, str], ...]:
    """The quotas on requests that an operation draws on, with their scopes; the zone's last: the front door comes before it."""
    found = [
        (quota.id, quota.scope)
        for quota in published_quotas().values()
        if quota.service == service
        and quota.kind != "size"
        and quota.scope not in _OTHERWISE
        and quota.unit in ("requests", "changes")
        and (operation in quota.operations or (service == "route53" and not quota.operations))
    ]
    return tuple(sorted(found, key=lambda each: each[1] == "zone"))


def _key(quota: str, scope: str, place: str, parameters: Mapping[str, Any]) -> str:
    if scope == "zone":
        return str(parameters.get("HostedZoneId", "")).rpartition("/")[2]
    return place


def _units(quota: str, parameters: Mapping[str, Any]) -> float:
    """One for a request; for a quota on changes as many as a batch has."""
    if quota.endswith(".changes"):
        return float(len((parameters.get("ChangeBatch") or {}).get("Changes") or ()))
    return 1.0
