"""Every operation of the exact Route 53 comes through the embedded AWS's wire; the rules themselves are the memory world's."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.local.cloud import refusal, unique
from tests.local.route53_zones import Zones
from tests.local.signed import signed_headers

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine


@pytest.fixture
def zones(engine: Engine) -> Zones:
    return Zones(engine, engine.accounts.twin)


@pytest.fixture
def name() -> str:
    return f"{unique('zone')}.test."


class TestHealthChecks:
    """The rules are the memory world's: here only that every operation comes through the wire."""

    CONFIG = {
        "Type": "CALCULATED",
        "ChildHealthChecks": ["abcdef11-2222-3333-4444-555555fedcba"],
        "HealthThreshold": 1,
        "Inverted": True,
    }

    def test_life_cycle(self, zones: Zones) -> None:
        made = zones.api.create_health_check(CallerReference=unique("check"), HealthCheckConfig=self.CONFIG)
        check = made["HealthCheck"]["Id"]
        zones.api.update_health_check(HealthCheckId=check, HealthCheckVersion=1, HealthThreshold=0, Disabled=True)

        told = zones.api.get_health_check(HealthCheckId=check)["HealthCheck"]
        listed = [
            one for page in zones.api.get_paginator("list_health_checks").paginate() for one in page["HealthChecks"]
        ]
        assert made["Location"].endswith(f"/healthcheck/{check}")
        assert told["HealthCheckConfig"] == {**self.CONFIG, "HealthThreshold": 0, "Disabled": True}
        assert told in listed
        zones.api.delete_health_check(HealthCheckId=check)
        gone = ("NoSuchHealthCheck", f"No health check found with ID: {check}")
        assert refusal(zones.api.get_health_check, HealthCheckId=check) == gone

    def test_tags(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        of = {"ResourceType": "hostedzone", "ResourceId": zone}
        zones.api.change_tags_for_resource(**of, AddTags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
        zones.api.change_tags_for_resource(**of, RemoveTagKeys=["a"])

        expected = {**of, "Tags": [{"Key": "b", "Value": ""}]}
        assert zones.api.list_tags_for_resource(**of)["ResourceTagSet"] == expected
        several = zones.api.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone])
        assert several["ResourceTagSets"] == [expected]

    def test_comments(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        zones.api.update_hosted_zone_comment(Id=zone, Comment="new")
        assert zones.api.get_hosted_zone(Id=zone)["HostedZone"]["Config"]["Comment"] == "new"

    def test_what_the_exact_route53_does_not_have_is_refused_by_name(self, zones: Zones, name: str) -> None:
        zone = zones.create(name)
        assert zones.api.list_query_logging_configs(HostedZoneId=zone)["QueryLoggingConfigs"] == []
        code, message = refusal(zones.api.get_dnssec, HostedZoneId=zone)
        assert (code, "GetDNSSEC" in message) == ("UnsupportedOperation", True)
        code, message = refusal(zones.api.create_reusable_delegation_set, CallerReference=unique())
        assert (code, "CreateReusableDelegationSet" in message) == ("UnsupportedOperation", True)

    def test_counts(self, zones: Zones, name: str) -> None:
        before = zones.api.get_hosted_zone_count()["HostedZoneCount"]
        zones.create(name)
        assert zones.api.get_hosted_zone_count()["HostedZoneCount"] == before + 1
        assert zones.api.get_health_check_count()["HealthCheckCount"] >= 0


class TestRequestsThatNoSdkSends:
    XML = b'<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">%s</CreateHostedZoneRequest>'

    def posted(self, engine: Engine, path: str, body: bytes) -> tuple[int, str]:
        headers = {**signed_headers(engine, "route53", path, body), "Content-Type": "text/xml"}
        request = urllib.request.Request(f"{engine.endpoint}{path}", body, headers)  # noqa: S310  loopback
        with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(request):  # noqa: S310
            pass
        with caught.value as error:
            code = ElementTree.fromstring(error.read()).findtext("Error/Code")  # noqa: S314  our own answer
            return error.code, str(code)

    def test_are_refused_in_its_own_form(self, engine: Engine) -> None:
        path = "/2013-04-01/hostedzone"
        assert self.posted(engine, path, b"<not xml") == (400, "InvalidInput")
        assert self.posted(engine, path, self.XML % b"<Name>a.test</Name>") == (400, "InvalidInput")
        assert self.posted(engine, "/2013-04-01/nothing", b"") == (404, "UnknownOperationException")

    def test_a_path_may_end_in_a_slash(self, zones: Zones, engine: Engine, name: str) -> None:
        path = f"/2013-04-01/hostedzone/{zones.create(name)}/rrset/"
        assert self.posted(engine, path, b"") == (400, "InvalidInput")
