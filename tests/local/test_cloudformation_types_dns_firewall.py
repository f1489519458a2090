"""A DNS firewall is an entry of its stack: its ids can be referred to, what it refers to must be there, and it goes with the stack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.cloud import Cloud, outputs, resource

pytestmark = pytest.mark.engine

KIND = "AWS::Route53Resolver::"
LIST: dict[str, Any] = {"Fn::GetAtt": ["List", "Id"]}
GROUP: dict[str, Any] = {"Fn::GetAtt": ["Group", "Id"]}


def firewall(*domains: str, priority: int = 101, list_id: Any = LIST, group_id: Any = GROUP) -> dict[str, Any]:
    rule = {"Action": "BLOCK", "BlockResponse": "NXDOMAIN", "Priority": 1, "FirewallDomainListId": list_id}
    association = {"FirewallRuleGroupId": group_id, "VpcId": {"Ref": "Vpc"}, "Priority": priority}
    return {
        "Vpc": resource("AWS::EC2::VPC", {"CidrBlock": "10.9.0.0/16"}),
        "List": resource(KIND + "FirewallDomainList", {"Domains": list(domains or ("*",))}),
        "Group": resource(KIND + "FirewallRuleGroup", {"FirewallRules": [rule]}),
        "Attached": resource(KIND + "FirewallRuleGroupAssociation", association),
    }


def test_a_firewall_is_made_with_its_parts_and_goes_with_its_stack(cloud: Cloud) -> None:
    stack = cloud.deploy(
        firewall("a.test", "b.test"),
        Outputs=outputs(
            List=LIST, Domains={"Fn::GetAtt": ["List", "DomainCount"]}, Rules={"Fn::GetAtt": ["Group", "RuleCount"]}
        ),
    )

    assert stack.outputs["List"] == stack.id_of("List")
    assert (stack.outputs["Domains"], stack.outputs["Rules"]) == ("2", "1")
    prefixes = [stack.id_of(name).rpartition("-")[0] for name in ("List", "Group", "Attached")]
    assert prefixes == ["rslvr-fdl", "rslvr-frg", "rslvr-frgassoc"]
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    "parts",
    [
        firewall(priority=100),
        firewall(list_id="a-list"),
        firewall(group_id="a-group"),
    ],
    ids=["a priority that the service does not take", "no list", "no group"],
)
def test_what_the_service_would_refuse_is_refused(cloud: Cloud, parts: dict[str, Any]) -> None:
    assert cloud.create(parts).status == "ROLLBACK_COMPLETE"
