"""Who signs a request is who sends it: the gate verifies Signature Version 4, and reads a request in one way only."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError

from tests.local.signed import presigned, signed_headers
from twinstage.local.gate.signature import read_signature

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine

CALLS = [
    ("dynamodb", "list_tables", "InvalidSignatureException"),
    ("lambda", "list_functions", "InvalidSignatureException"),
    ("s3", "list_buckets", "SignatureDoesNotMatch"),
    ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
    ("route53", "list_hosted_zones", "SignatureDoesNotMatch"),
    ("sqs", "list_queues", "InvalidSignatureException"),
]


def client(engine: Engine, service: Any, secret: str | None = None, **options: Any) -> Any:
    key = engine.principals.operator(engine.accounts.twin)
    return boto3.client(
        service,
        endpoint_url=engine.endpoint,
        region_name="us-east-1",
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=secret or key.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **options),
    )


def answered(
    engine: Engine, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
) -> int:
    request = urllib.request.Request(f"{engine.endpoint}{path}", body, headers or {}, method=method)  # noqa: S310  loopback
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def session_of(engine: Engine, workshop: Any, actions: list[str], resource: str) -> dict[str, Any]:
    """The session of a role that may do this, and nothing else."""
    name = workshop.powerless_role().rpartition("/")[2]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    workshop.client("iam").put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=document)
    arn = f"arn:aws:iam::{engine.accounts.twin}:role/{name}"
    return {"key": engine.principals.service_session(arn, "lambda.amazonaws.com", "test")}


@pytest.fixture
def stored(engine: Engine) -> str:
    """A bucket with the object `k y/ü+`."""
    name = f"signed-{uuid4().hex[:8]}"
    s3 = client(engine, "s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k y/ü+", Body=b"x")
    return name


class TestSignatures:
    @pytest.mark.parametrize(("service", "call", "code"), CALLS)
    def test_another_secret_is_refused_in_the_service_s_own_form(
        self, engine: Engine, service: str, call: str, code: str
    ) -> None:
        with pytest.raises(ClientError) as refused:
            getattr(client(engine, service, "another secret"), call)()
        assert refused.value.response["Error"]["Code"] == code

    def test_every_form_of_a_key_is_signed_alike(self, engine: Engine, stored: str) -> None:
        s3 = client(engine, "s3")
        assert s3.get_object(Bucket=stored, Key="k y/ü+")["Body"].read() == b"x"
        assert s3.list_objects_v2(Bucket=stored, Prefix="k y/ü", Delimiter="/")["KeyCount"] == 1

    def test_a_body_that_was_changed_on_the_way_is_refused(self, engine: Engine) -> None:
        headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
        signed = signed_headers(engine, "dynamodb", "/", b'{"Limit": 1}', headers)
        assert answered(engine, "POST", "/", signed, b'{"Limit": 1}') == 200
        assert answered(engine, "POST", "/", signed, b'{"Limit": 2}') == 400

    def test_an_object_that_was_changed_on_the_way_is_refused(self, engine: Engine, stored: str) -> None:
        path = f"/{stored}/new"
        signed = signed_headers(engine, "s3", path, b"one", method="PUT")
        assert answered(engine, "PUT", path, signed, b"two") == 400
        assert answered(engine, "PUT", path, signed, b"one") == 200

    def test_another_path_is_another_request(self, engine: Engine, stored: str) -> None:
        signed = signed_headers(engine, "s3", f"/{stored}/one", b"", method="DELETE")
        assert answered(engine, "DELETE", f"/{stored}/k%20y/%C3%BC%2B", signed) == 403

    @pytest.mark.parametrize(
        ("service", "path", "method", "added"),
        [
            ("dynamodb", "/", "POST", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
            ("s3", "/bucket/copy", "PUT", {"x-amz-copy-source": "/bucket/of-another"}),
            ("s3", "/bucket/open", "PUT", {"x-amz-acl": "public-read"}),
        ],
        ids=str,
    )
    def test_a_header_of_amazon_s_that_is_not_signed_is_refused(
        self, engine: Engine, service: str, path: str, method: str, added: dict[str, str]
    ) -> None:
        signed = signed_headers(engine, service, path, b"{}", {"Content-Type": "application/x-amz-json-1.0"}, method)

        assert answered(engine, method, path, {**signed, **added}, b"{}") in (400, 403)
        last = list(engine.log.since(engine.log.count - 1))[-1]
        assert (last.allowed, last.why.partition(": ")[2]) == (
            False,
            "There were headers present in the request which were not signed",
        )

    def test_a_trace_s_header_need_not_be_signed(self, engine: Engine, stored: str) -> None:
        signed = signed_headers(engine, "s3", f"/{stored}", b"", method="GET")

        assert answered(engine, "GET", f"/{stored}", {**signed, "X-Amzn-Trace-Id": "Root=1-0-0"}) == 200

    @pytest.mark.parametrize("minutes", [-16, 16])
    def test_a_clock_that_is_off_by_a_quarter_of_an_hour_is_refused(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch, minutes: int
    ) -> None:
        now = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: now.replace(tzinfo=None))
        with pytest.raises(ClientError) as refused:
            client(engine, "s3").list_buckets()
        assert refused.value.response["Error"]["Code"] == "RequestTimeTooSkewed"

    def test_a_session_without_its_token_is_nobody(self, engine: Engine, workshop: Any) -> None:
        session = engine.principals.service_session(workshop.role(), "lambda.amazonaws.com", "test")
        keys = {"aws_access_key_id": session.access_key_id, "aws_secret_access_key": session.secret_access_key}
        with pytest.raises(ClientError) as refused:
            boto3.client("sts", endpoint_url=engine.endpoint, region_name="us-east-1", **keys).get_caller_identity()
        assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"


class TestPresignedUrls:
    @pytest.mark.parametrize("version", ["s3v4", "s3"])
    def test_is_good_for_what_was_signed_and_nothing_else(self, engine: Engine, stored: str, version: str) -> None:
        s3 = client(engine, "s3", signature_version=version)
        url = s3.generate_presigned_url("get_object", Params={"Bucket": stored, "Key": "k y/ü+"})
        path = url.removeprefix(engine.endpoint)
        assert answered(engine, "GET", path) == 200
        assert answered(engine, "DELETE", path) == 403
        assert answered(engine, "GET", path, {"x-amz-request-payer": "requester"}) == 403
        assert answered(engine, "GET", path.replace("k%20y", "other")) == 403

    @pytest.mark.parametrize("version", ["s3v4", "s3"])
    def test_of_a_session_is_verified_with_its_token(
        self, engine: Engine, stored: str, workshop: Any, version: str
    ) -> None:
        session = engine.principals.service_session(workshop.powerless_role(), "lambda.amazonaws.com", "test")
        s3 = boto3.client(
            "s3",
            endpoint_url=engine.endpoint,
            region_name="us-east-1",
            aws_access_key_id=session.access_key_id,
            aws_secret_access_key=session.secret_access_key,
            aws_session_token=session.token,
            config=Config(signature_version=version, s3={"addressing_style": "path"}),
        )
        url = s3.generate_presigned_url("get_object", Params={"Bucket": stored, "Key": "k"})

        assert answered(engine, "GET", url.removeprefix(engine.endpoint)) == 403
        last = list(engine.log.since(engine.log.count - 1))[-1]
        assert (last.action, last.why) == ("s3:GetObject", "no identity-based policy allows it")

    @pytest.mark.parametrize("version", ["s3v4", "s3"])
    def test_ends(self, engine: Engine, stored: str, version: str) -> None:
        s3 = client(engine, "s3", signature_version=version)
        url = s3.generate_presigned_url("get_object", Params={"Bucket": stored, "Key": "k y/ü+"}, ExpiresIn=-1)
        assert answered(engine, "GET", url.removeprefix(engine.endpoint)) in (400, 403)


class TestRequestsThatCouldBeReadInTwoWays:
    """moto takes an action from wherever it finds one; what is decided on must be what is carried out."""

    @pytest.fixture
    def role(self, engine: Engine, workshop: Any) -> dict[str, Any]:
        """A role's session that may list tables and logs, and nothing else."""
        return session_of(engine, workshop, ["dynamodb:List*", "logs:Describe*", "iam:List*"], "*")

    @pytest.mark.parametrize(
        ("service", "path", "target", "body"),
        [
            ("logs", "/?Action=DeleteLogGroup", "Logs_20140328.DescribeLogGroups", b"{}"),
            ("iam", "/", "Any.DeleteRole", b"Action=ListRoles&Version=2010-05-08"),
            ("iam", "/?Action=DeleteRole&RoleName=x", "", b"Action=ListRoles&Version=2010-05-08"),
            ("iam", "/", "", b"Action=ListRoles&Action=DeleteRole&Version=2010-05-08"),
            ("dynamodb", "/", "DynamoDB_20120810.ListTables", b'{"TableName": "a", "TableName": "b"}'),
            ("logs", "/", "DynamoDB_20120810.DeleteTable", b'{"TableName": "a"}'),
            ("dynamodb", "/", "Logs_20140328.DeleteLogGroup", b'{"logGroupName": "a"}'),
            ("lambda", "/2015-03-31/functions?Action=DeleteFunction", "", b""),
            ("s3", "/bucket?policy&acl", "", b""),
            ("sqs", "/", "", b"Action=ListQueues"),
            ("logs", "/", "Logs_20140328.DescribeLogGroups", b'{"logGroupNamePrefix": "&Action=DeleteLogGroup&"}'),
            ("logs", "/", "Logs_20140328.DescribeLogGroups", b'{"logGroupNamePrefix": "&%41ction=DeleteLogGroup&"}'),
            ("lambda", "/2015-03-31/functions", "", b'{"FunctionName": "&Action=DeleteFunction&"}'),
            ("lambda", "/2015-03-31/functions", "", b'{"FunctionName": "&%41ction=DeleteFunction&"}'),
        ],
    )
    def test_are_refused(
        self, engine: Engine, role: dict[str, Any], service: str, path: str, target: str, body: bytes
    ) -> None:
        as_json = bool(target) or body.startswith(b"{")
        headers = {"Content-Type": "application/x-amz-json-1.0" if as_json else "application/x-www-form-urlencoded"}
        headers |= {"X-Amz-Target": target} if target else {}
        signed = signed_headers(engine, service, path, body, headers, key=role["key"])
        assert answered(engine, "POST", path, signed, body) in (400, 403)
        last = list(engine.log.since(engine.log.count - 1))[-1]
        assert (last.allowed, last.why[:10]) == (False, "not mapped")

    @pytest.mark.parametrize(
        "headers",
        [
            {"Content-Type": "multipart/form-data; boundary=b"},
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"},
        ],
        ids=str,
    )
    def test_a_form_that_comes_in_another_way_is_refused(
        self, engine: Engine, role: dict[str, Any], headers: dict[str, str]
    ) -> None:
        body = b"Action=ListRoles&Version=2010-05-08"
        signed = signed_headers(engine, "iam", "/", body, headers, key=role["key"])
        assert answered(engine, "POST", "/", signed, body) == 403
        last = list(engine.log.since(engine.log.count - 1))[-1]
        assert (last.allowed, last.why[:10]) == (False, "not mapped")

    def test_what_a_json_body_looks_like_as_a_form_is_not_what_is_done(self, engine: Engine, workshop: Any) -> None:
        logs = engine.client(engine.accounts.twin, "logs")
        mine, other = (f"mine-{uuid4().hex[:8]}", f"other-{uuid4().hex[:8]}")
        for name in (mine, other):
            logs.create_log_group(logGroupName=name)
        role = session_of(engine, workshop, ["logs:DeleteLogGroup"], f"arn:aws:logs:*:*:log-group:{mine}*")
        body = json.dumps({"logGroupName": mine, "x": f"&logGroupName={other}&"}).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.DeleteLogGroup"}
        signed = signed_headers(engine, "logs", "/", body, headers, key=role["key"])
        assert answered(engine, "POST", "/", signed, body) == 200
        pages = logs.get_paginator("describe_log_groups").paginate()
        left = [group["logGroupName"] for page in pages for group in page["logGroups"]]
        assert (mine in left, other in left) == (False, True)

    def test_a_presigned_url_and_its_body_do_not_both_ask(self, engine: Engine, role: dict[str, Any]) -> None:
        key, body = role["key"], b"Action=ListRoles&Version=2010-05-08"
        url = presigned(engine, "iam", "/?Action=DeleteRole&RoleName=x&Version=2010-05-08", body, key)
        assert answered(engine, "POST", url, {"Content-Type": "application/x-www-form-urlencoded"}, body) == 403
        last = list(engine.log.since(engine.log.count - 1))[-1]
        assert (last.allowed, last.why[:10]) == (False, "not mapped")

    def test_a_url_that_is_signed_twice_over_is_not_signed(self) -> None:
        once = (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA/20260101/us-east-1/sts/aws4_request&X-Amz-Expires=9"
        )
        assert read_signature({"QUERY_STRING": once}) is not None
        for more in ("X-Amz-Credential=AKIA/20260101/us-east-1/route53/aws4_request", "AWSAccessKeyId=AKIA&Expires=9"):
            assert read_signature({"QUERY_STRING": f"{more}&{once}"}) is None

    def test_a_header_that_is_half_a_signature_is_none(self, engine: Engine, role: dict[str, Any]) -> None:
        body = b"Action=ListRoles&Version=2010-05-08"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        signed = signed_headers(engine, "iam", "/", body, headers, key=role["key"])
        signed["Authorization"] = "Other " + signed["Authorization"]
        assert answered(engine, "POST", "/", signed, body) == 400
        last = list(engine.log.since(engine.log.count - 1))[-1]
        assert (last.allowed, last.why[:10]) == (False, "signature:")
