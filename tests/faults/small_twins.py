"""Twins of one resource of each kind that a real one has, in an embedded AWS; and a way to die at any of the calls that tear one down."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.local.inventory import of
from twinstage.model.leftovers import STACK_PREFIX
from twinstage.state.run_ledger import RunLedger
from twinstage.state.sweeping import Sweeper
from twinstage.world.aws.account import AwsAccount
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.engine import Engine

EVIDENCE = "twinstage-evidence-of-tests"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}
# The kinds of a twin: what a leftover can be.
KINDS = (
    "AWS::CloudFormation::Stack",
    "AWS::DynamoDB::Table",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::Route53::HealthCheck",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
    "AWS::StepFunctions::StateMachine",
)


class Killed(BaseException):
    """The process that made the calls is gone: no handler of ours catches this."""


@dataclass
class Mortal:
    """Clients whose owner dies at its `at`-th call: before the request is sent, or after the answer came. `at` None: never."""

    engine: Engine
    account: str
    at: int | None = None
    after: bool = False
    calls: int = 0
    clients: dict[str, Any] = field(default_factory=dict)

    def __call__(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = client = self.engine.clients.session(self.account).client(service)
            client.meta.events.register("before-send.*.*", self._before)
            client.meta.events.register("after-call.*.*", self._after)
        return self.clients[service]

    def lives(self) -> None:
        self.at, self.calls = None, 0

    def dies(self, at: int, *, after: bool) -> None:
        self.at, self.after, self.calls = at, after, 0

    def _before(self, **_: Any) -> None:
        self.calls += 1
        if self.calls == self.at and not self.after:
            raise Killed

    def _after(self, **_: Any) -> None:
        if self.calls == self.at and self.after:
            raise Killed


@dataclass
class Twins:
    """The twin account. `now` is the sweeper's clock, in seconds since the epoch."""

    engine: Engine
    mortal: Mortal
    now: float

    @property
    def client(self) -> Any:
        """The operator's clients, which nobody kills."""
        return lambda service: self.engine.client(self.engine.accounts.twin, service)

    def sweeper(self) -> Sweeper:
        account, zones = AwsAccount(self.mortal), Route53Zones(self.mortal("route53"))
        return Sweeper(account, zones, RunLedger(S3Store(self.mortal("s3"), EVIDENCE)), lambda: self.now)

    def ledger(self) -> RunLedger:
        return RunLedger(S3Store(self.client("s3"), EVIDENCE))

    def deploy(self, run: str, *, ttl_hours: str = "4") -> None:
        """A twin with a record in its zone, as one stands after a rehearsal; the ledger knows it."""
        self.ledger().begin(run, self.now, 4.0)
        formation = self.client("cloudformation")
        tags = {"twinstage:run": run, "twinstage:ttl-hours": ttl_hours}
        formation.create_stack(
            StackName=STACK_PREFIX + run,
            TemplateBody=json.dumps({"Resources": small_twin(run)}),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        [stack] = formation.describe_stacks(StackName=STACK_PREFIX + run)["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE", formation.describe_stack_events(StackName=STACK_PREFIX + run)
        [zone] = [thing.id for thing in self.held(run) if thing.kind == "AWS::Route53::HostedZone"]
        self.fill(zone)

    def held(self, run: str) -> list[Any]:
        account = AwsAccount(self.client)
        return [thing for stack in account.stacks() if stack.run == run for thing in account.holds(stack)]

    def fill(self, zone: str) -> None:
        """Records whose deletion has an order: an alias, and its target."""
        name = self.client("route53").get_hosted_zone(Id=zone)["HostedZone"]["Name"]
        target = {"HostedZoneId": zone, "DNSName": f"a.{name}", "EvaluateTargetHealth": False}
        wanted = [
            {"Name": f"a.{name}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]},
            {"Name": f"alias.{name}", "Type": "A", "AliasTarget": target},
        ]
        changes = [{"Action": "UPSERT", "ResourceRecordSet": record} for record in wanted]
        self.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    def inventory(self) -> Mapping[str, list[str]]:
        return of(self.client, kinds=KINDS)


def production(engine: Engine) -> Mapping[str, list[str]]:
    """Everything in production's account."""
    return of(lambda service: engine.client(engine.accounts.production, service))


def small_twin(run: str) -> dict[str, Any]:
    """A template: one of each kind, with the names of a real twin."""

    def resource(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": kind, "Properties": properties}

    key = {"AttributeName": "pk", "KeyType": "HASH"}
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    vpc, subnet, routes = {"Ref": "Vpc"}, {"Ref": "Subnet"}, {"Ref": "Routes"}
    return {
        "Vpc": resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
        "Routes": resource("AWS::EC2::RouteTable", VpcId=vpc),
        "Subnet": resource("AWS::EC2::Subnet", VpcId=vpc, CidrBlock="10.0.0.0/24"),
        "Route": resource("AWS::EC2::SubnetRouteTableAssociation", SubnetId=subnet, RouteTableId=routes),
        "Endpoint": resource(
            "AWS::EC2::VPCEndpoint", VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=[routes]
        ),
        "Group": resource("AWS::EC2::SecurityGroup", GroupDescription="of a twin", VpcId=vpc),
        "Zone": resource(
            "AWS::Route53::HostedZone", Name="example.internal.", VPCs=[{"VPCId": vpc, "VPCRegion": "us-east-1"}]
        ),
        "Check": resource(
            "AWS::Route53::HealthCheck",
            HealthCheckConfig={"Type": "CALCULATED", "HealthThreshold": 0, "ChildHealthChecks": []},
        ),
        "Boundary": resource(
            "AWS::IAM::ManagedPolicy", ManagedPolicyName=f"twin-{run}-boundary", PolicyDocument=POLICY
        ),
        "Role": resource(
            "AWS::IAM::Role",
            RoleName=f"twin-{run}-machine",
            AssumeRolePolicyDocument=TRUST,
            PermissionsBoundary={"Ref": "Boundary"},
            Policies=[{"PolicyName": "inline", "PolicyDocument": POLICY}],
        ),
        "Table": resource(
            "AWS::DynamoDB::Table",
            TableName=f"twin-{run}-baseline-plans",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[key],
        ),
        "Log": resource("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/twin-{run}-Prepare"),
        "MachineLog": resource("AWS::Logs::LogGroup", LogGroupName=f"/aws/vendedlogs/states/twin-{run}"),
        "Machine": resource(
            "AWS::StepFunctions::StateMachine",
            StateMachineName=f"twin-{run}",
            DefinitionString=definition,
            RoleArn={"Fn::GetAtt": ["Role", "Arn"]},
        ),
    }


def some_of(seed: int, names: list[str]) -> list[str]:
    """A part of the names, by the seed."""
    rng = random.Random(seed)  # noqa: S311 a choice that a seed repeats
    return [name for name in names if rng.random() < 0.5]
