"""Synthesis: offline, repeatable, clean by the known linters, and within CloudFormation's limits."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest

import app
from tests.stacks.sample_twin import CODE_PART, PLANS, Template, function, resolved, synthesize, write_snapshot, zone
from twinstage.model.errors import InputError
from twinstage.model.manifest import new_manifest
from twinstage_constructs.names import STAGES
from twinstage_constructs.run_boundary import most_zones
from twinstage_constructs.twin_functions import MOST_CALLED

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
MOST_RESOURCES = 500
RUN = "a-run-of-20-letters-"
LARGEST_POLICY = 6144
LARGEST_INLINE = 10_240


def run_app(context: Mapping[str, str], outdir: Path, *prefix: str) -> subprocess.CompletedProcess[str]:
    """`python app.py`, as the CDK CLI runs it, with no AWS variable in its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    return subprocess.run(
        [*prefix, sys.executable, str(ROOT / "app.py")],
        cwd=ROOT,
        env={**environment, "CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_constructs_has_no_init_file() -> None:
    """With one, `import constructs` would find this directory instead of the PyPI package, and aws_cdk would not import."""
    assert not (ROOT / "constructs" / "__init__.py").exists()


def test_it_needs_no_credentials_and_no_network(
    context: dict[str, str], templates: dict[str, Template], tmp_path: Path
) -> None:
    no_network = ("unshare", "-rn")
    if (
        not shutil.which("unshare")
        or subprocess.run([*no_network, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine cannot take the network away from a process (unshare -rn)")

    done = run_app(context, tmp_path / "out", *no_network)

    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "out").glob("*.template.json")} == {
        f"{n}.template.json" for n in templates
    }


def test_two_syntheses_give_the_same_bytes(context: dict[str, str], tmp_path: Path) -> None:
    for name in ("one", "two"):
        synthesize(context, tmp_path / name)

    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


def test_without_settings_it_says_what_is_missing_and_fails_nothing(tmp_path: Path) -> None:
    done = run_app({}, tmp_path / "out")

    assert done.returncode == 0
    assert "no platform stack: it needs twinstage:twin_account" in done.stderr


def test_bad_settings_are_told_without_a_traceback(tmp_path: Path) -> None:
    done = run_app({"twinstage:run": "No!", "twinstage:region": "?"}, tmp_path / "out")

    assert done.returncode == InputError.exit_code
    assert done.stderr.startswith("2 problems:")
    assert "Traceback" not in done.stderr


def test_cdk_nag_and_cloudformation_validate_find_nothing(context: dict[str, str], tmp_path: Path) -> None:
    synthesize({**context, "twinstage:nag": "true"}, tmp_path / "out")

    report = json.loads((tmp_path / "out" / "validation-report.json").read_bytes())
    assert [violation for plugin in report["pluginReports"] for violation in plugin["violations"]] == []


def test_cdk_nag_would_find_something(tmp_path: Path) -> None:
    """The positive control: the same checks, on a bucket that nobody made safe."""
    nagging = app.new_app(str(tmp_path), {"twinstage:nag": "true"})
    app.build(nagging)
    cdk.aws_s3.CfnBucket(cdk.Stack(nagging, "Unsafe"), "Bucket")

    with pytest.raises(RuntimeError, match="AwsSolutions-S1"):
        nagging.synth()


BEHIND = "'{% $wait_s %}' is not of type 'number' at 'States/Approve/TimeoutSeconds'"
"""What cfn-lint does not know yet: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_stepfunctions.Timeout.html."""


def test_cfn_lint_finds_nothing(templates: dict[str, Template], tmp_path: Path) -> None:
    for name, template in templates.items():
        (tmp_path / f"{name}.template.json").write_text(json.dumps(template.document))

    program = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [program, "--format", "json", *tmp_path.iterdir()], capture_output=True, text=True, check=False
    )

    found = [f"{each['Rule']['Id']} {each['Message']}" for each in json.loads(done.stdout)]
    assert [each for each in found if not each.endswith(BEHIND)] == []


@pytest.mark.parametrize(
    ("arms", "most", "notices"),
    [("baseline", 60, ""), ("baseline,candidate", 40, "topic,bus"), ("baseline,candidate,repeat", 27, "topic,bus")],
)
def test_a_large_twin_fits_cloudformation_and_iam(
    arms: str, most: int, notices: str, context: dict[str, str], tmp_path: Path
) -> None:
    names = [f"function-of-production-{number:02d}" for number in range(most)]
    manifest = new_manifest(
        {"at": "2026-01-01T00:00:00Z", "account": "111111111111", "region": "us-east-1"},
        "tests",
        [zone(number) for number in range(most_zones(arms.count(",") + 1, 2 if notices else 0, shapes=True))],
        [replace(PLANS, name=f"table-of-production-{number:02d}") for number in range(most)],
        [function(name, {"PEERS": ",".join(names[: MOST_CALLED + number % 2])}) for number, name in enumerate(names)],
    )
    assert manifest.functions[0].code == CODE_PART
    many = {key: value for key, value in context.items() if key != "twinstage:candidate"}
    many |= {"twinstage:run": RUN, "twinstage:region": "ap-southeast-2", "twinstage:arms": arms}
    many |= {"twinstage:approval_notices": notices}

    templates = synthesize({**many, **write_snapshot(tmp_path / "many", manifest)}, tmp_path / "out")

    twin = templates[f"twinstage-twin-{RUN}"]
    assert len(twin.of_type("AWS::Lambda::Function")) == len(arms.split(",")) * most + len(STAGES)
    assert len(twin.document["Resources"]) < MOST_RESOURCES
    [boundary] = twin.properties("AWS::IAM::ManagedPolicy")
    assert as_deployed(boundary["PolicyDocument"]) < LARGEST_POLICY
    for role in twin.properties("AWS::IAM::Role"):
        assert sum(as_deployed(p["PolicyDocument"]) for p in role["Policies"]) < LARGEST_INLINE, role["RoleName"]


def as_deployed(policy: object) -> int:
    """The characters of a policy once references are replaced."""
    return len(json.dumps(resolved(policy), separators=(",", ":")))
