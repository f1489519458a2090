"""`enactor-update/full` by one command: from the recorded day to production, and the evidence that every stage left.

Long: some minutes. In CI the same machine goes through `enactor-update` (test_packaged_scenarios.py) and every stage has tests of its own.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from twinstage.model.validation import schema_violations
from twinstage.world.signers import PUBLIC
from twinstage.world.store import DirectoryStore

pytestmark = [pytest.mark.engine, pytest.mark.cdk, pytest.mark.long, pytest.mark.timeout(3600)]

ROOT = Path(__file__).parents[2]
EXPECTED = json.loads((ROOT / "scenarios/enactor-update/full.expected.json").read_text())
ARMS = ("baseline", "candidate", "repeat")


@dataclass(frozen=True)
class Whole:
    """What the command said, on both streams, and where its evidence is."""

    document: dict[str, Any]
    said: str
    run: DirectoryStore
    home: Path

    def json(self, key: str) -> Any:
        """A document of the run's."""
        return json.loads(self.run.get(key))

    def named(self, prefix: str) -> list[str]:
        """What the run holds below a prefix."""
        return sorted(self.run.list(prefix))

    def found(self, check: str) -> list[bool | None]:
        """What every finding of a check came to."""
        return [each["passed"] for each in self.document["findings"] if each["check"] == check]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    place = tmp_path_factory.mktemp("whole")
    people = ["--as", "carol", "--approve-as", "alice", "--approve-as", "bob", "--promote"]
    where = ["--store", str(place / "store"), "--run-dir", str(place / "run"), "--json"]
    command = [str(Path(sys.executable).with_name("twinstage")), "rehearse", "enactor-update/full", "--local"]
    environment = {**os.environ, "TWINSTAGE_HOME": str(place / "home")}
    done = subprocess.run(
        [*command, *people, *where], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Whole(json.loads(done.stdout), done.stderr, DirectoryStore(place / "run"), place / "home")


def test_it_is_approved_and_breaks_nothing_that_counts(whole: Whole) -> None:
    findings = whole.document["findings"]
    assert whole.document["verdict"] == EXPECTED["verdict"] == "APPROVED"
    assert [f["check"] for f in findings if f["counts"] and f["passed"] is not True] == EXPECTED["failed"]
    broken = [f["check"] for f in findings if f["arm"] == "baseline" and f["passed"] is False and not f["counts"]]
    assert [check for check in broken if not check.startswith("explored-")] == EXPECTED["baseline_breaks"]


def test_capture_and_deployment_left_a_snapshot_a_proof_and_a_refused_drill(whole: Whole) -> None:
    assert whole.json("manifest.json")["snapshot"] == whole.json("verdict.json")["snapshot"]
    isolation = whole.json("isolation.json")
    assert isolation["audit"]["proven"] is True
    assert isolation["drill"]["refused"] == isolation["drill"]["attempts"] >= 37
    assert isolation["production_unchanged"] is True
    assert [whole.json(f"fidelity/{arm}.json")["equal"] for arm in ARMS] == [True] * 3


def test_the_day_was_replayed_in_three_arms_and_compared(whole: Whole) -> None:
    for arm in ARMS:
        lines = [line for key in whole.named(f"replay/{arm}/") for line in whole.run.get(key).splitlines()]
        assert len(lines) == 22
        assert whole.json(f"capture/{arm}.json")["snapshot"].startswith("sha256:")
    assert whole.json("capture/repeat.json")["snapshot"] == whole.json("capture/baseline.json")["snapshot"]
    compared = whole.json("ab.json")
    assert schema_violations("ab", compared) == []
    assert compared["mended"] == 3
    assert [row["verdict"] for row in compared["responses"]["rows"]] == ["declared"] * 10
    assert {check: whole.found(check) for check in ("ab-repeat", "ab-responses", "ab-state")} == {
        "ab-repeat": [True],
        "ab-responses": [True],
        "ab-state": [True],
    }


def test_other_orders_were_explored_to_certificates(whole: Whole) -> None:
    explored = whole.json("explore.json")
    cases = [case for case in explored["cases"] if case["arm"] == "candidate"]
    assert cases
    assert {case["certified"] for case in cases} == {True}
    assert len(whole.named("explore/")) == len(whole.json("prepare/explore.json"))


def test_the_load_names_what_gives_way_and_the_candidate_keeps_enough(whole: Whole) -> None:
    stress = whole.json("stress.json")
    assert (stress["verdict"], set(stress["arms"])) == ("APPROVED", {"baseline", "candidate"})
    for arm in stress["arms"].values():
        assert arm["diagnosis"]["bottleneck"]["resource"] == "quota:route53.requests"
    assert whole.found("stress-knee-loss") == [True]


def test_the_way_back_was_tried_from_every_state(whole: Whole) -> None:
    rollback = whole.json("rollback.json")
    assert rollback["verdict"] == "APPROVED"
    recorded, *others = rollback["cases"]
    assert (recorded["case"], recorded["states"]) == ("recorded", 111)
    assert others
    assert {case["exhausted"] for case in others} == {True}
    assert not any(case["capped"] for case in rollback["cases"])


def test_two_people_approved_what_lies_there_and_not_who_submitted_it(whole: Whole) -> None:
    record = whole.json("approval.json")
    assert [(each["by"], each["decision"]) for each in record["decisions"]] == [
        ("alice", "approve"),
        ("bob", "approve"),
    ]
    assert record["outcome"]["state"] == "approved"
    assert whole.json("manifest.json")["submitter"] == "carol"
    assert whole.named("approval/trail/")


def test_what_was_approved_is_attested_by_this_users_key(whole: Whole) -> None:
    envelope = whole.json("attestation.json")
    kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
    said = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
    key = load_pem_public_key((whole.home / PUBLIC).read_bytes())
    assert isinstance(key, Ed25519PublicKey)
    key.verify(base64.b64decode(envelope["signatures"][0]["sig"]), said)
    statement = json.loads(payload)
    packages = {
        name: digest.removeprefix("sha256:") for name, digest in whole.json("verdict.json")["code"]["candidate"].items()
    }
    assert {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]} == packages


def test_it_was_promoted_step_by_step_in_the_production_of_the_embedded_aws(whole: Whole) -> None:
    order = whole.json("promotion.json")
    assert schema_violations("promotion", order) == []
    assert [function["name"] for function in order["functions"]] == ["cleaner", "enactor"]
    assert order["approval"]["by"] == ["alice", "bob"]
    assert whole.document["promotion"]["outcome"] == "promoted"
    steps = [line.split()[-6:] for line in whole.said.splitlines() if "% of live" in line]
    assert [step[0] for step in steps] == ["10", "50", "100"]
    assert whole.named("promotion/journal/")
