"""Route 53. A zone's ARN carries no account: whose it is, is looked up.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twinstage.local.gate.call import Call, Check, UnmappedError
from twinstage.local.route53 import owner_of

if TYPE_CHECKING:
    from twinstage.local.gate.call import Asked

_ON_NOTHING = (
    "CreateHostedZone", "ListHostedZones", "ListHostedZonesByName", "GetHostedZoneCount", "CreateHealthCheck",
    "ListHealthChecks", "GetHealthCheckCount", "GetCheckerIpRanges", "ListReusableDelegationSets", "ListGeoLocations",
    "GetGeoLocation", "ListTrafficPolicies", "GetAccountLimit",
)  # fmt: skip
_RECORD = re.compile(r"<(?:\w+:)?ResourceRecordSet\b[^>]*>(.*?)</(?:\w+:)?ResourceRecordSet>", re.DOTALL)
_TAG = "<(?:\\w+:)?{0}\\b[^>]*>\\s*([^<]*?)\\s*</(?:\\w+:)?{0}>"
_NAME, _TYPE, _ACTION, _VPC, _VPC_REGION, _ID = (
    re.compile(_TAG.format(name)) for name in ("Name", "Type", "Action", "VPCId", "VPCRegion", "ResourceId")
)
_CHANGE = "route53:changeresourcerecordsets"


def route53(asked: Asked) -> Call:
    """Zones, health checks and changes; what names neither is on `*`. A zone and a VPC of two accounts: Route 53 itself refuses."""
    operation, given = asked.operation, asked.parameters
    action, body = f"route53:{operation}", asked.body.decode("utf-8", "replace")
    if operation == "GetChange":
        return Call(operation, (Check(action, f"arn:aws:route53:::change/{_id(given['Id'])}"),))
    if operation in ("ListTagsForResources", "ListTagsForResource", "ChangeTagsForResource"):
        kind = given["ResourceType"]
        ids = [given["ResourceId"]] if "ResourceId" in given else _ID.findall(body)
        return Call(operation, tuple(_on(action, kind, each) for each in ids))
    if "HealthCheckId" in given:
        return Call(operation, (_on(action, "healthcheck", given["HealthCheckId"]),))
    if operation == "ListHostedZonesByVPC":
        return Call(operation, (Check(action, "*"),), _vpcs([asked.query["vpcid"]], [asked.query["vpcregion"]]))
    vpcs = _vpcs(_VPC.findall(body), _VPC_REGION.findall(body))
    if zone := given.get("HostedZoneId") or given.get("Id"):
        context = {**vpcs, **(_changes(body) if operation == "ChangeResourceRecordSets" else {})}
        return Call(operation, (_on(action, "hostedzone", zone),), context)
    return Call(operation, (Check(action, "*"),) if operation in _ON_NOTHING else (), vpcs)


def _on(action: str, kind: str, given: str) -> Check:
    if kind not in ("hostedzone", "healthcheck"):
        raise UnmappedError(f"{action} on a {kind}")
    found = _id(given)
    return Check(action, f"arn:aws:route53:::{kind}/{found}", owner_of(kind, found) or "")


def _id(written: str) -> str:
    """An id without the path that answers put before it."""
    return written.rsplit("/", 1)[-1]


def _vpcs(ids: list[str], regions: list[str]) -> dict[str, tuple[str, ...]]:
    pairs = zip(ids, regions, strict=True)
    return {"route53:vpcs": tuple(f"VPCId={vpc},VPCRegion={region}" for vpc, region in pairs)} if ids else {}


def _changes(body: str) -> dict[str, tuple[str, ...]]:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html"""
    records = _RECORD.findall(body)
    names = (match[1] for record in records if (match := _NAME.search(record)))
    types = (match[1] for record in records if (match := _TYPE.search(record)))
    found = {
        f"{_CHANGE}normalizedrecordnames": tuple(name.lower().rstrip(".") for name in names),
        f"{_CHANGE}recordtypes": tuple(types),
        f"{_CHANGE}actions": tuple(_ACTION.findall(body)),
    }
    return {key: values for key, values in found.items() if values}
