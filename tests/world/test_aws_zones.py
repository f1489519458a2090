"""Hosted zones over boto3 keep the promises of `world.interface`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.state.memory_zones import MemoryZones, alias, change, rr
from tests.world.aws_parts import stubbed, zone
from twinstage.model.errors import AwsError
from twinstage.model.record_set import ordered
from twinstage.world.aws.retry import Retry
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.interface import HealthCheck, HostedZone, Refused, ZoneSettings
from twinstage.world.memory.route53 import zone_from

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_zones_are_listed_and_their_record_sets_read_in_canonical_form(aws: Any) -> None:
    made = zone(aws, rr("*.", "TXT", '"x"'), rr("W.", "A", "192.0.2.2", "192.0.2.1", SetIdentifier="s", Weight=3))
    zones = Route53Zones(aws.client("route53"))
    assert made in list(zones.zones())
    assert list(zones.zones()) == sorted(zones.zones())
    found = list(zones.record_sets(made.id))
    assert found == ordered(found)
    assert [r for r in found if r["Type"] not in ("NS", "SOA")] == ordered(
        [
            rr(f"\\052.{made.name}", "TXT", '"x"'),
            rr(f"w.{made.name}", "A", "192.0.2.1", "192.0.2.2", SetIdentifier="s", Weight=3),
        ]
    )


def test_a_zone_of_many_pages_is_read_whole(aws: Any) -> None:
    made = zone(aws, *(rr(f"n{i}.", "A", "192.0.2.1") for i in range(250)))
    assert len(list(Route53Zones(aws.client("route53")).record_sets(made.id))) == 252


def test_with_a_vpc_only_the_zones_it_sees_are_listed(aws: Any) -> None:
    zone(aws)
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    name = f"{aws.name('private')}.test."
    private = aws.client("route53").create_hosted_zone(
        Name=name,
        CallerReference=name,
        VPC={"VPCId": vpc, "VPCRegion": aws.running.region},
        HostedZoneConfig={"PrivateZone": True},
    )
    id_ = private["HostedZone"]["Id"].removeprefix("/hostedzone/")
    of_vpc = Route53Zones(aws.client("route53"), vpc=vpc, region=aws.running.region)
    assert list(of_vpc.zones()) == [HostedZone(name, id_, private=True)]


def test_one_batch_means_the_same_to_route53_and_to_the_world_in_memory(aws: Any) -> None:
    made = zone(aws, rr("a.", "A", "192.0.2.1"))
    over_aws = Route53Zones(aws.client("route53"))
    in_memory = MemoryZones(zone_from(over_aws.record_sets(made.id), id=made.id, name=made.name))
    a, b = rr(f"a.{made.name}", "A", "192.0.2.1"), alias(f"b.{made.name}", "A", f"a.{made.name}", made.id)
    batches = [
        [change("CREATE", a)],
        [change("UPSERT", b), change("CREATE", rr(f"c.{made.name}", "CNAME", "x.test."))],
        [change("CREATE", rr(f"c.{made.name}", "TXT", '"beside"'))],
        [change("DELETE", a | {"TTL": 61})],
        [change("DELETE", a)],
    ]
    for batch in batches:
        answers: list[tuple[str, str] | None] = []
        for zones in (over_aws, in_memory):
            try:
                zones.change(made.id, batch)
                answers.append(None)
            except Refused as refused:
                answers.append((refused.error, refused.message))
        assert answers[0] == answers[1]
        assert list(over_aws.record_sets(made.id)) == list(in_memory.record_sets(made.id))


@pytest.fixture
def route53() -> Iterator[tuple[Stubber, Any]]:
    """A client that gives the answers it is told to: for what the embedded AWS has no occasion to say."""
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("route53")
    with Stubber(made) as stubber:
        yield stubber, made
    made.close()


CHANGES = [change("UPSERT", rr("a.ex.test.", "A", "192.0.2.1"))]


@pytest.mark.parametrize("code", ["InvalidChangeBatch", "InvalidInput", "NoSuchHostedZone", "NoSuchHealthCheck"])
def test_what_route53_says_about_a_batch_is_a_refusal(route53: Any, code: str) -> None:
    stubber, made = route53
    stubber.add_client_error("change_resource_record_sets", code, "why")
    with pytest.raises(Refused) as caught:
        Route53Zones(made).change("Z1", CHANGES)
    assert (caught.value.error, caught.value.message) == (code, "why")


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("Throttling", True),
        ("PriorRequestNotComplete", True),
        ("AccessDenied", False),
        ("InvalidClientTokenId", False),
        ("NoSuchThing", False),
    ],
)
def test_what_it_says_about_the_caller_or_the_hour_is_a_failure(route53: Any, code: str, retryable: bool) -> None:
    stubber, made = route53
    stubber.add_client_error("change_resource_record_sets", code, "why")
    with pytest.raises(AwsError) as caught:
        Route53Zones(made, retry=Retry(attempts=1)).change("Z1", CHANGES)
    assert (caught.value.error, caught.value.retryable, caught.value.exit_code) == (code, retryable, 5)


def test_a_change_is_done_when_it_is_in_sync(route53: Any) -> None:
    stubber, made = route53
    info = {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": "2026-01-01T00:00:00Z"}
    stubber.add_response(
        "change_resource_record_sets", {"ChangeInfo": info}, {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": CHANGES}}
    )
    stubber.add_response("get_change", {"ChangeInfo": info | {"Status": "INSYNC"}}, {"Id": "/change/C1"})
    Route53Zones(made).change("Z1", CHANGES)
    stubber.assert_no_pending_responses()


def test_a_change_that_nobody_waits_for_is_done_when_it_is_accepted(route53: Any) -> None:
    stubber, made = route53
    info = {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": "2026-01-01T00:00:00Z"}
    stubber.add_response("change_resource_record_sets", {"ChangeInfo": info})
    Route53Zones(made).change("Z1", CHANGES, wait=False)
    stubber.assert_no_pending_responses()


def test_the_zones_of_a_vpc_are_read_page_by_page(route53: Any) -> None:
    stubber, made = route53

    def page(id_: str, **token: str) -> dict[str, Any]:
        summary = {"HostedZoneId": id_, "Name": f"{id_.lower()}.test.", "Owner": {"OwningAccount": "1"}}
        return {"HostedZoneSummaries": [summary], "MaxItems": "1"} | token

    asked = {"VPCId": "vpc-1", "VPCRegion": "us-east-1"}
    stubber.add_response("list_hosted_zones_by_vpc", page("ZB", NextToken="more"), asked)
    stubber.add_response("list_hosted_zones_by_vpc", page("ZA"), asked | {"NextToken": "more"})
    found = list(Route53Zones(made, vpc="vpc-1", region="us-east-1").zones())
    assert found == [HostedZone("za.test.", "ZA", private=True), HostedZone("zb.test.", "ZB", private=True)]


def test_a_zone_is_read_with_its_comment_tags_and_vpcs(aws: Any) -> None:
    route53, name = aws.client("route53"), f"{aws.name('private')}.test."
    vpcs = [
        {"VPCId": aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"], "VPCRegion": r}
        for r in ("us-east-1",)
    ]
    config = {"Comment": "the plans", "PrivateZone": True}
    made = route53.create_hosted_zone(Name=name, CallerReference=name, VPC=vpcs[0], HostedZoneConfig=config)
    id_ = made["HostedZone"]["Id"].rpartition("/")[2]
    tags = [{"Key": "team", "Value": "dns"}, {"Key": "bare", "Value": ""}]
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=id_, AddTags=tags)

    assert Route53Zones(route53).settings(id_) == ZoneSettings("the plans", {"bare": "", "team": "dns"}, tuple(vpcs))


def test_a_zone_without_settings_has_none(aws: Any) -> None:
    made = zone(aws)

    assert Route53Zones(aws.client("route53")).settings(made.id) == ZoneSettings()


def test_a_health_check_is_read_with_its_tags_and_one_form_of_its_configuration(aws: Any) -> None:
    route53 = aws.client("route53")
    given = {"Type": "HTTPS", "FullyQualifiedDomainName": "api.test", "Port": 443, "ResourcePath": "/up"}
    id_ = route53.create_health_check(CallerReference=aws.name("check"), HealthCheckConfig=given)["HealthCheck"]["Id"]
    tags = [{"Key": "Name", "Value": "api"}]
    route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=id_, AddTags=tags)

    found = Route53Zones(route53).health_check(id_)

    assert isinstance(found, HealthCheck)
    assert (found.id, found.tags) == (id_, {"Name": "api"})
    assert found.configuration.items() >= given.items()
    assert list(found.configuration) == sorted(found.configuration)


def test_a_health_check_that_was_deleted_is_none_and_one_that_may_not_be_read_is_a_failure() -> None:
    with stubbed("route53") as (stubber, made):
        stubber.add_client_error("get_health_check", "NoSuchHealthCheck", "gone", 404)
        assert Route53Zones(made).health_check("abc") is None
        stubber.add_client_error("get_health_check", "AccessDenied", "not you", 403)
        with pytest.raises(AwsError) as caught:
            Route53Zones(made).health_check("abc")
    assert (caught.value.operation, caught.value.error) == ("GetHealthCheck", "AccessDenied")
