"""What tests of the adapters over boto3 make in the embedded AWS, and clients that give the answers they are told to."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.stub import Stubber

from tests.state.memory_zones import change
from twinstage.model.archive import zip_files
from twinstage.world.interface import HostedZone

if TYPE_CHECKING:
    from collections.abc import Iterator


CODE = zip_files({"app.py": b"def handler(event, context):\n    return {'got': event}\n"})


SCHEMA: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def zone(aws: Any, *records: dict[str, Any]) -> HostedZone:
    """A hosted zone of its own name, with some record sets."""
    name = f"{aws.name('zone')}.test."
    route53 = aws.client("route53")
    id_ = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"].removeprefix("/hostedzone/")
    if records:
        changes = [change("CREATE", record | {"Name": record["Name"] + name}) for record in records]
        route53.change_resource_record_sets(HostedZoneId=id_, ChangeBatch={"Changes": changes})
    return HostedZone(name, id_, private=False)


def table(aws: Any, **more: Any) -> str:
    """A table with the keys of SCHEMA."""
    name: str = aws.name("table")
    aws.client("dynamodb").create_table(TableName=name, **SCHEMA, **more)
    return name


def function(aws: Any, code: bytes = CODE, **more: Any) -> str:
    """A function with a role of its own."""
    name: str = aws.name("function")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    settings = {"Runtime": "python3.12", "Handler": "app.handler", "Timeout": 10, "MemorySize": 128} | more
    aws.client("lambda").create_function(FunctionName=name, Role=role, Code={"ZipFile": code}, **settings)
    return name


def items(number: int) -> list[dict[str, Any]]:
    """Items of three partitions, in JSON form."""
    return [
        {"pk": {"S": f"p{i % 3}"}, "sk": {"N": str(i)}, "b": {"B": "AAEC"}, "m": {"M": {"l": {"L": [{"NULL": True}]}}}}
        for i in range(number)
    ]


@contextmanager
def stubbed(service: str) -> Iterator[tuple[Stubber, Any]]:
    """A client that gives the answers it is told to, one after the other: for what the embedded AWS has no occasion to say."""
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client(service)  # type: ignore[call-overload]
    with Stubber(made) as stubber:
        yield stubber, made
        stubber.assert_no_pending_responses()
    made.close()
