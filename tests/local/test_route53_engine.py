"""Route 53 of the embedded AWS, over the wire: zones, exact change batches, listings, and what it refuses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.local.cloud import refusal, unique
from tests.local.route53_zones import Zones, a
from twinstage.local import route53
from twinstage.world.memory.route53 import Route53Refused

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine

PRIVATE_SERVERS = ["ns-0.awsdns-00.com.", "ns-1024.awsdns-00.org.", "ns-1536.awsdns-00.co.uk.", "ns-512.awsdns-00.net."]


@pytest.fixture
def zones(engine: Engine) -> Zones:
    return Zones(engine, engine.accounts.twin)


@pytest.fixture
def name() -> str:
    return f"{unique('zone')}.test."


class TestHostedZones:
    def test_the_same_request_gives_the_same_id(self, empty_engine: Engine) -> None:
        zones = Zones(empty_engine, empty_engine.accounts.twin)
        first = zones.create("example.test", "once")
        zones.api.delete_hosted_zone(Id=first)
        other = Zones(empty_engine, empty_engine.accounts.production).create("example.test", "once")

        assert zones.create("Example.TEST.", "once") == first
        assert first.startswith("Z")
        assert len(first) == 21
        assert other != first

    def test_a_private_zone_has_aws_reserved_name_servers_and_its_vpc(self, zones: Zones, name: str) -> None:
        vpc = zones.vpc()
        zone = zones.create(name, VPC=vpc, HostedZoneConfig={"Comment": "c", "PrivateZone": True})

        told = zones.api.get_hosted_zone(Id=zone)
        ns, soa = zones.listed(zone)
        assert told["HostedZone"]["Config"] == {"Comment": "c", "PrivateZone": True}
        assert told["HostedZone"]["ResourceRecordSetCount"] == 2
        assert told["VPCs"] == [vpc]
        assert "DelegationSet" not in told
        assert ns == {
            "Name": name,
            "Type": "NS",
            "TTL": 172800,
            "ResourceRecords": [{"Value": v} for v in PRIVATE_SERVERS],
        }
        assert soa["ResourceRecords"] == [
            {"Value": "ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}
        ]

    def test_a_public_zone_has_four_name_servers_of_its_own(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)

        servers = zones.api.get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"]
        ns, soa = zones.listed(zone)
        assert [server.rpartition(".awsdns-")[2].partition(".")[2] for server in servers] == [
            "com",
            "net",
            "org",
            "co.uk",
        ]
        assert {r["Value"] for r in ns["ResourceRecords"]} == {f"{server}." for server in servers}
        assert soa["ResourceRecords"][0]["Value"].startswith(f"{servers[0]}. awsdns-hostmaster.amazon.com. ")

    def test_a_private_zone_needs_a_vpc_from_the_start(self, zones: Zones, name: str) -> None:
        request = {"Name": name, "CallerReference": "r", "HostedZoneConfig": {"PrivateZone": True}}

        assert refusal(zones.api.create_hosted_zone, **request)[0] == "InvalidInput"

    @pytest.mark.parametrize("bad", ["a..test", "x" * 64 + ".test"])
    def test_a_name_that_is_none_is_refused(self, zones: Zones, bad: str) -> None:
        assert refusal(zones.api.create_hosted_zone, Name=bad, CallerReference=unique())[0] == "InvalidDomainName"

    def test_a_caller_reference_is_used_once(self, zones: Zones, name: str) -> None:
        zones.create(name, reference := unique("ref"))

        assert (
            refusal(zones.api.create_hosted_zone, Name=name, CallerReference=reference)[0] == "HostedZoneAlreadyExists"
        )

    def test_a_vpc_sees_one_private_zone_of_a_name(self, zones: Zones, name: str) -> None:
        first, second = zones.vpc(), zones.vpc()
        zone = zones.create(name, VPC=first)
        other = zones.create(name, VPC=second)

        request = {"Name": name, "CallerReference": unique(), "VPC": first}
        code, message = refusal(zones.api.create_hosted_zone, **request)
        assert (code, zone in message) == ("ConflictingDomainExists", True)
        assert (
            refusal(zones.api.associate_vpc_with_hosted_zone, HostedZoneId=other, VPC=first)[0]
            == "ConflictingDomainExists"
        )

    def test_a_vpc_of_another_account_is_not_associated(self, zones: Zones, engine: Engine, name: str) -> None:
        foreign = Zones(engine, engine.accounts.production).vpc()
        zone = zones.create(name, VPC=zones.vpc())

        assert (
            refusal(zones.api.associate_vpc_with_hosted_zone, HostedZoneId=zone, VPC=foreign)[0]
            == "NotAuthorizedException"
        )
        nowhere = {"VPCId": "vpc-00000000", "VPCRegion": "us-east-1"}
        assert refusal(zones.api.associate_vpc_with_hosted_zone, HostedZoneId=zone, VPC=nowhere)[0] == "InvalidVPCId"

    def test_vpcs_are_associated_and_taken_away_but_never_the_last(self, zones: Zones, name: str) -> None:
        first, second = zones.vpc(), zones.vpc()
        zone = zones.create(name, VPC=first)
        zones.api.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=second)
        summaries = zones.api.list_hosted_zones_by_vpc(**second)["HostedZoneSummaries"]
        zones.api.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=first)

        owner = {"OwningAccount": zones.account}
        assert summaries == [{"HostedZoneId": zone, "Name": name, "Owner": owner}]
        assert zones.api.get_hosted_zone(Id=zone)["VPCs"] == [second]
        assert zones.api.list_hosted_zones_by_vpc(**first)["HostedZoneSummaries"] == []
        assert (
            refusal(zones.api.disassociate_vpc_from_hosted_zone, HostedZoneId=zone, VPC=second)[0]
            == "LastVPCAssociation"
        )
        public = zones.create(name)
        assert (
            refusal(zones.api.associate_vpc_with_hosted_zone, HostedZoneId=public, VPC=first)[0]
            == "PublicZoneVPCAssociation"
        )

    def test_a_zone_is_deleted_when_only_its_apex_is_left(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        record = a(f"x.{name}", "10.0.0.1")
        zones.change(zone, ("CREATE", record))

        assert refusal(zones.api.delete_hosted_zone, Id=zone)[0] == "HostedZoneNotEmpty"
        zones.change(zone, ("DELETE", record))
        zones.api.delete_hosted_zone(Id=zone)
        assert refusal(zones.api.get_hosted_zone, Id=zone) == (
            "NoSuchHostedZone",
            f"No hosted zone found with ID: {zone}",
        )

    def test_zones_are_listed_in_pages(self, empty_engine: Engine) -> None:
        zones = Zones(empty_engine, empty_engine.accounts.twin)
        made = [zones.create(name) for name in ("b.test", "a.test", "x.a.test", "a-b.test", "a.other")]
        pages = list(zones.api.get_paginator("list_hosted_zones").paginate(PaginationConfig={"PageSize": 2}))

        assert [z["Id"].removeprefix("/hostedzone/") for page in pages for z in page["HostedZones"]] == made
        assert [page["IsTruncated"] for page in pages] == [True, True, False]
        by_name = zones.api.list_hosted_zones_by_name(MaxItems="3")
        assert [z["Name"] for z in by_name["HostedZones"]] == ["a.other.", "a-b.test.", "a.test."]
        rest = zones.api.list_hosted_zones_by_name(
            DNSName=by_name["NextDNSName"], HostedZoneId=by_name["NextHostedZoneId"]
        )
        assert [z["Name"] for z in rest["HostedZones"]] == ["x.a.test.", "b.test."]
        assert zones.api.get_hosted_zone_count()["HostedZoneCount"] == 5


class TestChanges:
    def test_a_batch_is_applied_as_a_whole_and_is_in_sync(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)

        answer = zones.change(zone, ("CREATE", a(f"x.{name}", "10.0.0.1")), ("UPSERT", a(f"y.{name}", "10.0.0.2")))

        change = zones.api.get_change(Id=answer["ChangeInfo"]["Id"])["ChangeInfo"]
        assert change["Status"] == "INSYNC"
        assert change["SubmittedAt"] == answer["ChangeInfo"]["SubmittedAt"]
        assert [r["Name"] for r in zones.listed(zone)[2:]] == [f"x.{name}", f"y.{name}"]
        assert refusal(zones.api.get_change, Id="C000000000000")[0] == "NoSuchChange"

    def test_a_refused_batch_changes_nothing_and_tells_every_reason(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        zones.change(zone, ("CREATE", a(f"x.{name}", "10.0.0.1")))

        def attempt() -> None:
            zones.change(
                zone,
                ("CREATE", a(f"new.{name}", "10.0.0.9")),
                ("CREATE", a(f"x.{name}", "10.0.0.1")),
                ("DELETE", a(f"gone.{name}", "10.0.0.1")),
            )

        code, message = refusal(attempt)
        assert code == "InvalidChangeBatch"
        assert message == (
            f"[Tried to create resource record set [name='x.{name}', type='A'] but it already exists, "
            f"Tried to delete resource record set [name='gone.{name}', type='A'] but it was not found]"
        )
        assert [r["Name"] for r in zones.listed(zone)[2:]] == [f"x.{name}"]

    def test_a_request_of_the_wrong_shape_is_invalid_input(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        shapeless = {"Name": f"x.{name}", "Type": "A", "TTL": 60}

        code, message = refusal(lambda: zones.change(zone, ("CREATE", shapeless)))
        assert (code, "Expected exactly one of" in message) == ("InvalidInput", True)

    def test_a_zone_that_is_not_there(self, zones: Zones) -> None:
        assert refusal(lambda: zones.change("Z0", ("CREATE", a("x.test", "10.0.0.1"))))[0] == "NoSuchHostedZone"

    def test_changes_at_the_same_time_are_all_kept(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: zones.change(zone, ("CREATE", a(f"r{n}.{name}", "10.0.0.1"))), range(40)))

        assert len(zones.listed(zone)) == 42


class TestListing:
    FIELDS = (
        {"SetIdentifier": "w", "Weight": 0},
        {"SetIdentifier": "r", "Region": "eu-west-1"},
        {"SetIdentifier": "f", "Failover": "PRIMARY"},
        {"SetIdentifier": "g", "GeoLocation": {"CountryCode": "US", "SubdivisionCode": "CA"}},
        {"SetIdentifier": "m", "MultiValueAnswer": True},
    )

    def test_every_field_comes_back(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        config = {"Type": "HTTP", "FullyQualifiedDomainName": name}
        check = zones.api.create_health_check(CallerReference=unique("check"), HealthCheckConfig=config)["HealthCheck"]
        sent = [a(f"r{n}.{name}", "10.0.0.1", **fields) for n, fields in enumerate(self.FIELDS)]
        sent[0]["HealthCheckId"] = check["Id"]
        alias = {
            "Name": f"s.{name}",
            "Type": "A",
            "AliasTarget": {
                "HostedZoneId": "Z35SXDOTRQ7X7K",
                "DNSName": "dualstack.lb.us-east-1.elb.amazonaws.com.",
                "EvaluateTargetHealth": True,
            },
        }
        text = {
            "Name": f"t.{name}",
            "Type": "TXT",
            "TTL": 0,
            "ResourceRecords": [{"Value": '"a \\"quoted\\" <word> & more"'}],
        }

        zones.change(zone, *(("CREATE", record) for record in (*sent, alias, text)))

        assert zones.listed(zone)[2:] == [*sent, alias, text]

    def test_order_is_by_reversed_labels_then_type(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        names = ["*", "b", "a.b", "a", "a-b", "_x.a"]
        zones.change(zone, *(("CREATE", a(f"{n}.{name}", "10.0.0.1")) for n in names))
        zones.change(
            zone, ("CREATE", {"Name": f"a.{name}", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"x"'}]})
        )

        got = [(r["Name"].removesuffix(f".{name}"), r["Type"]) for r in zones.listed(zone)[2:]]
        assert got == [("\\052", "A"), ("a-b", "A"), ("a", "A"), ("a", "TXT"), ("_x.a", "A"), ("b", "A"), ("a.b", "A")]

    def test_pages_follow_one_another_through_identifiers(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        zones.change(zone, *(("CREATE", a(f"w.{name}", "10.0.0.1", SetIdentifier=i, Weight=1)) for i in "abcde"))

        first = zones.api.list_resource_record_sets(HostedZoneId=zone, MaxItems="4")
        assert (first["IsTruncated"], first["MaxItems"]) == (True, "4")
        assert (first["NextRecordName"], first["NextRecordType"], first["NextRecordIdentifier"]) == (
            f"w.{name}",
            "A",
            "c",
        )
        pages = zones.api.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=zone, PaginationConfig={"PageSize": 2}
        )
        assert [r.get("SetIdentifier", r["Type"]) for page in pages for r in page["ResourceRecordSets"]] == [
            "NS",
            "SOA",
            *"abcde",
        ]

    def test_a_page_holds_at_most_300(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        zones.change(zone, *(("CREATE", a(f"r{n:03d}.{name}", "10.0.0.1")) for n in range(305)))

        page = zones.api.list_resource_record_sets(HostedZoneId=zone, MaxItems="1000")
        assert (len(page["ResourceRecordSets"]), page["IsTruncated"], page["NextRecordName"]) == (
            300,
            True,
            f"r298.{name}",
        )
        from_name = zones.listed(zone, StartRecordName=f"r300.{name}", StartRecordType="A")
        assert [r["Name"] for r in from_name] == [f"r{n}.{name}" for n in range(300, 305)]

    @pytest.mark.parametrize(
        "start", [{"StartRecordType": "A"}, {"StartRecordName": "a.test", "StartRecordIdentifier": "x"}]
    )
    def test_a_start_that_is_not_whole_is_refused(self, zones: Zones, name: str, start: dict[str, str]) -> None:
        zone = zones.create(name)

        assert refusal(zones.api.list_resource_record_sets, HostedZoneId=zone, **start)[0] == "InvalidInput"


class TestImport:
    def test_a_zone_of_a_dump_has_its_id_and_exactly_its_records(self, zones: Zones, name: str) -> None:
        zone = unique("Z").upper().replace("-", "")
        records = [
            {"Name": name, "Type": "NS", "TTL": 300, "ResourceRecords": [{"Value": "ns.elsewhere.test."}]},
            {
                "Name": name,
                "Type": "SOA",
                "TTL": 900,
                "ResourceRecords": [{"Value": "ns.elsewhere.test. host.test. 7 1 1 1 1"}],
            },
            a(f"not valid any more.{name}", "10.0.0.1"),
        ]

        route53.import_zone(zones.account, zone_id=f"/hostedzone/{zone}", name=name, private=False, record_sets=records)

        listed = zones.listed(zone)
        assert listed[:2] == records[:2]
        assert listed[2]["Name"] == f"not\\040valid\\040any\\040more.{name}"
        assert zones.api.get_hosted_zone(Id=zone)["HostedZone"]["Config"]["PrivateZone"] is False
        with pytest.raises(Route53Refused):
            route53.import_zone(zones.account, zone_id=zone, name=name, private=False, record_sets=[])

    def test_an_apex_that_a_dump_does_not_have_is_aws_own(self, zones: Zones, name: str) -> None:
        zone = unique("Z").upper().replace("-", "")
        route53.import_zone(
            zones.account, zone_id=zone, name=name, private=True, record_sets=[a(f"x.{name}", "10.0.0.1")]
        )

        ns = zones.listed(zone)[0]
        assert [r["Value"] for r in ns["ResourceRecords"]] == PRIVATE_SERVERS
        assert zones.change(zone, ("UPSERT", a(f"x.{name}", "10.0.0.2")))["ChangeInfo"]["Status"] == "INSYNC"
