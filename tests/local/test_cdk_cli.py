"""The real CDK CLI against the embedded AWS: bootstrap, deploy, update, destroy, and what it must never do."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.local.assembly import digest
from twinstage.local.cdk import CdkCli, synthesize
from twinstage.local.inventory import inventory
from twinstage.model.errors import AwsError, SafetyError, TwinstageError

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

PROJECT = Path(__file__).parents[2]
APP = Path(__file__).parent / "cdk_app" / "app.py"

pytestmark = [
    pytest.mark.cdk,
    pytest.mark.engine,
    pytest.mark.skipif(
        not (PROJECT / "node_modules/aws-cdk").is_dir(), reason="the CDK CLI is not installed: run `make setup`"
    ),
]


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample app as it was and as it becomes, by variant."""
    out = tmp_path_factory.mktemp("assemblies")

    def made(variant: str) -> tuple[str, Path]:
        return variant, synthesize(APP, out, {"account": "222222222222", "variant": variant})

    with ThreadPoolExecutor() as pool:
        return dict(pool.map(made, ("1", "2")))


@pytest.fixture
def cli(empty_engine: Engine) -> CdkCli:
    return CdkCli(PROJECT, empty_engine.environment(empty_engine.accounts.twin))


def test_a_twin_is_bootstrapped_deployed_updated_and_destroyed_with_nothing_left(
    empty_engine: Engine, cli: CdkCli, assemblies: dict[str, Path], tmp_path: Path
) -> None:
    account = empty_engine.accounts.twin

    def client(service: str) -> Any:
        return empty_engine.client(account, service)

    def answer() -> Any:
        states = client("stepfunctions")
        started = states.start_execution(stateMachineArn=out["MachineOut"], input=json.dumps({"name": "n"}))
        while (told := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
            pass
        assert told["status"] == "SUCCEEDED", told
        return json.loads(told["output"])

    cli.bootstrap(account, "us-east-1")
    standing = inventory(empty_engine, account)
    assert inventory(empty_engine, account, without_bootstrap=True) == {}

    out = cli.deploy(assemblies["1"], ["Sample"], outputs_file=tmp_path / "outputs.json")["Sample"]

    assert json.loads((tmp_path / "outputs.json").read_text())["Sample"] == out
    group = client("ec2").describe_security_groups(GroupIds=[out["GroupOut"]])["SecurityGroups"][0]
    way_out = [rule for permission in group["IpPermissionsEgress"] for rule in permission["IpRanges"]]
    assert way_out == []
    assert [permission["FromPort"] for permission in group["IpPermissionsEgress"]] == [443]
    zone = client("route53").get_hosted_zone(Id=out["ZoneOut"])
    assert zone["HostedZone"]["Config"]["PrivateZone"] is True
    assert [vpc["VPCId"] for vpc in zone["VPCs"]] == [out["VpcOut"]]
    role = client("iam").get_role(RoleName=out["RoleOut"])["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == out["BoundaryOut"]
    assert {tag["Key"] for tag in client("s3").get_bucket_tagging(Bucket=out["BucketOut"])["TagSet"]} == {
        "twinstage:run"
    }
    assert answer() == {"greeting": "hello", "name": "n"}

    again = cli.deploy(assemblies["2"], ["Sample"], outputs_file=tmp_path / "outputs.json")["Sample"]

    assert again == out
    indexes = client("dynamodb").describe_table(TableName=out["TableOut"])["Table"]["GlobalSecondaryIndexes"]
    assert {index["IndexName"] for index in indexes} == {"first", "second"}
    assert (
        client("lambda").get_function_configuration(FunctionName=out["FunctionOut"])["Environment"]["Variables"][
            "VARIANT"
        ]
        == "2"
    )
    assert (
        "GreetAgain" in client("stepfunctions").describe_state_machine(stateMachineArn=out["MachineOut"])["definition"]
    )
    assert answer() == {"greeting": "hello", "name": "n"}

    cli.destroy(assemblies["2"], ["Sample"])

    assert inventory(empty_engine, account, without_bootstrap=True) == {}
    assert inventory(empty_engine, account) == standing
    assert [timing.step for timing in cli.timings] == ["bootstrap", "deploy", "deploy", "destroy"]


def test_two_stacks_deployed_at_once_keep_their_templates(
    empty_engine: Engine, cli: CdkCli, assemblies: dict[str, Path], tmp_path: Path
) -> None:
    cli.bootstrap(empty_engine.accounts.twin, "us-east-1")
    with ThreadPoolExecutor() as pool:
        made = pool.map(
            lambda s: cli.deploy(assemblies["1"], [s], outputs_file=tmp_path / f"{s}.json"), ("Left", "Right")
        )

    assert list(made) == [{"Left": {"Name": "Left"}}, {"Right": {"Name": "Right"}}]
    ssm = empty_engine.client(empty_engine.accounts.twin, "ssm")
    assert {ssm.get_parameter(Name=f"/small/{side}")["Parameter"]["Value"] for side in ("Left", "Right")} == {
        "Left",
        "Right",
    }


def test_an_unsupported_type_fails_the_deployment_with_its_name(
    empty_engine: Engine, cli: CdkCli, assemblies: dict[str, Path], tmp_path: Path
) -> None:
    cli.bootstrap(empty_engine.accounts.twin, "us-east-1")

    with pytest.raises(AwsError, match="AWS::AppConfig::Application"):
        cli.deploy(assemblies["1"], ["Refused"], outputs_file=tmp_path / "outputs.json")

    assert inventory(empty_engine, empty_engine.accounts.twin, without_bootstrap=True) == {}


def test_a_deployment_that_fails_tells_what_the_service_said_and_leaves_nothing_running(
    empty_engine: Engine, cli: CdkCli, assemblies: dict[str, Path], tmp_path: Path
) -> None:
    account = empty_engine.accounts.twin
    cli.bootstrap(account, "us-east-1")

    with pytest.raises(AwsError, match="ARRDATAIllegalIPv4Address") as failed:
        cli.deploy(assemblies["1"], ["Broken"], outputs_file=tmp_path / "outputs.json")

    assert [reason.partition(":")[0] for reason in failed.value.details["reasons"]] == ["Broken/Record"]
    assert inventory(empty_engine, account, without_bootstrap=True) == {"AWS::CloudFormation::Stack": ["Broken"]}
    cli.destroy(assemblies["1"], ["Broken", "Left"])
    assert inventory(empty_engine, account, without_bootstrap=True) == {}


class TestGuard:
    """The CLI does not start where it could reach the real AWS."""

    @pytest.mark.parametrize(
        "change",
        [
            {"AWS_ENDPOINT_URL": ""},
            {"AWS_ENDPOINT_URL": "https://sts.amazonaws.com"},
            {"AWS_ENDPOINT_URL": "http://localhost.example.com:4566"},
            {"AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com"},
            {"AWS_PROFILE": "production"},
            {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            {"AWS_ACCESS_KEY_ID": ""},
        ],
    )
    def test_an_environment_that_could_leave_this_machine_is_refused(
        self, empty_engine: Engine, tmp_path: Path, change: dict[str, str]
    ) -> None:
        environment = {**empty_engine.environment(empty_engine.accounts.twin), **change}
        # A CLI that is not there: nothing must get as far as starting it.
        with pytest.raises(SafetyError):
            CdkCli(tmp_path, environment).bootstrap(empty_engine.accounts.twin, "us-east-1")

    def test_a_cli_that_is_not_installed_is_told(self, empty_engine: Engine, tmp_path: Path) -> None:
        cli = CdkCli(tmp_path, empty_engine.environment(empty_engine.accounts.twin))
        with pytest.raises(TwinstageError, match="not installed"):
            cli.destroy(tmp_path, ["Nothing"])


class TestAssemblies:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        """A project whose app writes an empty assembly and counts how often it ran."""
        (tmp_path / "stacks").mkdir()
        (tmp_path / "stacks" / "twin.py").write_text("A = 1\n")
        (tmp_path / "cdk.json").write_text('{"context": {"flag": true}}')
        (tmp_path / "app.py").write_text(
            "import json, os, pathlib\n"
            "out = pathlib.Path(os.environ['CDK_OUTDIR'])\n"
            "(out / 'manifest.json').write_text(os.environ['CDK_CONTEXT_JSON'])\n"
            "runs = pathlib.Path('runs'); runs.write_text(runs.read_text() + '.' if runs.exists() else '.')\n"
            "assert 'AWS_ACCESS_KEY_ID' not in os.environ\n"
        )
        return tmp_path

    def test_the_same_sources_and_context_are_synthesized_once(self, project: Path) -> None:
        out = project / ".build" / "assemblies"
        first = synthesize(project / "app.py", out, {"run": "a"})
        again = synthesize(project / "app.py", out, {"run": "a"})
        other = synthesize(project / "app.py", out, {"run": "b"})

        assert again == first
        assert other != first
        assert json.loads((first / "manifest.json").read_text()) == {"flag": True, "run": "a"}
        assert (project / "runs").read_text() == ".."
        assert sorted(path.name for path in out.iterdir()) == sorted([first.name, other.name])

    def test_a_changed_source_or_input_is_another_assembly(self, project: Path) -> None:
        code = project / "candidate"
        code.mkdir()
        (code / "index.py").write_text("1")
        context = {"candidate": {"code": str(code)}}
        before = digest(project / "app.py", context)

        moved = project / "elsewhere"
        shutil.copytree(code, moved)
        assert digest(project / "app.py", {"candidate": {"code": str(moved)}}) == before
        (code / "index.py").write_text("2")
        assert digest(project / "app.py", context) != before
        (code / "index.py").write_text("1")
        (project / "stacks" / "twin.py").write_text("A = 2\n")
        assert digest(project / "app.py", context) != before

    def test_a_store_of_objects_named_by_their_content_does_not_count(self, project: Path) -> None:
        store = project / "objects"
        store.mkdir()
        (store / ("0" * 64)).write_text("x")
        before = digest(project / "app.py", {"objects": str(store)})
        (store / ("1" * 64)).write_text("y")

        assert digest(project / "app.py", {"objects": str(store)}) == before

    def test_an_app_that_fails_leaves_nothing_and_tells_why(self, project: Path) -> None:
        (project / "app.py").write_text("raise SystemExit('no such zone')\n")

        with pytest.raises(TwinstageError, match="no such zone"):
            synthesize(project / "app.py", project / "out", {})
        assert list((project / "out").iterdir()) == []
