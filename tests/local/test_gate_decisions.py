"""What the gate lets through: the engine's own policies, decided as IAM decides, in front of every service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local.cloud import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine

DENIED = ("AccessDenied", "AccessDeniedException")


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


class Roles:
    """Makes roles in both accounts, and clients that act as them."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.twin, self.production = engine, engine.accounts.twin, engine.accounts.production

    def make(
        self, *statements: dict[str, Any], account: str = "", trust: list[dict[str, Any]] | None = None, **settings: Any
    ) -> str:
        account = account or self.twin
        iam, name = self.engine.client(account, "iam"), f"gate-{uuid4().hex[:8]}"
        trusted = trust or [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(*trusted), **settings)["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        return str(made)

    def client(self, role: str, service: str) -> Any:
        return self.engine.clients.role(role, "lambda.amazonaws.com", service)

    def assumed(self, caller: str, role: str, service: Any, **arguments: Any) -> Any:
        """A client of a session that `caller` made by AssumeRole."""
        given = self.client(caller, "sts").assume_role(RoleArn=role, RoleSessionName="gate", **arguments)["Credentials"]
        keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        session: Any = boto3.Session(*keys, region_name="us-east-1")
        return session.client(service, endpoint_url=self.engine.endpoint)


@pytest.fixture
def roles(engine: Engine) -> Roles:
    return Roles(engine)


@pytest.fixture
def table(engine: Engine) -> str:
    name = f"gate-{uuid4().hex[:8]}"
    key = {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "pk", "KeyType": "HASH"}
    engine.client(engine.accounts.twin, "dynamodb").create_table(
        TableName=name, AttributeDefinitions=[key[0]], KeySchema=[key[1]], BillingMode="PAY_PER_REQUEST"
    )
    return name


def denied(call: Callable[..., Any], **parameters: Any) -> str:
    """The message of a call that is refused for want of a right."""
    code, message = refusal(call, **parameters)[:2]
    assert code in DENIED, (code, message)
    return str(message)


def test_a_role_may_do_what_its_policy_allows_and_nothing_else(roles: Roles, table: str) -> None:
    dynamodb = roles.client(
        roles.make(allow("dynamodb:PutItem", f"arn:aws:dynamodb:*:{roles.twin}:table/{table}")), "dynamodb"
    )
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "1"}})
    message = denied(dynamodb.scan, TableName=table)
    assert "is not authorized to perform: dynamodb:Scan on resource: arn:aws:dynamodb" in message
    assert "because no identity-based policy allows the dynamodb:Scan action" in message
    assert "PutItem" in denied(dynamodb.put_item, TableName="another", Item={"pk": {"S": "1"}})


def test_every_table_of_a_batch_and_of_a_transaction_counts(roles: Roles, table: str) -> None:
    own = allow("dynamodb:*", f"arn:aws:dynamodb:*:{roles.twin}:table/{table}")
    dynamodb, put = roles.client(roles.make(own), "dynamodb"), {"PutRequest": {"Item": {"pk": {"S": "1"}}}}
    dynamodb.batch_write_item(RequestItems={table: [put]})
    denied(dynamodb.batch_write_item, RequestItems={table: [put], "another": [put]})
    transact = [{"Put": {"TableName": name, "Item": {"pk": {"S": "1"}}}} for name in (table, "another")]
    denied(dynamodb.transact_write_items, TransactItems=transact)


def test_a_boundary_limits_and_its_change_holds_at_once(engine: Engine, roles: Roles) -> None:
    iam = engine.client(roles.twin, "iam")
    arn = iam.create_policy(PolicyName=f"gate-{uuid4().hex[:8]}", PolicyDocument=document(allow("s3:*")))["Policy"][
        "Arn"
    ]
    role = roles.make(allow("*"), PermissionsBoundary=arn)
    roles.client(role, "s3").list_buckets()
    assert "no permissions boundary allows" in denied(roles.client(role, "dynamodb").list_tables)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("dynamodb:*")), SetAsDefault=True)
    roles.client(role, "dynamodb").list_tables()
    denied(roles.client(role, "s3").list_buckets)


def test_a_managed_policy_and_an_explicit_deny(engine: Engine, roles: Roles) -> None:
    role = roles.make({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Sid": "NoStore"})
    engine.client(roles.twin, "iam").attach_role_policy(
        RoleName=role.rpartition("/")[2], PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    roles.client(role, "dynamodb").list_tables()
    assert "with an explicit deny in an identity-based policy" in denied(roles.client(role, "s3").list_buckets)
    assert next(engine.log.since(engine.log.count - 1)).why.endswith("/NoStore denies it")


class TestSessions:
    """Roles that are assumed: trust, external id, tags, session policies, an hour."""

    def target(self, roles: Roles, *statements: dict[str, Any], **condition: Any) -> str:
        trusted = {"Effect": "Allow", "Principal": {"AWS": roles.twin}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
        trust = [trusted | ({"Condition": condition} if condition else {})]
        return roles.make(*(statements or [allow("*")]), account=roles.production, trust=trust)

    def test_both_accounts_must_allow(self, roles: Roles) -> None:
        target = self.target(roles)
        able, unable = roles.make(allow("sts:AssumeRole", target)), roles.make(allow("s3:*"))
        assert roles.assumed(able, target, "sts").get_caller_identity()["Account"] == roles.production
        denied(roles.client(unable, "sts").assume_role, RoleArn=target, RoleSessionName="gate")
        closed = roles.make(allow("*"), account=roles.production)
        denied(roles.client(roles.make(allow("*")), "sts").assume_role, RoleArn=closed, RoleSessionName="gate")

    def test_the_external_id(self, roles: Roles) -> None:
        target, caller = self.target(roles, StringEquals={"sts:ExternalId": "x"}), roles.make(allow("sts:*"))
        roles.assumed(caller, target, "sts", ExternalId="x").get_caller_identity()
        sts = roles.client(caller, "sts")
        denied(sts.assume_role, RoleArn=target, RoleSessionName="gate")
        denied(sts.assume_role, RoleArn=target, RoleSessionName="gate", ExternalId="y")

    def test_a_session_tag_is_the_principal_s(self, roles: Roles) -> None:
        mine = {"StringEquals": {"aws:PrincipalTag/run": "mine"}}
        target, caller = self.target(roles, allow("s3:*", Condition=mine)), roles.make(allow("sts:*"))
        roles.assumed(caller, target, "s3", Tags=[{"Key": "run", "Value": "mine"}]).list_buckets()
        denied(roles.assumed(caller, target, "s3", Tags=[{"Key": "run", "Value": "theirs"}]).list_buckets)
        denied(roles.assumed(caller, target, "s3").list_buckets)

    def test_a_session_policy_limits(self, roles: Roles) -> None:
        target, caller = self.target(roles), roles.make(allow("sts:*"))
        limit = document(allow("s3:*"))
        roles.assumed(caller, target, "s3", Policy=limit).list_buckets()
        assert "no session policy allows" in denied(roles.assumed(caller, target, "dynamodb", Policy=limit).list_tables)
        arns = [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]
        denied(roles.assumed(caller, target, "dynamodb", PolicyArns=arns).list_tables)

    def test_an_hour_is_the_longest(self, roles: Roles) -> None:
        target, caller = self.target(roles), roles.make(allow("sts:*"))
        with pytest.raises(ClientError) as refused:
            roles.assumed(caller, target, "sts", DurationSeconds=7200)
        assert refused.value.response["Error"]["Code"] == "ValidationError"

    def test_who_somebody_is_they_may_always_ask(self, roles: Roles) -> None:
        nothing = roles.make({"Effect": "Deny", "Action": "*", "Resource": "*"})
        assert roles.client(nothing, "sts").get_caller_identity()["Account"] == roles.twin

    def test_no_other_way_to_a_session_is_open(self, roles: Roles) -> None:
        denied(roles.client(roles.make(allow("*")), "sts").get_session_token)


class TestResources:
    """Policies of resources: a bucket's, a key's, a queue's, a function's."""

    def test_another_account_s_bucket_takes_both(self, engine: Engine, roles: Roles) -> None:
        theirs, bucket = engine.client(roles.production, "s3"), f"gate-{uuid4().hex[:8]}"
        theirs.create_bucket(Bucket=bucket)
        theirs.put_object(Bucket=bucket, Key="k", Body=b"x")
        role, unable = roles.make(allow("s3:*")), roles.make(allow("sqs:*"))
        read = {"Bucket": bucket, "Key": "k"}
        denied(roles.client(role, "s3").get_object, **read)
        open_to = [allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Principal={"AWS": [role, unable]})]
        theirs.put_bucket_policy(Bucket=bucket, Policy=document(*open_to))
        assert roles.client(role, "s3").get_object(**read)["Body"].read() == b"x"
        denied(roles.client(unable, "s3").get_object, **read)
        denied(roles.client(role, "s3").put_object, **read, Body=b"y")

    def test_a_bucket_s_deny_holds_for_its_own_account_too(self, engine: Engine, roles: Roles) -> None:
        s3, bucket = engine.client(roles.twin, "s3"), f"gate-{uuid4().hex[:8]}"
        s3.create_bucket(Bucket=bucket)
        away = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
        s3.put_bucket_policy(Bucket=bucket, Policy=document(away))
        assert "explicit deny in a resource-based policy" in denied(s3.put_object, Bucket=bucket, Key="k", Body=b"")

    def test_a_key_s_policy_is_needed(self, engine: Engine, roles: Roles) -> None:
        kms, role = engine.client(roles.twin, "kms"), roles.make(allow("kms:*"))
        operator = {"AWS": f"arn:aws:iam::{roles.twin}:user/operator"}
        closed = kms.create_key(Policy=document(allow("kms:*", Principal=operator)))["KeyMetadata"]["KeyId"]
        opened = kms.create_key()["KeyMetadata"]["KeyId"]
        roles.client(role, "kms").encrypt(KeyId=opened, Plaintext=b"x")
        denied(roles.client(role, "kms").encrypt, KeyId=closed, Plaintext=b"x")

    def test_a_queue_s_policy_may_name_a_role_of_its_account(self, engine: Engine, roles: Roles) -> None:
        sqs, role = engine.client(roles.twin, "sqs"), roles.make()
        url = sqs.create_queue(QueueName=f"gate-{uuid4().hex[:8]}")["QueueUrl"]
        denied(roles.client(role, "sqs").send_message, QueueUrl=url, MessageBody="x")
        policy = document(allow("sqs:SendMessage", "*", Principal={"AWS": role}))
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        roles.client(role, "sqs").send_message(QueueUrl=url, MessageBody="x")


def test_a_zone_of_another_account_is_out_of_reach(engine: Engine, roles: Roles) -> None:
    theirs = engine.client(roles.production, "route53")
    zone = theirs.create_hosted_zone(Name="gate.test", CallerReference=uuid4().hex)["HostedZone"]["Id"]
    denied(roles.client(roles.make(allow("*")), "route53").list_resource_record_sets, HostedZoneId=zone)


def test_a_change_of_records_is_told_by_name_type_and_action(engine: Engine, roles: Roles) -> None:
    own = engine.client(roles.twin, "route53")
    zone = own.create_hosted_zone(Name="gate.test", CallerReference=uuid4().hex)["HostedZone"]["Id"]
    prefix = "route53:ChangeResourceRecordSets"
    only = {f"{prefix}NormalizedRecordNames": "a.gate.test", f"{prefix}RecordTypes": "A", f"{prefix}Actions": "UPSERT"}
    route53 = roles.client(roles.make(allow(prefix, Condition={"ForAllValues:StringEquals": only})), "route53")

    def change(name: str, kind: str = "A", action: str = "UPSERT") -> dict[str, Any]:
        record = {
            "Name": name,
            "Type": kind,
            "TTL": 60,
            "ResourceRecords": [{"Value": "192.0.2.1" if kind == "A" else '"x"'}],
        }
        return {"HostedZoneId": zone, "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": record}]}}

    route53.change_resource_record_sets(**change("A.gate.test."))
    for other in (change("b.gate.test."), change("a.gate.test.", "TXT"), change("a.gate.test.", action="CREATE")):
        denied(route53.change_resource_record_sets, **other)


def test_a_role_is_passed_to_whom_the_policy_says(roles: Roles) -> None:
    passed = roles.make()
    to_lambda = allow(
        "iam:PassRole", passed, Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    )
    caller = roles.make(allow(["lambda:*", "states:*"]), to_lambda)
    machine = {"name": f"gate-{uuid4().hex[:8]}", "roleArn": passed, "definition": "{}"}
    assert "iam:PassRole" in denied(roles.client(caller, "stepfunctions").create_state_machine, **machine)


def test_what_nobody_mapped_is_refused_and_noted(engine: Engine, roles: Roles) -> None:
    role = roles.make(allow("*"))
    assert "not mapped" in denied(roles.client(role, "cognito-idp").list_user_pools, MaxResults=1)
    denied(roles.client(role, "dynamodb").execute_statement, Statement='SELECT * FROM "x"')
    last = list(engine.log.since(engine.log.count - 1))[-1]
    assert (last.allowed, last.owner, last.why) == (False, role, "not mapped: dynamodb:ExecuteStatement")


@pytest.mark.parametrize("key", ["dynamodb:LeadingKeys", "aws:SourceIp", "aws:ResourceTag/run"])
def test_a_condition_that_cannot_be_computed_counts_against_the_caller(roles: Roles, table: str, key: str) -> None:
    item = {"TableName": table, "Item": {"pk": {"S": "1"}}}
    condition = {"ForAnyValue:StringEquals": {key: "10.0.0.1"}}
    denied(roles.client(roles.make(allow("dynamodb:*", Condition=condition)), "dynamodb").put_item, **item)
    unless = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*", "Condition": condition}
    denied(roles.client(roles.make(allow("*"), unless), "dynamodb").put_item, **item)


@pytest.mark.parametrize("key", ["aws:SourceVpc", "route53:VPCs", "ec2:Vpc", "aws:CalledVia"])
def test_a_key_that_the_request_does_not_have_is_absent(roles: Roles, key: str) -> None:
    unless = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {key: "x"}}}
    roles.client(roles.make(allow("*"), unless), "dynamodb").list_tables()
    denied(roles.client(roles.make(allow("*", Condition={"StringEquals": {key: "x"}})), "dynamodb").list_tables)


def test_a_policy_that_cannot_be_read_is_none(engine: Engine, roles: Roles) -> None:
    role = roles.make(allow("*"))
    from moto.iam.models import iam_backends

    found = next(each for each in iam_backends[roles.twin]["aws"].roles.values() if each.arn == role)
    found.policies["own"] = '{"Statement": [{"Effect": "Allow"}]}'
    assert "cannot be decided" in denied(roles.client(role, "s3").list_buckets)
    assert engine.log.count


def test_the_log_is_one_order_with_who_what_where_and_why(engine: Engine, roles: Roles, table: str) -> None:
    before, role = engine.log.count, roles.make(allow("dynamodb:Scan"))
    roles.client(role, "dynamodb").scan(TableName=table)
    records = list(engine.log.since(before))
    assert [record.n for record in records] == list(range(before + 1, before + len(records) + 1))
    last = records[-1]
    resource = f"arn:aws:dynamodb:us-east-1:{roles.twin}:table/{table}"
    assert (last.owner, last.action, last.resource) == (role, "dynamodb:Scan", resource)
    assert (last.account, last.resource_account, last.allowed) == (roles.twin, roles.twin, True)
    assert last.why.endswith("/own/0 allows it")
    assert last.ms > 0
