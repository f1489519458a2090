"""A production that has everything the drill aims at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.local.conftest import ECHO, zip_of
from twinstage.isolation.drill.attempts import Targets
from twinstage.local.inventory import inventory

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

RUN = "drilled"
REGION = "us-east-1"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def boundary(account: str) -> str:
    """As a twin's: its own things by name, and never an identity of its own."""
    own = [
        f"arn:aws:dynamodb:{REGION}:{account}:table/twin-{RUN}-*",
        f"arn:aws:s3:::twinstage-evidence-{account}-{REGION}",
    ]
    return document(
        {"Effect": "Allow", "Action": ["dynamodb:*", "s3:ListBucket"], "Resource": own},
        {"Effect": "Deny", "Action": ["iam:*", "sts:AssumeRole", "route53:AssociateVPC*"], "Resource": "*"},
    )


def table(engine: Engine, account: str, name: str) -> None:
    engine.client(account, "dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "drill", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "drill", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def furnish(engine: Engine) -> Targets:
    """A production with one of each, a twin with its own table and boundary, and another run beside it."""
    production, twin = engine.accounts.production, engine.accounts.twin
    iam = engine.client(production, "iam")
    for name, trusted in (
        ("twin-capture", {"AWS": twin}),
        ("twinstage-capture", {"AWS": twin, "Service": "lambda.amazonaws.com"}),
        ("production-function", {"AWS": twin, "Service": "lambda.amazonaws.com"}),
    ):
        trust = {"Effect": "Allow", "Principal": trusted, "Action": ["sts:AssumeRole", "sts:TagSession"]}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    for name in ("production-function", "twinstage-capture"):
        engine.client(production, "lambda").create_function(
            FunctionName=name,
            Role=f"arn:aws:iam::{production}:role/{name}",
            Code={"ZipFile": zip_of({"app.py": ECHO})},
            Runtime="python3.11",
            Handler="app.handler",
        )
    zone = engine.client(production, "route53").create_hosted_zone(Name="production.example.", CallerReference="drill")
    own = engine.client(twin, "route53").create_hosted_zone(Name="production.example.", CallerReference="drill")
    table(engine, production, "production-table")
    table(engine, twin, f"twin-{RUN}-ledger")
    table(engine, twin, "twin-other-run-baseline-hosts")
    for account, bucket in ((production, "snapshots"), (twin, "evidence")):
        engine.client(account, "s3").create_bucket(Bucket=f"twinstage-{bucket}-{account}-{REGION}")
    engine.client(production, "sqs").create_queue(QueueName="production-queue")
    engine.client(production, "sns").create_topic(Name="production-topic")
    engine.client(production, "ssm").put_parameter(Name="production", Value="secret", Type="SecureString")
    engine.client(twin, "iam").create_policy(PolicyName=f"twin-{RUN}-boundary", PolicyDocument=boundary(twin))
    vpc = engine.client(production, "ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    return Targets(
        production=production,
        twin=twin,
        region=REGION,
        run=RUN,
        external_id="x",
        own_zone=own["HostedZone"]["Id"].rpartition("/")[2],
        own_vpc=engine.client(twin, "ec2").describe_vpcs()["Vpcs"][0]["VpcId"],
        own_table=f"twin-{RUN}-ledger",
        zone=zone["HostedZone"]["Id"].rpartition("/")[2],
        vpc=vpc,
    )


def held(engine: Engine) -> dict[str, Any]:
    """What production holds: names, records and items."""
    production = engine.accounts.production
    items = engine.client(production, "dynamodb").scan(TableName="production-table")["Items"]
    function = engine.client(production, "lambda").get_function_configuration(FunctionName="production-function")
    return {
        **inventory(engine, production),
        "items": items,
        "code": function["CodeSha256"],
        "timeout": function["Timeout"],
    }
