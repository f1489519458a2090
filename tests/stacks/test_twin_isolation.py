"""Nothing leads out of a twin."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from app import new_app
from tests.stacks.sample_twin import PRODUCTION, REGION, TWIN, Template
from twinstage_constructs.isolated_network import IsolatedNetwork
from twinstage_constructs.policies import FIND_ZONES
from twinstage_constructs.run_boundary import FIND_HEALTH_CHECKS, MACHINE_PLUMBING, NEVER, UNSCOPED_READS

if TYPE_CHECKING:
    from pathlib import Path

WAYS_OUT = (
    "AWS::EC2::InternetGateway",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::NatGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::TransitGateway*",
    "AWS::EC2::VPN*",
    "AWS::EC2::Route",
    "AWS::EC2::EIP",
    "AWS::Lambda::Url",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::CloudFormation::CustomResource",
    "Custom::*",
)


@pytest.mark.parametrize("resource_type", WAYS_OUT)
def test_the_twin_has_no(resource_type: str, twin: Template) -> None:
    assert not [found for found in twin.types if fnmatchcase(found, resource_type)]


def test_every_endpoint_admits_this_account_alone(twin: Template) -> None:
    endpoints = twin.properties("AWS::EC2::VPCEndpoint")

    assert {e["ServiceName"] for e in endpoints} == {f"com.amazonaws.{REGION}.{s}" for s in ("s3", "dynamodb")}
    assert all(pinned(endpoint) for endpoint in endpoints)


def test_interface_endpoints_are_pinned_too_and_reached_over_https_from_the_vpc_alone(tmp_path: Path) -> None:
    app = new_app(str(tmp_path))
    stack = cdk.Stack(app, "Network", env=cdk.Environment(account=TWIN, region=REGION))
    IsolatedNetwork(
        stack,
        "Network",
        account=TWIN,
        region=REGION,
        availability_zones=["us-east-1a"],
        interface_services=["logs", "lambda"],
    )
    app.synth()
    template = Template("Network", json.loads((tmp_path / "Network.template.json").read_bytes()))

    interfaces = [e for e in template.properties("AWS::EC2::VPCEndpoint") if e["VpcEndpointType"] == "Interface"]

    assert len(interfaces) == 2
    assert all(pinned(endpoint) for endpoint in interfaces)
    rules = [
        rule
        for group in template.properties("AWS::EC2::SecurityGroup")
        for rule in (*group.get("SecurityGroupIngress", ()), *group["SecurityGroupEgress"])
    ]
    assert {(r["CidrIp"], r["FromPort"], r["ToPort"], r["IpProtocol"]) for r in rules} == {
        ("10.42.0.0/16", 443, 443, "tcp")
    }


def pinned(endpoint: dict[str, Any]) -> bool:
    [statement] = endpoint["PolicyDocument"]["Statement"]
    mine = {"aws:PrincipalAccount": TWIN, "aws:ResourceAccount": TWIN}
    return bool(statement["Effect"] == "Allow" and statement["Condition"] == {"StringEquals": mine})


def test_no_subnet_hands_out_public_addresses(twin: Template) -> None:
    assert [s["MapPublicIpOnLaunch"] for s in twin.properties("AWS::EC2::Subnet")] == [False, False]


def test_every_zone_is_private_to_the_twins_vpc_from_its_creation(twin: Template) -> None:
    [vpc] = [name for name, r in twin.document["Resources"].items() if r["Type"] == "AWS::EC2::VPC"]

    attached = [z["VPCs"] for z in twin.properties("AWS::Route53::HostedZone")]

    assert attached == [[{"VPCId": {"Ref": vpc}, "VPCRegion": REGION}]] * 2


def test_every_role_has_the_runs_boundary(twin: Template) -> None:
    [boundary] = [n for n, r in twin.document["Resources"].items() if r["Type"] == "AWS::IAM::ManagedPolicy"]

    assert {str(role["PermissionsBoundary"]) for role in twin.properties("AWS::IAM::Role")} == {str({"Ref": boundary})}


def test_the_boundary_denies_without_conditions_what_no_twin_may_do(twin: Template) -> None:
    [policy] = twin.properties("AWS::IAM::ManagedPolicy")

    denies = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]

    assert denies == [{"Effect": "Deny", "Action": list(NEVER), "Resource": "*"}]


def test_the_boundary_names_this_run_and_no_pattern_of_all_runs(twin: Template) -> None:
    [policy] = twin.properties("AWS::IAM::ManagedPolicy")
    allowed = [r for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow" for r in s["Resource"]]

    patterns = {r.split(":", 5)[5] for r in allowed if isinstance(r, str) and "twin-" in r and r.endswith("*")}

    assert patterns == {
        *(f"{kind}twin-demo-{arm}-*" for kind in ("table/", "function:") for arm in ("baseline", "candidate")),
        "log-group:/aws/lambda/twin-demo-*",
        "execution:twin-demo/*",
    }


def test_a_role_may_write_to_named_things_only(twin: Template) -> None:
    everywhere = {
        action
        for _, statement in twin.statements()
        if statement["Effect"] == "Allow" and "*" in statement["Resource"]
        for action in statement["Action"]
    }

    assert everywhere == {*UNSCOPED_READS, *FIND_HEALTH_CHECKS, *FIND_ZONES, *MACHINE_PLUMBING}


def test_no_role_may_assume_another_or_use_a_wildcard_action(twin: Template) -> None:
    actions = {action for _, statement in twin.statements() for action in statement["Action"]}

    assert not [action for action in actions if action.startswith("sts:") or "*" in action]


def test_a_clone_touches_the_tables_of_its_own_arm_only(twin: Template) -> None:
    tables = {
        (role, resource.split("table/")[1].split("/")[0])
        for role, statement in twin.statements()
        if role.startswith(("twin-demo-baseline-", "twin-demo-candidate-"))
        and "dynamodb:PutItem" in statement["Action"]
        for resource in statement["Resource"]
    }

    assert tables == {
        (f"twin-demo-{arm}-{function}", f"twin-demo-{arm}-*")
        for arm in ("baseline", "candidate")
        for function in ("enactor", "planner")
    }


def test_a_clone_calls_the_clones_that_its_environment_names_and_no_other(twin: Template) -> None:
    calls = {
        role: statement["Resource"]
        for role, statement in twin.statements()
        if role.endswith(("-enactor", "-planner")) and statement["Action"] == ["lambda:InvokeFunction"]
    }

    assert calls == {
        f"twin-demo-{arm}-enactor": [f"arn:aws:lambda:{REGION}:{TWIN}:function:twin-demo-{arm}-planner"]
        for arm in ("baseline", "candidate")
    }


def test_a_role_writes_to_its_own_log_only(twin: Template) -> None:
    logs = {
        role: statement["Resource"]
        for role, statement in twin.statements()
        if "logs:PutLogEvents" in statement["Action"]
    }

    assert logs
    assert all(logs[role] == [f"arn:aws:logs:{REGION}:{TWIN}:log-group:/aws/lambda/{role}:*"] for role in logs)


def test_a_dns_firewall_answers_the_twins_own_names_and_blocks_all_others(twin: Template) -> None:
    resources = twin.document["Resources"]
    [group] = twin.properties("AWS::Route53Resolver::FirewallRuleGroup")
    [attached] = twin.properties("AWS::Route53Resolver::FirewallRuleGroupAssociation")

    answered, blocked = sorted(group["FirewallRules"], key=lambda rule: rule["Priority"])

    domains = [resources[rule["FirewallDomainListId"]["Fn::GetAtt"][0]]["Properties"] for rule in (answered, blocked)]
    assert (answered["Action"], blocked["Action"], blocked["BlockResponse"]) == ("ALLOW", "BLOCK", "NXDOMAIN")
    assert domains[0]["Domains"] == [
        *("example1.internal", "*.example1.internal", "example2.internal", "*.example2.internal"),
        *(f"{prefix}{service}.{REGION}.amazonaws.com" for service in ("s3", "dynamodb") for prefix in ("", "*.")),
    ]
    assert domains[1]["Domains"] == ["*"]
    assert resources[attached["VpcId"]["Ref"]]["Type"] == "AWS::EC2::VPC"


def test_a_template_says_which_stack_it_is_and_between_which_accounts(templates: dict[str, Template]) -> None:
    said = {name: template.document["Metadata"]["Twinstage"] for name, template in templates.items()}

    accounts = {"TwinAccount": TWIN, "ProductionAccount": PRODUCTION, "Region": REGION}
    assert said == {
        "twinstage-capture": {"Stack": "capture", "Run": "", **accounts},
        "twinstage-platform": {"Stack": "platform", "Run": "", **accounts},
        "twinstage-twin-demo": {"Stack": "twin", "Run": "demo", **accounts},
    }


def test_what_a_clone_is_told_stands_in_its_metadata_but_for_what_is_withheld(twin: Template) -> None:
    [enactor] = [
        function
        for function in twin.of_type("AWS::Lambda::Function")
        if function["Properties"]["FunctionName"] == "twin-demo-baseline-enactor"
    ]

    told = enactor["Metadata"]["Twinstage"]["Environment"]

    variables = enactor["Properties"]["Environment"]["Variables"]
    assert enactor["Metadata"]["Twinstage"]["Kept"] == ["LOG_LEVEL"]
    assert {**told, "API_KEY": "withheld-by-twinstage", "TWINSTAGE_HANDLER": "index.handler"} == variables
