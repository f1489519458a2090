"""Route 53 of one account, in the short words of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.local.cloud import unique

if TYPE_CHECKING:
    from twinstage.local.engine import Engine


def a(name: str, *values: str, ttl: int = 60, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values], **more}


class Zones:
    """Route 53 of one account."""

    def __init__(self, engine: Engine, account: str) -> None:
        self.engine, self.account = engine, account
        self.api = engine.client(account, "route53")

    def vpc(self) -> dict[str, str]:
        made = self.engine.client(self.account, "ec2").create_vpc(CidrBlock="10.0.0.0/16")
        return {"VPCId": made["Vpc"]["VpcId"], "VPCRegion": "us-east-1"}

    def create(self, name: str, reference: str | None = None, **more: Any) -> str:
        made = self.api.create_hosted_zone(Name=name, CallerReference=reference or unique("ref"), **more)
        return str(made["HostedZone"]["Id"]).removeprefix("/hostedzone/")

    def change(self, zone: str, *changes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
        answer: dict[str, Any] = self.api.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
        return answer

    def listed(self, zone: str, **more: Any) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self.api.list_resource_record_sets(HostedZoneId=zone, **more)[
            "ResourceRecordSets"
        ]
        return records
