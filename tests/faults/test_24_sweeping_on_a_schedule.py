"""Fault 24 on AWS: the platform's function sweeps, told by its environment alone; what it cannot remove is an error that an alarm sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.faults.small_twins import EVIDENCE
from twinstage.handlers.sweep import handler
from twinstage.model.errors import InputError, LeftoverError, TwinstageError
from twinstage.model.leftovers import Thing
from twinstage.world.aws.removal import remove

if TYPE_CHECKING:
    from tests.faults.small_twins import Twins


@pytest.fixture
def as_deployed(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> Twins:
    for name, value in twins.engine.environment(twins.engine.accounts.twin).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("EVIDENCE_BUCKET", EVIDENCE)
    return twins


@pytest.mark.engine
def test_the_function_sweeps_what_is_left_and_tells_it(as_deployed: Twins) -> None:
    before = as_deployed.inventory()
    as_deployed.client("logs").create_log_group(logGroupName="/aws/lambda/twin-gone-Cleanup")

    told = handler({}, None)

    removed = {"kind": "AWS::Logs::LogGroup", "id": "/aws/lambda/twin-gone-Cleanup", "run": "gone", "by": "name"}
    assert told["removed"] == [{**removed, "name": removed["id"]}]
    assert told["standing"] == ["a-b", "neighbour"]
    assert as_deployed.inventory() == before


@pytest.mark.engine
def test_asked_for_one_run_the_function_tears_that_one_down_and_no_other(as_deployed: Twins) -> None:
    logs = as_deployed.client("logs")
    for run in ("mine", "yours"):
        logs.create_log_group(logGroupName=f"/aws/lambda/twin-{run}-Cleanup")

    told = handler({"run": "mine"}, None)

    assert [each["name"] for each in told["removed"]] == ["/aws/lambda/twin-mine-Cleanup"]
    assert [each["run"] for each in handler({}, None)["removed"]] == ["yours"]
    with pytest.raises(InputError):
        handler({"run": "../ledger"}, None)


@pytest.mark.engine
def test_what_cannot_be_removed_is_an_error_and_does_not_keep_the_rest(as_deployed: Twins) -> None:
    before = as_deployed.inventory()
    ec2, logs = as_deployed.client("ec2"), as_deployed.client("logs")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "twinstage:run", "Value": "gone"}])
    strangers = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.0.0/24")["Subnet"]["SubnetId"]
    logs.create_log_group(logGroupName="/aws/lambda/twin-gone-Report")

    with pytest.raises(LeftoverError) as failed:
        handler({}, None)

    assert [each["what"] for each in failed.value.details["failures"]] == [f"AWS::EC2::VPC {vpc}"]
    assert [each["name"] for each in failed.value.details["removed"]] == ["/aws/lambda/twin-gone-Report"]
    ec2.delete_subnet(SubnetId=strangers)
    assert [each["id"] for each in handler({}, None)["removed"]] == [vpc]
    assert as_deployed.inventory() == before


def test_an_environment_without_a_store_is_an_error_that_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVIDENCE_BUCKET", raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    with pytest.raises(TwinstageError, match="EVIDENCE_BUCKET"):
        handler({}, None)


def test_a_rule_group_of_a_dns_firewall_goes_with_its_rules_and_one_that_is_gone_is_gone() -> None:
    """The embedded AWS has no resolver: AWS's own model of the API is what checks these requests."""
    resolver: Any = boto3.client("route53resolver", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    group = Thing("AWS::Route53Resolver::FirewallRuleGroup", "rslvr-frg-1")
    with Stubber(resolver) as aws:
        rules = {"FirewallRules": [{"FirewallRuleGroupId": group.id, "FirewallDomainListId": "rslvr-fdl-1"}]}
        aws.add_response("list_firewall_rules", rules, {"FirewallRuleGroupId": group.id})
        one = {"FirewallRuleGroupId": group.id, "FirewallDomainListId": "rslvr-fdl-1"}
        aws.add_response("delete_firewall_rule", {}, one)
        aws.add_response("delete_firewall_rule_group", {}, {"FirewallRuleGroupId": group.id})
        aws.add_client_error("list_firewall_rules", "ResourceNotFoundException")

        assert remove(lambda _: resolver, group)
        assert not remove(lambda _: resolver, group)
        aws.assert_no_pending_responses()
