"""AWS::Route53: HostedZone, HealthCheck, RecordSet and RecordSetGroup. Records go through the exact rules, as changes of the API do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from twinstage.local.cloudformation.errors import ResourceFailed
from twinstage.local.cloudformation.resource import Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORD = frozenset(
    {
        "AliasTarget",
        "Failover",
        "GeoLocation",
        "HealthCheckId",
        "MultiValueAnswer",
        "Region",
        "ResourceRecords",
        "TTL",
        "Weight",
    }
)
ZONE = frozenset({"HostedZoneId", "HostedZoneName"})
FIXED_OF_HEALTH_CHECKS = frozenset({"MeasureLatency", "RequestInterval", "RoutingControlArn", "Type"})
RESETTABLE = frozenset({"ChildHealthChecks", "FullyQualifiedDomainName", "Regions", "ResourcePath"})


class HostedZone(ResourceType):
    """AWS::Route53::HostedZone. With VPCs it is private from its creation on. Query logging is not supported."""

    name = "AWS::Route53::HostedZone"
    immutable = frozenset({"Name"})
    mutable = frozenset({"HostedZoneConfig", "HostedZoneTags", "VPCs"})
    attributes = frozenset({"Id", "NameServers"})
    gone = frozenset({"NoSuchHostedZone"})

    def create(self, order: Order) -> Made:
        """CreateHostedZone, with the first VPC, and the other VPCs one by one."""
        vpcs = order.get("VPCs") or []
        config = {**order.get("HostedZoneConfig", {}), "PrivateZone": bool(vpcs)}
        answer = order.call(
            "route53",
            "CreateHostedZone",
            Name=order.need("Name"),
            CallerReference=f"{order.stack_name}-{order.logical_id}-{order.unique}",
            VPC=vpcs[0] if vpcs else None,
            HostedZoneConfig=config,
        )
        zone_id = answer["HostedZone"]["Id"].removeprefix("/hostedzone/")
        servers = answer.get("DelegationSet", {}).get("NameServers", [])
        return Made(zone_id, {"Id": zone_id, "NameServers": servers})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """VPCs, comment and tags."""
        zone = {"HostedZoneId": made.physical_id}
        has = order.get("VPCs") or []
        had = (before.get("VPCs") or []) if before else has[:1]
        if bool(had) != bool(has):
            raise ResourceFailed("A hosted zone cannot change between public and private")
        for vpc in (vpc for vpc in has if vpc not in had):
            order.call("route53", "AssociateVPCWithHostedZone", **zone, VPC=vpc)
        for vpc in (vpc for vpc in had if vpc not in has):
            order.call("route53", "DisassociateVPCFromHostedZone", **zone, VPC=vpc)
        comment = order.get("HostedZoneConfig", {}).get("Comment")
        if before and comment != before.get("HostedZoneConfig", {}).get("Comment"):
            order.call("route53", "UpdateHostedZoneComment", Id=made.physical_id, Comment=comment)
        _tag(order, made, "hostedzone", "HostedZoneTags", before)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteHostedZone; one that holds records is refused by Route 53."""
        order.call("route53", "DeleteHostedZone", Id=made.physical_id)


class HealthCheck(ResourceType):
    """AWS::Route53::HealthCheck. Nothing is checked by it."""

    name = "AWS::Route53::HealthCheck"
    mutable = frozenset({"HealthCheckConfig", "HealthCheckTags"})
    attributes = frozenset({"HealthCheckId"})
    gone = frozenset({"NoSuchHealthCheck"})

    def replaced_by(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """UpdateHealthCheck cannot change some members, and can take away a few only.

        Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html
        """
        had, has = before["HealthCheckConfig"], after["HealthCheckConfig"]
        fixed = any(had.get(name) != has.get(name) for name in FIXED_OF_HEALTH_CHECKS)
        return fixed or bool(set(had) - set(has) - RESETTABLE)

    def create(self, order: Order) -> Made:
        """CreateHealthCheck."""
        # A deleted health check's reference is not good any more, and the names of a stack made again are the same.
        reference = f"{order.stack_name[:20]}-{order.unique}-{uuid4().hex[:12]}"
        config = order.need("HealthCheckConfig")
        answer = order.call("route53", "CreateHealthCheck", CallerReference=reference, HealthCheckConfig=config)
        check = answer["HealthCheck"]["Id"]
        return Made(check, {"HealthCheckId": check})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """UpdateHealthCheck and tags."""
        had, has = before.get("HealthCheckConfig") or {}, order.need("HealthCheckConfig")
        if before and had != has:
            changed = {name: value for name, value in has.items() if had.get(name) != value}
            reset = sorted(set(had) - set(has)) or None
            order.call("route53", "UpdateHealthCheck", HealthCheckId=made.physical_id, **changed, ResetElements=reset)
        _tag(order, made, "healthcheck", "HealthCheckTags", before)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteHealthCheck, also of one that record sets still name."""
        order.call("route53", "DeleteHealthCheck", HealthCheckId=made.physical_id)


def _tag(order: Order, made: Made, kind: str, member: str, before: Mapping[str, Any]) -> None:
    """Set the stack's tags and the resource's own, which win, and take away those that a change leaves out."""
    tags = {**order.stack_tags, **{tag["Key"]: tag["Value"] for tag in order.get(member) or ()}}
    lost = sorted({tag["Key"] for tag in before.get(member) or ()} - set(tags))
    if tags or lost:
        order.call(
            "route53",
            "ChangeTagsForResource",
            ResourceType=kind,
            ResourceId=made.physical_id,
            AddTags=[{"Key": key, "Value": value} for key, value in sorted(tags.items())] or None,
            RemoveTagKeys=lost or None,
        )


def _zone(order: Order) -> str:
    if "HostedZoneId" in order.properties:
        return str(order.properties["HostedZoneId"])
    name = order.need("HostedZoneName")
    found = order.call("route53", "ListHostedZonesByName", DNSName=name)["HostedZones"]
    zones = [zone["Id"].removeprefix("/hostedzone/") for zone in found if zone["Name"] == name]
    if len(zones) != 1:
        raise ResourceFailed(f"Found {len(zones)} hosted zones named {name}")
    return str(zones[0])


def _record_set(properties: Mapping[str, Any]) -> dict[str, Any]:
    record = {
        name: properties[name] for name in ("Name", "Type", "SetIdentifier", *sorted(RECORD)) if name in properties
    }
    if "ResourceRecords" in record:
        record["ResourceRecords"] = [{"Value": value} for value in record["ResourceRecords"]]
    if "AliasTarget" in record:
        record["AliasTarget"] = {"EvaluateTargetHealth": False, **record["AliasTarget"]}
    return record


def _change(order: Order, changes: list[tuple[str, dict[str, Any]]]) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
    order.call("route53", "ChangeResourceRecordSets", HostedZoneId=_zone(order), ChangeBatch=batch)


def _current(order: Order, record: Mapping[str, Any]) -> dict[str, Any] | None:
    """The record set as it is now: handlers may have changed it since the stack made it."""
    start = {"StartRecordName": record["Name"], "StartRecordType": record["Type"]}
    identifier = {"StartRecordIdentifier": record["SetIdentifier"]} if record.get("SetIdentifier") else {}
    answer = order.call(
        "route53", "ListResourceRecordSets", HostedZoneId=_zone(order), MaxItems="1", **start, **identifier
    )
    found: list[dict[str, Any]] = answer["ResourceRecordSets"]
    name = str(record["Name"]).lower().rstrip(".")
    for other in found:
        same = (other["Name"].rstrip("."), other["Type"]) == (name, record["Type"])
        if same and str(other.get("SetIdentifier", "")) == str(record.get("SetIdentifier", "")):
            return other
    return None


class RecordSet(ResourceType):
    """AWS::Route53::RecordSet."""

    name = "AWS::Route53::RecordSet"
    immutable = frozenset({"Name"}) | ZONE
    mutable = RECORD | {"Comment", "SetIdentifier", "Type"}
    gone = frozenset({"NoSuchHostedZone"})

    def create(self, order: Order) -> Made:
        """A CREATE change: a record set that is there already is refused."""
        _change(order, [("CREATE", _record_set(order.properties))])
        return Made(str(order.need("Name")))

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """An UPSERT change; one of another type or identifier takes the place of the one before, in the same batch."""
        if not before:
            return
        held, has = _record_set(before), _record_set(order.properties)
        lost = _current(order, held) if _key(held) != _key(has) else None
        _change(order, [*([("DELETE", lost)] if lost else []), ("UPSERT", has)])

    def delete(self, order: Order, made: Made) -> None:
        """A DELETE change of the record set as it is; one that somebody else removed counts as removed."""
        current = _current(order, _record_set(order.properties))
        if current is not None:
            _change(order, [("DELETE", current)])


class RecordSetGroup(ResourceType):
    """AWS::Route53::RecordSetGroup: several record sets of one zone, changed in one batch."""

    name = "AWS::Route53::RecordSetGroup"
    immutable = ZONE
    mutable = frozenset({"RecordSets", "Comment"})
    gone = frozenset({"NoSuchHostedZone"})

    def check(self, properties: Mapping[str, Any]) -> list[str]:
        """Members of the record sets too."""
        problems = super().check(properties)
        known = RECORD | {"Name", "Type", "SetIdentifier"}
        for record in properties.get("RecordSets") or ():
            unknown = sorted(set(record) - known) if isinstance(record, dict) else []
            problems += [f"property RecordSets.{name} is not supported by the embedded AWS" for name in unknown]
        return problems

    def create(self, order: Order) -> Made:
        """One batch of CREATE changes."""
        _change(order, [("CREATE", _record_set(record)) for record in order.need("RecordSets")])
        return Made(order.name(128))

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """One batch that deletes what is gone and upserts the rest."""
        if not before:
            return
        has = [_record_set(record) for record in order.need("RecordSets")]
        keys = {_key(record) for record in has}
        lost = [
            _current(order, record)
            for record in map(_record_set, before.get("RecordSets", ()))
            if _key(record) not in keys
        ]
        _change(order, [("DELETE", record) for record in lost if record] + [("UPSERT", record) for record in has])

    def delete(self, order: Order, made: Made) -> None:
        """One batch of DELETE changes of those that are still there."""
        records = [_current(order, _record_set(record)) for record in order.need("RecordSets")]
        found = [("DELETE", record) for record in records if record]
        if found:
            _change(order, found)


def _key(record: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(record["Name"]).lower().rstrip("."), str(record["Type"]), str(record.get("SetIdentifier", ""))
