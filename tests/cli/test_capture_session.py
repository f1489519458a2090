"""With a role, `twinstage capture` works in the caller's own region, under the session tag that the role's trust asks for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import boto3
import pytest
from click.testing import CliRunner

from twinstage.cli.commands.capture import capture_command
from twinstage.model.errors import AwsError, InputError
from twinstage.world.aws.clients import client
from twinstage.world.aws.role_session import role_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

NAMESPACE = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
ASSUMED = f"""<AssumeRoleResponse {NAMESPACE}><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>
<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{{expires}}</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""
IDENTITY = f"""<GetCallerIdentityResponse {NAMESPACE}><GetCallerIdentityResult><Account>111111111111</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
REFUSED = (
    f"""<ErrorResponse {NAMESPACE}><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"""
)


class Sts(HTTPServer):
    """An STS, and a DynamoDB without tables, that note what they are asked, and by which key in which region."""

    def __init__(self, *, refuses: bool) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.refuses = refuses
        self.asked: list[dict[str, str]] = []
        self.scopes: list[str] = []
        self.expires = datetime(2099, 1, 1, tzinfo=UTC)


class Answers(BaseHTTPRequestHandler):
    server: Sts

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        target = self.headers.get("X-Amz-Target")
        asked = {"Action": target} if target else {name: values[0] for name, values in parse_qs(content).items()}
        self.server.asked.append(asked)
        self.server.scopes.append(self.headers["Authorization"].split("Credential=")[1].split(",")[0])
        status, body = self._answer(asked["Action"])
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, action: str) -> tuple[int, bytes]:
        if action.startswith("DynamoDB"):
            return 400, json.dumps({"__type": "x#ResourceNotFoundException", "message": "no such table"}).encode()
        if self.server.refuses:
            return 403, REFUSED.encode()
        assumed = ASSUMED.replace("{expires}", self.server.expires.strftime("%Y-%m-%dT%H:%M:%SZ"))
        return 200, (assumed if action == "AssumeRole" else IDENTITY).encode()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name is BaseHTTPRequestHandler's
        """Say nothing."""


@pytest.fixture
def sts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sts]:
    with Sts(refuses=getattr(request, "param", False)) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "AKIACALLER",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_REGION", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield server
        server.shutdown()
        thread.join()


def captured(store: Path, *options: str) -> Result:
    """Capture a table that is not there, so that the capture ends as soon as it is known who asks, and in which region."""
    role = ("--role-arn", "arn:aws:iam::111111111111:role/twin-capture", "--external-id", "only-us")
    return CliRunner().invoke(capture_command, [*role, "--table", "plans", "--store", str(store), *options])


def test_the_role_is_assumed_with_external_id_and_run_tag_and_used_in_the_callers_region(
    sts: Sts, tmp_path: Path
) -> None:
    result = captured(tmp_path)

    assert getattr(result.exception, "error", "") == "ResourceNotFoundException"
    assume, identity, table = sts.asked
    assert (assume["Action"], assume["ExternalId"]) == ("AssumeRole", "only-us")
    assert (assume["Tags.member.1.Key"], assume["Tags.member.1.Value"]) == ("twinstage:run", "capture")
    assert identity["Action"] == "GetCallerIdentity"
    assert table == {"Action": "DynamoDB_20120810.DescribeTable"}
    scopes = [scope.split("/") for scope in sts.scopes]
    assert [(scope[0], scope[2]) for scope in scopes] == [
        ("AKIACALLER", "eu-central-1"),
        ("ASIAROLE", "eu-central-1"),
        ("ASIAROLE", "eu-central-1"),
    ]


def test_the_role_is_assumed_anew_when_its_credentials_are_about_to_expire(sts: Sts) -> None:
    sts.expires = datetime.now(UTC) + timedelta(seconds=60)
    session = role_session(boto3.Session(), "arn:aws:iam::111111111111:role/r", name="twin", run="r", external_id=None)
    sts.expires = datetime.now(UTC) + timedelta(hours=1)
    for _ in range(2):
        client("sts", session).get_caller_identity()

    assert [asked["Action"] for asked in sts.asked] == [
        "AssumeRole",
        "AssumeRole",
        "GetCallerIdentity",
        "GetCallerIdentity",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "nothing is selected"),
        (["--table", "t", "--external-id", "x"], "--external-id without a role"),
        (["--table", "t", "--items", "export"], "--items export and --export-bucket go together"),
        (["--table", "t", "--export-bucket", "b"], "--items export and --export-bucket go together"),
    ],
)
def test_options_that_cannot_be_meant_are_refused_before_anything_is_asked(
    sts: Sts, tmp_path: Path, options: list[str], message: str
) -> None:
    result = CliRunner().invoke(capture_command, [*options, "--store", str(tmp_path)])

    assert isinstance(result.exception, InputError)
    assert [(problem.message, bool(problem.hint)) for problem in result.exception.problems] == [(message, True)]
    assert not sts.asked


def test_without_a_region_it_is_said_how_to_give_one(sts: Sts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = CliRunner().invoke(capture_command, ["--table", "plans", "--store", str(tmp_path)])

    assert isinstance(result.exception, InputError)
    assert "AWS_REGION" in result.exception.problems[0].hint
    assert not sts.asked


@pytest.mark.parametrize("sts", [True], indirect=True)
def test_a_role_that_may_not_be_assumed_is_an_aws_error(sts: Sts, tmp_path: Path) -> None:
    result = captured(tmp_path)

    assert sts.asked
    assert isinstance(result.exception, AwsError)
    assert "AssumeRole" in str(result.exception)
