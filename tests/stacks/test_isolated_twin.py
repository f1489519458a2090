"""The twin as a construct in somebody else's stack."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from tests.stacks.sample_twin import REGION, TWIN, write_snapshot
from twinstage.isolation.audit.prove import audit
from twinstage.isolation.audit.template import read_template
from twinstage.model.errors import InputError
from twinstage_constructs.isolated_twin import IsolatedTwin
from twinstage_constructs.twin_options import Approvals, StageCode
from twinstage_constructs.twin_snapshot import CandidateFunction, TwinSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twinstage.model.manifest import Manifest

Synthesized = dict[str, Any]
PLACE = cdk.Environment(account=TWIN, region=REGION)


@pytest.fixture
def given(tmp_path: Path, manifest: Manifest) -> dict[str, Any]:
    """What every twin here is made of."""
    write_snapshot(tmp_path, manifest)
    for name in ("bundle", "candidate"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.py").write_text("def handler(event, context):\n    return None\n")
    snapshot = TwinSnapshot.from_file(tmp_path / "snapshot.json", tmp_path / "objects")
    return {"run": "pr-17", "snapshot": snapshot, "stages": StageCode(tmp_path / "bundle")}


@pytest.fixture
def stack(tmp_path: Path) -> cdk.Stack:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
    return cdk.Stack(app, "ours", env=PLACE, analytics_reporting=False)


@pytest.fixture
def synthesized(stack: cdk.Stack, tmp_path: Path) -> Callable[[], Synthesized]:
    def synthesize() -> Synthesized:
        stack.node.root.synth()  # type: ignore[attr-defined]  # the root is the app
        document: Synthesized = json.loads((tmp_path / "cdk.out/ours.template.json").read_text())
        return document

    return synthesize


def proof(document: Synthesized) -> Any:
    return audit([read_template("ours", document)], clock=time.process_time)


def of_type(document: Synthesized, resource_type: str) -> list[dict[str, Any]]:
    return [r["Properties"] for r in document["Resources"].values() if r["Type"] == resource_type]


def test_a_twin_in_five_lines_is_proven_to_lead_nowhere(
    stack: cdk.Stack, given: dict[str, Any], synthesized: Callable[[], Synthesized]
) -> None:
    IsolatedTwin(stack, "Twin", **given)

    found = proof(synthesized())

    assert found.proven, [violation.finding.message for violation in found.violations]


def test_what_else_leads_out_of_the_same_stack_is_found(
    stack: cdk.Stack, given: dict[str, Any], synthesized: Callable[[], Synthesized]
) -> None:
    IsolatedTwin(stack, "Twin", **given)
    ec2.CfnInternetGateway(stack, "WayOut")

    assert {violation.finding.resource for violation in proof(synthesized()).violations} >= {"WayOut"}


def test_it_shows_its_parts_by_productions_names(stack: cdk.Stack, given: dict[str, Any], tmp_path: Path) -> None:
    change = {"enactor": CandidateFunction(tmp_path / "candidate")}

    twin = IsolatedTwin(stack, "Twin", **given, candidate=change)

    assert twin.arms == ("baseline", "candidate")
    assert twin.tables["candidate"].names == {"dns-plans": "twin-pr-17-candidate-dns-plans"}
    assert twin.functions["baseline"].names["enactor"] == "twin-pr-17-baseline-enactor"
    assert set(twin.zones.ids) == {zone.id for zone in given["snapshot"].manifest.zones}
    assert {"Prepare", "Replay", "Validate", "Cleanup"} <= twin.stages.keys()
    assert (twin.names.machine, twin.ledger.name) == ("twin-pr-17", "twin-pr-17-ledger")
    assert twin.evidence.bucket_name == f"twinstage-evidence-{TWIN}-{REGION}"
    assert cdk.Token.is_unresolved(twin.machine_arn)


def test_networks_buckets_and_topics_are_the_cdks_own_interfaces(
    stack: cdk.Stack, given: dict[str, Any], synthesized: Callable[[], Synthesized]
) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(stack, "Vpc", vpc_id="vpc-0a1b2c3d", availability_zones=["us-east-1a"])
    bucket = s3.Bucket.from_bucket_name(stack, "Store", "our-evidence")
    topic = sns.Topic.from_topic_arn(stack, "Asked", f"arn:aws:sns:{REGION}:{TWIN}:asked")

    IsolatedTwin(stack, "Twin", **given, vpc=vpc, evidence=bucket, approvals=Approvals(topic=topic))

    document = synthesized()
    assert of_type(document, "AWS::EC2::VPC") == []
    assert {z["VPCs"][0]["VPCId"] for z in of_type(document, "AWS::Route53::HostedZone")} == {"vpc-0a1b2c3d"}
    told = {
        f["FunctionName"].rpartition("-")[2]: f["Environment"]["Variables"]
        for f in of_type(document, "AWS::Lambda::Function")
        if f["FunctionName"] in ("twin-pr-17-Prepare", "twin-pr-17-Approve")
    }
    assert told["Prepare"]["EVIDENCE_BUCKET"] == "our-evidence"
    assert told["Approve"]["APPROVAL_TOPIC"] == f"arn:aws:sns:{REGION}:{TWIN}:asked"
    # What lies outside of the template is not proven: neither a network nor a bucket that only has a name here.
    assert not proof(document).proven


def test_a_stack_that_leaves_its_account_open_is_refused_with_the_way_out(given: dict[str, Any]) -> None:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "anywhere")

    with pytest.raises(InputError, match="does not say its account and region") as caught:
        IsolatedTwin(stack, "Twin", **given)

    assert "env=cdk.Environment" in caught.value.problems[0].hint


def test_a_stack_holds_one_twin_and_keeps_its_own_metadata(stack: cdk.Stack, given: dict[str, Any]) -> None:
    stack.template_options.metadata = {"Ours": "kept"}
    IsolatedTwin(stack, "Twin", **given)

    with pytest.raises(InputError, match="is the twin of run pr-17 already"):
        IsolatedTwin(stack, "Another", **{**given, "run": "pr-18"})
    assert stack.template_options.metadata["Ours"] == "kept"


@pytest.mark.parametrize("run", ["", "PR-17", "a" * 21])
def test_what_is_no_run_id_is_refused(stack: cdk.Stack, given: dict[str, Any], run: str) -> None:
    with pytest.raises(InputError, match="is no run id"):
        IsolatedTwin(stack, "Twin", **{**given, "run": run})


def test_a_snapshot_is_found_in_a_store_by_the_beginning_of_its_id(tmp_path: Path, manifest: Manifest) -> None:
    id_ = manifest.id.removeprefix("sha256:")
    store = tmp_path / "store"
    (store / "snapshots").mkdir(parents=True)
    (store / "snapshots" / f"{id_}.json").write_text(json.dumps(manifest.document()))
    (store / "snapshots" / f"{id_}.dsse.json").write_text("{}")

    assert TwinSnapshot.from_store(id_[:8], store).manifest == manifest
    for strange in ("", "zz"):
        with pytest.raises(InputError, match=r"(?s)snapshots begin with.*give the beginning of an id"):
            TwinSnapshot.from_store(strange, store)


def test_looking_for_the_recorder_does_not_start_it_in_the_app_s_own_process() -> None:
    look = "import sys; from twinstage_constructs.twin_options import CloneOptions; print(CloneOptions().recorder_package()); print(*sys.modules)"
    found, modules = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert found.endswith("twinstage_recorder")
    assert "twinstage_recorder" not in modules.split()
