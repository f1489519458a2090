"""Whatever the settings ask for, nothing leads out of what is synthesized, and what does is not synthesized."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aws_cdk import aws_ec2 as ec2

from tests.stacks.sample_twin import PRODUCTION, REGION
from twinstage.local.assembly import synthesize
from twinstage.model.errors import TwinstageError

ROOT = Path(__file__).resolve().parents[2]

KEY = f"arn:aws:kms:{REGION}:{PRODUCTION}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = f"arn:aws:secretsmanager:{REGION}:{PRODUCTION}:secret:mask-AbCdEf"
VARIANTS: dict[str, dict[str, str]] = {
    "one arm": {"arms": "baseline", "candidate": ""},
    "the baseline twice": {"arms": "baseline,candidate,repeat"},
    "tables from S3, and load on them": {"import_items": "1", "stress": "PutItem"},
    "zones that the log makes, and load on them": {"spare_zones": "made.example.", "stress": "zone"},
    "clones that reserve, and load on them": {
        "clone_concurrency": "5",
        "clone_architecture": "arm64",
        "ttl_hours": "1",
        "stress": "function",
    },
    "one account": {"production_account": "222222222222"},
    "a selection": {"capture": json.dumps({"zones": ["a."], "tables": ["t"], "functions": ["f"]})},
    "exports": {"capture_options": json.dumps({"items": "export"})},
    "masks": {"capture_options": json.dumps({"masking": {"rules": []}, "mask_key": SECRET})},
    "keys": {"kms_keys": KEY, "snapshot_key": KEY},
    "thrown away": {"retain_evidence": "false"},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_leads_out_whatever_the_settings(variant: str, context: dict[str, str], tmp_path: Path) -> None:
    import app

    given = {f"twinstage:{name}": value for name, value in VARIANTS[variant].items()}
    cdk_app = app.new_app(str(tmp_path), {**context, **given})
    app.build(cdk_app)

    assert {stack.stack_name for stack in cdk_app.synth().stacks} >= {"twinstage-platform", "twinstage-twin-demo"}


def test_a_stack_with_a_way_out_is_not_synthesized(context: dict[str, str], tmp_path: Path) -> None:
    import app

    cdk_app = app.new_app(str(tmp_path), context)
    app.build(cdk_app)
    ec2.CfnInternetGateway(cdk_app.node.find_child("twinstage-twin-demo"), "WayOut")

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        cdk_app.synth()

    report = json.loads((tmp_path / "validation-report.json").read_bytes())
    [found] = [each for each in report["pluginReports"] if each["pluginName"] == "twinstage-audit"]
    assert [violation["ruleName"] for violation in found["violations"]] == ["TWA001"]
    assert "AWS::EC2::InternetGateway" in found["violations"][0]["description"]


def test_what_the_audit_found_is_told_before_the_traceback_of_the_synthesis(
    context: dict[str, str], tmp_path: Path
) -> None:
    candidate = json.loads(context["twinstage:candidate"])
    candidate["enactor"]["environment"] = {"TARGET": "https://orders.example.com"}

    with pytest.raises(TwinstageError) as failed:
        synthesize(ROOT / "app.py", tmp_path / "out", {**context, "twinstage:candidate": json.dumps(candidate)})

    told = str(failed.value).splitlines()
    [finding] = [line for line in told if "TARGET: https:// is a URL" in line]
    assert told.index(finding) < told.index("Traceback (most recent call last):")
    assert any("Suggested fix: Rewrite the value to the twin's" in line for line in told)
