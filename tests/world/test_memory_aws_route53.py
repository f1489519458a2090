"""Route 53's API over an account's value: health checks, tags, comments, and how long a change takes.

What zones, VPCs, batches and listings do is told by the tests of the embedded AWS, which has the same implementation behind its wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from twinstage.world.memory import route53
from twinstage.world.memory.route53 import Account, ChangeRefused, Route53Refused, Route53Unsupported, Timing

NOON = 1_792_065_600.0
HTTP = {"Type": "HTTP", "FullyQualifiedDomainName": "a.test"}


@dataclass
class Api:
    """The API of one account, asked at a time that tests move."""

    account: Account
    now: float = NOON

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        self.account, answer = route53.execute(self.account, operation, request, now=self.now)
        return answer

    def refused(self, operation: str, **request: Any) -> tuple[str, str]:
        before = self.account
        with pytest.raises(route53.REFUSALS) as caught:
            self(operation, **request)
        refused = caught.value
        assert isinstance(refused, Route53Refused | ChangeRefused)
        assert self.account is before
        return refused.error, refused.message

    def zone(self, name: str = "a.test", **more: Any) -> str:
        made = self("CreateHostedZone", Name=name, CallerReference=f"ref-{name}", **more)
        return str(made["HostedZone"]["Id"]).removeprefix("/hostedzone/")

    def check(self, reference: str = "one", **config: Any) -> str:
        request = {"CallerReference": reference, "HealthCheckConfig": config or HTTP}
        return str(self("CreateHealthCheck", **request)["HealthCheck"]["Id"])

    def batch(self, zone: str, *changes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        listed = [{"Action": action, "ResourceRecordSet": record_set} for action, record_set in changes]
        return {"HostedZoneId": zone, "ChangeBatch": {"Changes": listed}}


@pytest.fixture
def api() -> Api:
    return Api(route53.empty_account("123456789012"))


def record(name: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}], **more}


def checked(name: str, check: str) -> dict[str, Any]:
    return record(name, SetIdentifier="one", Weight=1, HealthCheckId=check)


class TestHealthChecks:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html and its siblings."""

    def test_the_settings_that_nobody_gave_are_aws_own(self, api: Api) -> None:
        told = api("GetHealthCheck", HealthCheckId=api.check())["HealthCheck"]

        assert told["HealthCheckVersion"] == 1
        assert told["HealthCheckConfig"] == {
            **HTTP,
            "Port": 80,
            "RequestInterval": 30,
            "FailureThreshold": 3,
            "MeasureLatency": False,
            "Inverted": False,
            "Disabled": False,
            "EnableSNI": False,
        }

    @pytest.mark.parametrize(
        "config",
        [
            {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 53},
            {"Type": "CALCULATED", "ChildHealthChecks": ["a", "b"], "HealthThreshold": 1},
            {"Type": "RECOVERY_CONTROL", "RoutingControlArn": "arn:aws:route53-recovery-control::123456789012:x"},
            {"Type": "HTTPS_STR_MATCH", "FullyQualifiedDomainName": "a.test", "SearchString": "ok", "Port": 8443},
        ],
    )
    def test_what_is_given_is_kept_and_given_again_is_the_same(self, api: Api, config: dict[str, Any]) -> None:
        told = api("GetHealthCheck", HealthCheckId=api.check("one", **config))["HealthCheck"]["HealthCheckConfig"]
        again = api("GetHealthCheck", HealthCheckId=api.check("two", **told))["HealthCheck"]["HealthCheckConfig"]

        assert {name: told[name] for name in config} == config
        assert again == told

    @pytest.mark.parametrize(
        "config",
        [
            {"Type": "HTTP"},
            {"Type": "TCP", "IPAddress": "192.0.2.1"},
            {"Type": "PING", "IPAddress": "192.0.2.1"},
            {"Type": "CALCULATED", "ChildHealthChecks": ["a"]},
            {"Type": "CLOUDWATCH_METRIC"},
            {"Type": "HTTP_STR_MATCH", "IPAddress": "192.0.2.1"},
            {**HTTP, "RequestInterval": 20},
            {**HTTP, "FailureThreshold": 11},
        ],
    )
    def test_a_configuration_that_lacks_what_its_type_needs_is_invalid_input(
        self, api: Api, config: dict[str, Any]
    ) -> None:
        request = {"CallerReference": "one", "HealthCheckConfig": config}
        assert api.refused("CreateHealthCheck", **request)[0] == "InvalidInput"

    def test_the_same_request_again_answers_with_the_same_health_check(self, api: Api) -> None:
        first = api.check("one")

        assert api.check("one") == first
        assert api.check("two") != first
        assert api("GetHealthCheckCount")["HealthCheckCount"] == 2

    def test_a_caller_reference_is_good_for_one_configuration_and_never_after_a_delete(self, api: Api) -> None:
        check, other = api.check("one"), {**HTTP, "ResourcePath": "/other"}
        request = {"CallerReference": "one", "HealthCheckConfig": other}
        assert api.refused("CreateHealthCheck", **request)[0] == "HealthCheckAlreadyExists"

        api("DeleteHealthCheck", HealthCheckId=check)
        request = {"CallerReference": "one", "HealthCheckConfig": HTTP}
        assert api.refused("CreateHealthCheck", **request)[0] == "HealthCheckAlreadyExists"

    def test_an_update_changes_what_it_names_and_counts_versions(self, api: Api) -> None:
        check = api.check("one", **HTTP, ResourcePath="/a", Port=8080)
        updated = api("UpdateHealthCheck", HealthCheckId=check, HealthCheckVersion=1, Port=9090, Inverted=True)

        config = updated["HealthCheck"]["HealthCheckConfig"]
        assert (config["Port"], config["Inverted"], config["ResourcePath"]) == (9090, True, "/a")
        assert updated["HealthCheck"]["HealthCheckVersion"] == 2
        reset = api("UpdateHealthCheck", HealthCheckId=check, ResetElements=["ResourcePath"])["HealthCheck"]
        assert "ResourcePath" not in reset["HealthCheckConfig"]

    def test_an_update_of_another_version_is_refused(self, api: Api) -> None:
        check = api.check()
        api("UpdateHealthCheck", HealthCheckId=check, Port=81)

        request = {"HealthCheckId": check, "HealthCheckVersion": 1, "Port": 82}
        assert api.refused("UpdateHealthCheck", **request)[0] == "HealthCheckVersionMismatch"

    def test_a_routing_control_cannot_be_updated(self, api: Api) -> None:
        check = api.check("one", Type="RECOVERY_CONTROL", RoutingControlArn="arn:aws:x")
        assert api.refused("UpdateHealthCheck", HealthCheckId=check, Inverted=True) == (
            "InvalidInput",
            "Invalid parameter : Update is not supported for this health check type.",
        )

    def test_health_checks_are_listed_in_pages(self, api: Api) -> None:
        made = [api.check(f"ref{number}") for number in range(5)]
        first = api("ListHealthChecks", MaxItems="3")
        rest = api("ListHealthChecks", Marker=first["NextMarker"])

        assert [check["Id"] for page in (first, rest) for check in page["HealthChecks"]] == made
        assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)

    def test_one_that_is_not_there(self, api: Api) -> None:
        missing = ("NoSuchHealthCheck", "No health check found with ID: nothing")
        for operation in ("GetHealthCheck", "UpdateHealthCheck", "DeleteHealthCheck"):
            assert api.refused(operation, HealthCheckId="nothing") == missing

    def test_its_state_is_nobodys_to_tell(self, api: Api) -> None:
        with pytest.raises(Route53Unsupported, match="GetHealthCheckStatus"):
            api("GetHealthCheckStatus", HealthCheckId=api.check())


class TestHealthChecksOfRecordSets:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html ("Errors")"""

    @pytest.mark.parametrize("action", ["CREATE", "UPSERT"])
    def test_a_record_set_cannot_name_one_that_is_not_there(self, api: Api, action: str) -> None:
        zone = api.zone()
        batch = api.batch(zone, (action, checked("x.a.test", "nothing")))

        assert api.refused("ChangeResourceRecordSets", **batch)[0] == "NoSuchHealthCheck"

    def test_one_that_is_deleted_stays_named_and_the_record_set_can_go(self, api: Api) -> None:
        zone, check = api.zone(), api.check()
        api("ChangeResourceRecordSets", **api.batch(zone, ("CREATE", checked("x.a.test", check))))
        api("DeleteHealthCheck", HealthCheckId=check)

        listed = api("ListResourceRecordSets", HostedZoneId=zone)["ResourceRecordSets"]
        assert listed[-1]["HealthCheckId"] == check
        upsert = api.batch(zone, ("UPSERT", checked("x.a.test", check)))
        assert api.refused("ChangeResourceRecordSets", **upsert)[0] == "NoSuchHealthCheck"
        api("ChangeResourceRecordSets", **api.batch(zone, ("DELETE", checked("x.a.test", check))))
        assert len(api("ListResourceRecordSets", HostedZoneId=zone)["ResourceRecordSets"]) == 2


class TestTags:
    def test_of_zones_and_health_checks(self, api: Api) -> None:
        zone, check = api.zone(), api.check()
        for kind, resource in (("hostedzone", zone), ("healthcheck", check)):
            of = {"ResourceType": kind, "ResourceId": resource}
            api("ChangeTagsForResource", **of, AddTags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
            api("ChangeTagsForResource", **of, AddTags=[{"Key": "b", "Value": "3"}], RemoveTagKeys=["a"])

            expected = {**of, "Tags": [{"Key": "b", "Value": "3"}]}
            assert api("ListTagsForResource", **of)["ResourceTagSet"] == expected
            several = api("ListTagsForResources", ResourceType=kind, ResourceIds=[resource])
            assert several["ResourceTagSets"] == [expected]

    def test_go_with_what_they_are_on(self, api: Api) -> None:
        zone = api.zone()
        of = {"ResourceType": "hostedzone", "ResourceId": zone}
        api("ChangeTagsForResource", **of, AddTags=[{"Key": "a", "Value": "1"}])
        api("DeleteHostedZone", Id=zone)

        assert api.refused("ListTagsForResource", **of)[0] == "NoSuchHostedZone"
        assert api.zone() == zone
        assert api("ListTagsForResource", **of)["ResourceTagSet"]["Tags"] == []

    def test_a_request_must_change_something_and_at_most_ten(self, api: Api) -> None:
        of = {"ResourceType": "hostedzone", "ResourceId": api.zone()}
        many = [{"Key": str(number), "Value": ""} for number in range(11)]

        assert api.refused("ChangeTagsForResource", **of)[0] == "InvalidInput"
        assert api.refused("ChangeTagsForResource", **of, AddTags=many)[0] == "InvalidInput"


class TestComments:
    def test_a_comment_is_changed_and_taken_away(self, api: Api) -> None:
        zone = api.zone(HostedZoneConfig={"Comment": "first", "PrivateZone": False})
        api("UpdateHostedZoneComment", Id=zone, Comment="second")
        assert api("GetHostedZone", Id=zone)["HostedZone"]["Config"] == {"Comment": "second", "PrivateZone": False}

        api("UpdateHostedZoneComment", Id=zone)
        assert api("GetHostedZone", Id=zone)["HostedZone"]["Config"] == {"PrivateZone": False}


class TestHowLongAChangeTakes:
    def test_no_time_unless_it_is_asked_for(self, api: Api) -> None:
        zone = api.zone()
        for name in ("x.a.test", "y.a.test"):
            made = api("ChangeResourceRecordSets", **api.batch(zone, ("CREATE", record(name))))
            assert made["ChangeInfo"]["Status"] == "INSYNC"

    def test_a_change_is_pending_until_it_is_everywhere(self) -> None:
        api = Api(route53.empty_account("123456789012", timing=Timing(propagation_s=60)))
        zone = api.zone()
        change = api("ChangeResourceRecordSets", **api.batch(zone, ("CREATE", record("x.a.test"))))["ChangeInfo"]

        states = []
        for api.now in (NOON, NOON + 59.9, NOON + 60):
            states.append(api("GetChange", Id=change["Id"])["ChangeInfo"]["Status"])
        assert (change["Status"], states) == ("PENDING", ["PENDING", "PENDING", "INSYNC"])

    def test_while_a_change_is_processed_its_zone_takes_no_other(self) -> None:
        """PriorRequestNotComplete: "it will reject subsequent requests for the same hosted zone"."""
        api = Api(route53.empty_account("123456789012", timing=Timing(processing_s=2)))
        zone, other = api.zone(), api.zone("b.test")
        first, second = (api.batch(zone, ("CREATE", record(name))) for name in ("x.a.test", "y.a.test"))
        api("ChangeResourceRecordSets", **first)

        assert api.refused("ChangeResourceRecordSets", **second)[0] == "PriorRequestNotComplete"
        api("ChangeResourceRecordSets", **api.batch(other, ("CREATE", record("x.b.test"))))
        api.now += 2
        api("ChangeResourceRecordSets", **second)
        assert len(api("ListResourceRecordSets", HostedZoneId=zone)["ResourceRecordSets"]) == 4


class TestListings:
    def test_a_listing_is_carried_on_from_change_to_change(self, api: Api) -> None:
        zone = api.zone()
        names = [f"{letter}.a.test." for letter in "dacb"]
        for name in names:
            api("ListResourceRecordSets", HostedZoneId=zone)
            api("ChangeResourceRecordSets", **api.batch(zone, ("CREATE", record(name))))
        api(
            "ChangeResourceRecordSets",
            **api.batch(zone, ("DELETE", record("c.a.test")), ("UPSERT", record("b.a.test", TTL=5))),
        )

        listed = api("ListResourceRecordSets", HostedZoneId=zone)["ResourceRecordSets"][2:]
        assert [(one["Name"], one["TTL"]) for one in listed] == [("a.a.test.", 60), ("b.a.test.", 5), ("d.a.test.", 60)]
        assert listed == route53.record_sets(api.account.zone(zone).zone)[2:]

    def test_private_zones_alone(self, api: Api) -> None:
        api.zone("public.test")
        api.zone("private.test", VPC={"VPCId": "vpc-1", "VPCRegion": "us-east-1"})

        found = api("ListHostedZones", HostedZoneType="PrivateHostedZone")["HostedZones"]
        assert [zone["Name"] for zone in found] == ["private.test."]

    def test_no_zone_logs_its_queries(self, api: Api) -> None:
        assert api("ListQueryLoggingConfigs", HostedZoneId=api.zone()) == {"QueryLoggingConfigs": []}
        assert api.refused("ListQueryLoggingConfigs", HostedZoneId="Z1")[0] == "NoSuchHostedZone"


class TestWhatIsNotThere:
    def test_is_named(self, api: Api) -> None:
        with pytest.raises(Route53Unsupported, match="CreateTrafficPolicy"):
            api("CreateTrafficPolicy", Name="x", Document="{}")
        with pytest.raises(Route53Unsupported, match="DelegationSetId"):
            api("CreateHostedZone", Name="a.test", CallerReference="1", DelegationSetId="N1")
        with pytest.raises(Route53Refused, match="nothing"):
            api("GetHealthCheck", HealthCheckId="nothing")
