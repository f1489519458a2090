from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from twinstage.local.accounts import Accounts
from twinstage.local.engine import Engine
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from tests.local.conftest import Workshop

ROOT = Path(__file__).parents[2]
CALLS = [
    ("s3", "list_buckets", "InvalidAccessKeyId"),
    ("dynamodb", "list_tables", "UnrecognizedClientException"),
    ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ("ec2", "describe_vpcs", "AuthFailure"),
    ("lambda", "list_functions", "UnrecognizedClientException"),
    ("route53", "list_hosted_zones", "InvalidClientTokenId"),
    ("iam", "list_roles", "InvalidClientTokenId"),
    ("stepfunctions", "list_state_machines", "UnrecognizedClientException"),
]


def run_python(code: str, environment: dict[str, str] | None = None) -> str:
    """What a fresh interpreter prints."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "lambdas")])
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [sys.executable, "-c", code], env={**base, **(environment or {})}, check=True, capture_output=True, text=True
    ).stdout.strip()


def request(engine: Engine, text: str) -> str:
    """The first line of a raw HTTP answer."""
    with socket.create_connection(("127.0.0.1", engine.port)) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode())
        return connection.makefile().readline().strip()


class TestAccounts:
    def test_each_account_has_its_own_things(self, empty_engine: Engine) -> None:
        production, twin = empty_engine.accounts
        for account in (production, twin):
            empty_engine.client(account, "s3").create_bucket(Bucket=f"of-{account}")
            empty_engine.client(account, "route53").create_hosted_zone(Name="example.com", CallerReference=account)
        assert [b["Name"] for b in empty_engine.client(twin, "s3").list_buckets()["Buckets"]] == [f"of-{twin}"]
        assert len(empty_engine.client(production, "route53").list_hosted_zones()["HostedZones"]) == 1
        assert empty_engine.client(twin, "sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{twin}:user/operator"

    def test_an_assumed_role_belongs_to_the_role_s_account(self, engine: Engine, workshop: Workshop) -> None:
        role = workshop.role(account=engine.accounts.production)
        credentials = engine.client(engine.accounts.production, "sts").assume_role(RoleArn=role, RoleSessionName="me")[
            "Credentials"
        ]
        keys: Any = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
        assumed = boto3.client("sts", endpoint_url=engine.endpoint, region_name="us-east-1", **keys)
        assert assumed.get_caller_identity()["Account"] == engine.accounts.twin

    def test_a_role_that_does_not_exist_cannot_be_assumed(self, engine: Engine) -> None:
        with pytest.raises(ClientError) as refused:
            engine.client(engine.accounts.twin, "sts").assume_role(
                RoleArn=f"arn:aws:iam::{engine.accounts.twin}:role/absent", RoleSessionName="me"
            )
        assert refused.value.response["Error"]["Code"] == "AccessDenied"

    def test_an_account_the_engine_does_not_have_is_named(self, engine: Engine) -> None:
        with pytest.raises(TwinstageError, match="no account 333333333333"):
            engine.client("333333333333", "s3")

    @pytest.mark.parametrize(("production", "twin"), [("1", "222222222222"), ("222222222222", "222222222222")])
    def test_ids_that_cannot_be_two_accounts_are_refused(self, production: str, twin: str) -> None:
        with pytest.raises(TwinstageError, match=r"twelve digits|the same account"):
            Accounts(production, twin)


class TestFront:
    @pytest.mark.parametrize(("service", "call", "code"), CALLS)
    def test_an_access_key_nobody_has_is_refused_in_the_service_s_own_form(
        self, engine: Engine, service: Any, call: str, code: str
    ) -> None:
        keys: Any = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x"}
        client: Any = boto3.client(service, endpoint_url=engine.endpoint, region_name="us-east-1", **keys)
        with pytest.raises(ClientError) as refused:
            getattr(client, call)()
        assert refused.value.response["Error"]["Code"] == code

    def test_a_request_without_a_signature_is_refused(self, engine: Engine) -> None:
        assert request(engine, "GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n") == "HTTP/1.1 403 Forbidden"

    @pytest.mark.parametrize(
        "path", ["/moto-api/", "/moto-api/reset", "/latest/meta-data/iam", "/_twinstage/other", "/favicon.ico"]
    )
    def test_moto_s_own_pages_cannot_be_reached(self, engine: Engine, path: str) -> None:
        assert (
            request(engine, f"POST {path} HTTP/1.1\nHost: localhost\nContent-Length: 0\nConnection: close\n\n")
            == "HTTP/1.1 403 Forbidden"
        )

    def test_a_header_that_claims_an_account_is_ignored(self, engine: Engine) -> None:
        twin = engine.accounts.twin
        client = engine.session(twin).client("sts")
        client.meta.events.register(
            "before-sign.sts", lambda request, **_: request.headers.add_header("X-Moto-Account-Id", "333333333333")
        )
        assert client.get_caller_identity()["Account"] == twin

    def test_a_presigned_url_is_its_signer_s(self, engine: Engine) -> None:
        s3 = engine.client(engine.accounts.twin, "s3")
        s3.create_bucket(Bucket="presigned")
        s3.put_object(Bucket="presigned", Key="k", Body=b"x")
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "k"})
        path = url.removeprefix(engine.endpoint)
        assert (
            request(engine, f"GET {path} HTTP/1.1\nHost: localhost:{engine.port}\nConnection: close\n\n")
            == "HTTP/1.1 200 OK"
        )

    def test_a_call_moto_does_not_have_fails_with_its_name(self, engine: Engine) -> None:
        with pytest.raises(ClientError, match="describe_instance_topology") as failed:
            engine.client(engine.accounts.twin, "ec2").describe_instance_topology()
        assert failed.value.response["Error"]["Code"] == "InternalFailure"

    def test_a_message_to_the_world_is_not_sent(self, engine: Engine) -> None:
        sns = engine.client(engine.accounts.twin, "sns")
        topic = sns.create_topic(Name="outbound")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://hooks.example.com/production")
        with pytest.raises(ClientError, match=r"sends nothing to hooks\.example\.com"):
            sns.publish(TopicArn=topic, Message="x")

    def test_it_listens_on_loopback_only(self, engine: Engine) -> None:
        listening = [
            line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"
        ]
        assert [address.split(":")[0] for address in listening if int(address.split(":")[1], 16) == engine.port] == [
            "0100007F"
        ]

    def test_a_connection_serves_many_requests(self, engine: Engine) -> None:
        with socket.create_connection(("127.0.0.1", engine.port)) as connection:
            answers = connection.makefile()
            for _ in range(2):
                connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert answers.readline().strip() == "HTTP/1.1 403 Forbidden"
                length = 0
                while line := answers.readline().strip():
                    length = int(line.split(":")[1]) if line.lower().startswith("content-length") else length
                answers.read(length)

    def test_a_body_in_chunks_is_read_whole(self, engine: Engine, tmp_path: Path) -> None:
        s3 = engine.client(engine.accounts.twin, "s3")
        s3.create_bucket(Bucket="chunks")
        body = os.urandom(300_000)
        (tmp_path / "body").write_bytes(body)
        with (tmp_path / "body").open("rb") as file:
            s3.put_object(Bucket="chunks", Key="k", Body=file, ChecksumAlgorithm="SHA256")
        assert s3.get_object(Bucket="chunks", Key="k")["Body"].read() == body


class TestEnvironment:
    def test_boto3_in_a_subprocess_needs_the_variables_and_nothing_else(self, engine: Engine) -> None:
        code = (
            "import boto3\n"
            "s3 = boto3.client('s3')\n"
            "s3.create_bucket(Bucket='by.variables')\n"
            "s3.put_object(Bucket='by.variables', Key='k', Body=b'x')\n"
            "print(boto3.client('sts').get_caller_identity()['Account'], s3.get_object(Bucket='by.variables', Key='k')['Body'].read())\n"
        )
        assert run_python(code, engine.environment(engine.accounts.twin)) == f"{engine.accounts.twin} b'x'"

    def test_a_profile_of_the_developer_does_not_disturb_an_engine(self) -> None:
        code = (
            "from twinstage.local.engine import Engine\n"
            "with Engine.start() as engine:\n"
            "    print(engine.client(engine.accounts.twin, 'ec2').describe_vpcs()['Vpcs'][0]['IsDefault'])\n"
        )
        assert (
            run_python(
                code,
                {
                    "AWS_PROFILE": "of-theirs",
                    "AWS_ENDPOINT_URL": "http://localhost:1",
                    "HTTP_PROXY": "http://localhost:1",
                },
            )
            == "True"
        )


class TestLife:
    def test_a_second_engine_in_the_same_process_is_refused(self, engine: Engine) -> None:
        assert engine.port
        with pytest.raises(TwinstageError, match="already runs"):
            Engine.start()

    def test_an_engine_after_another_starts_empty_and_nothing_is_left_of_the_first(self, tmp_path: Path) -> None:
        code = (
            "import json, os, threading, socket\n"
            "from pathlib import Path\n"
            "from twinstage.local.engine import Engine\n"
            "home = Path(os.environ['HOME'])\n"
            "first = Engine.start(home=home)\n"
            "first.client(first.accounts.twin, 's3').create_bucket(Bucket='first')\n"
            "kept = [p.name for p in home.iterdir()]\n"
            "first.stop(); first.stop()\n"
            "left = [p.name for p in home.iterdir()]\n"
            "with socket.socket() as s: refused = s.connect_ex(('127.0.0.1', first.port)) != 0\n"
            "with Engine.start(home=home, port=first.port) as second:\n"
            "    buckets = second.client(second.accounts.twin, 's3').list_buckets()['Buckets']\n"
            "print(json.dumps([len(kept), left, refused, buckets, first.port == second.port]))\n"
        )
        assert json.loads(run_python(code, {"HOME": str(tmp_path)})) == [1, [], True, [], True]

    def test_a_port_that_is_taken_is_named_and_the_engine_can_start_elsewhere(self, engine: Engine) -> None:
        code = (
            "from twinstage.local.engine import Engine\n"
            "from twinstage.model.errors import TwinstageError\n"
            f"try: Engine.start(port={engine.port})\n"
            "except TwinstageError as error: print(error.code, str(error.message).count('Address already in use'))\n"
            "Engine.start().stop()\n"
        )
        assert run_python(code) == "LOCAL_PORT 1"

    def test_what_a_killed_engine_left_is_swept_by_the_next_one(self, tmp_path: Path) -> None:
        killed = "import os\nfrom pathlib import Path\nfrom twinstage.local.engine import Engine\nengine = Engine.start(home=Path(os.environ['HOME']))\nprint(len(os.listdir(os.environ['HOME'])), flush=True)\nos.kill(os.getpid(), 9)\n"
        path = os.pathsep.join([str(ROOT), str(ROOT / "lambdas")])
        result = subprocess.run(
            [sys.executable, "-c", killed],
            env={**os.environ, "PYTHONPATH": path, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (result.returncode, result.stdout.strip()) == (-9, "1")
        assert len(list(tmp_path.iterdir())) == 1
        code = "import os\nfrom pathlib import Path\nfrom twinstage.local.engine import Engine\nwith Engine.start(home=Path(os.environ['HOME'])): print(len(os.listdir(os.environ['HOME'])))\n"
        assert run_python(code, {"HOME": str(tmp_path)}) == "1"
        assert list(tmp_path.iterdir()) == []

    def test_the_aws_cli_works_with_the_variables_where_it_is_installed(self, engine: Engine) -> None:
        aws = shutil.which("aws")
        if aws is None:
            pytest.skip("the AWS CLI is not installed")
        environment = {"PATH": os.environ["PATH"], **engine.environment(engine.accounts.twin)}
        out = subprocess.run(
            [aws, "sts", "get-caller-identity"], env=environment, check=True, capture_output=True, text=True
        ).stdout
        assert json.loads(out)["Account"] == engine.accounts.twin


def test_requests_under_way_while_everything_is_forgotten_do_not_change_the_operators_keys(engine: Engine) -> None:
    account, seen, done = engine.accounts.twin, set[str](), threading.Event()
    seen.add(engine.environment(account)["AWS_ACCESS_KEY_ID"])

    def ask() -> None:
        while not done.is_set():
            seen.add(engine.environment(account)["AWS_ACCESS_KEY_ID"])

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for _ in range(30):
        engine.reset()
    done.set()
    for asker in askers:
        asker.join()

    assert len(seen) == 1
