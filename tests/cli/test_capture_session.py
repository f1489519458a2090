"""With a role, `twinstage capture` works in the caller's own region, under the session tag that the role's trust asks for."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner

from twinstage.cli.commands.capture import capture_command
from twinstage.model.errors import AwsError
from twinstage.state.snapshot import ENVELOPE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMESPACE = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
ASSUMED = f"""<AssumeRoleResponse {NAMESPACE}><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>
<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""
IDENTITY = f"""<GetCallerIdentityResponse {NAMESPACE}><GetCallerIdentityResult><Account>111111111111</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
REFUSED = (
    f"""<ErrorResponse {NAMESPACE}><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"""
)


class Sts(HTTPServer):
    """An STS that notes what it is asked, and by which key in which region."""

    def __init__(self, *, refuses: bool) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.refuses = refuses
        self.asked: list[dict[str, str]] = []
        self.scopes: list[str] = []


class Answers(BaseHTTPRequestHandler):
    server: Sts

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = {name: values[0] for name, values in form.items()}
        self.server.asked.append(asked)
        self.server.scopes.append(self.headers["Authorization"].split("Credential=")[1].split(",")[0])
        refused = self.server.refuses
        body = (REFUSED if refused else ASSUMED if asked["Action"] == "AssumeRole" else IDENTITY).encode()
        self.send_response(403 if refused else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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


def capture_nothing(store: Path, *options: str) -> object:
    role = ("--role-arn", "arn:aws:iam::111111111111:role/twin-capture", "--external-id", "only-us")
    return CliRunner().invoke(capture_command, [*role, "--store", str(store), *options], catch_exceptions=True)


def test_the_role_is_assumed_with_external_id_and_run_tag_and_used_in_the_callers_region(
    sts: Sts, tmp_path: Path
) -> None:
    capture_nothing(tmp_path)

    assume, identity = sts.asked
    assert (assume["Action"], assume["ExternalId"]) == ("AssumeRole", "only-us")
    assert (assume["Tags.member.1.Key"], assume["Tags.member.1.Value"]) == ("twinstage:run", "capture")
    assert identity["Action"] == "GetCallerIdentity"
    assert [scope.split("/")[0] for scope in sts.scopes] == ["AKIACALLER", "ASIAROLE"]
    [manifest] = (path for path in (tmp_path / "snapshots").iterdir() if not path.name.endswith(ENVELOPE))
    assert json.loads(manifest.read_bytes())["captured"]["region"] == "eu-central-1"


@pytest.mark.parametrize("sts", [True], indirect=True)
def test_a_role_that_may_not_be_assumed_is_an_aws_error(sts: Sts, tmp_path: Path) -> None:
    result = capture_nothing(tmp_path)

    assert sts.asked
    assert isinstance(getattr(result, "exception", None), AwsError)
