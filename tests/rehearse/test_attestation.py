"""An approved run is attested in a form that needs nothing of ours to verify: DSSE around an in-toto statement, checked here with `cryptography` alone."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.faults.approvals import Office
from twinstage.model.errors import SafetyError
from twinstage.rehearse.attestation import attest
from twinstage.world.jsons import get_json, put_json
from twinstage.world.signers import LocalKey

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "run", {"policies": {"medium": "one"}})


def verified(envelope: dict[str, Any], public: bytes) -> dict[str, Any]:
    """The statement of an envelope that this key signed, by the text of the specifications. Raises InvalidSignature."""
    key = load_pem_public_key(public)
    assert isinstance(key, Ed25519PublicKey)
    kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
    said = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
    [signature] = envelope["signatures"]
    key.verify(base64.b64decode(signature["sig"]), said)
    return dict(json.loads(payload))


def test_what_people_approved_is_attested_for_the_candidates_code(office: Office, tmp_path: Path) -> None:
    office.ask()
    assert office.say("alice", "approve") == "counts"
    office.end()
    signer = LocalKey(tmp_path / "home")

    attest(office.store, signer)

    envelope = json.loads((office.folder / "attestation.json").read_bytes())
    found = verified(envelope, (tmp_path / "home/signing-key.pub.pem").read_bytes())
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert found["_type"] == "https://in-toto.io/Statement/v1"
    assert found["subject"] == [{"name": "publish", "digest": {"sha256": "2" * 64}}]
    assert found["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    told = {each["name"]: each["digest"]["sha256"] for each in found["predicate"].pop("configuration")}
    scenario = hashlib.sha256((office.folder / "input/scenario.json").read_bytes()).hexdigest()
    assert (told["scenario/small"], told["snapshot"], told["baseline/publish"]) == (scenario, "0" * 64, "1" * 64)
    assert found["predicate"] == {
        "result": "PASSED",
        "passedTests": ["end-state[candidate]"],
        "warnedTests": ["www-answers[baseline]"],
        "failedTests": [],
    }


def test_an_envelope_that_was_touched_is_not_verified(office: Office, tmp_path: Path) -> None:
    office.ask()
    office.say("alice", "approve")
    office.end()
    envelope = attest(office.store, LocalKey(tmp_path / "home"))
    payload = base64.b64decode(envelope["payload"]).replace(b"2" * 64, b"4" * 64)

    with pytest.raises(InvalidSignature):
        verified(
            {**envelope, "payload": base64.b64encode(payload).decode()},
            (tmp_path / "home/signing-key.pub.pem").read_bytes(),
        )


def refusal(office: Office, tmp_path: Path) -> str:
    with pytest.raises(SafetyError) as caught:
        attest(office.store, LocalKey(tmp_path / "home"))
    assert not office.store.exists("attestation.json")
    return caught.value.code


def test_what_nobody_approved_yet_or_somebody_rejected_is_not_attested(office: Office, tmp_path: Path) -> None:
    office.ask()
    assert refusal(office, tmp_path) == "NOT_APPROVED"

    office.say("alice", "reject")

    assert refusal(office, tmp_path) == "NOT_APPROVED"


@pytest.mark.parametrize("verdict", ["REJECTED", "INCONCLUSIVE"])
def test_only_an_approved_verdict_is_attested(office: Office, tmp_path: Path, verdict: str) -> None:
    put_json(office.store, "verdict.json", {**get_json(office.store, "verdict.json"), "verdict": verdict})

    assert refusal(office, tmp_path) == "NOT_APPROVED"


def test_other_code_than_was_approved_is_not_attested(office: Office, tmp_path: Path) -> None:
    office.ask()
    office.say("alice", "approve")
    office.end()
    document = get_json(office.store, "input/run.json")
    document["code"]["candidate"]["publish"] = "sha256:" + "9" * 64
    put_json(office.store, "input/run.json", document)

    assert refusal(office, tmp_path) == "OTHER_EVIDENCE"


def test_what_the_run_did_not_end_with_is_not_attested(office: Office, tmp_path: Path) -> None:
    office.ask()
    office.say("alice", "approve")
    put_json(office.store, "cleanup.json", {})
    assert refusal(office, tmp_path) == "NOT_APPROVED"

    office.desk.conclude("the wait failed: Ended", failed=True)

    assert office.outcome == "rejected"
    assert refusal(office, tmp_path) == "NOT_APPROVED"


def test_a_run_that_did_not_come_to_its_end_is_not_attested(office: Office, tmp_path: Path) -> None:
    put_json(office.store, "input/scenario.json", {"name": "small"})

    assert refusal(office, tmp_path) == "NOT_OVER"


def test_a_section_that_was_taken_away_has_been_asked_about_all_the_same(office: Office, tmp_path: Path) -> None:
    office.ask()
    office.say("alice", "reject")
    office.end()
    document = get_json(office.store, "input/scenario.json")
    del document["approval"]
    put_json(office.store, "input/scenario.json", document)

    assert refusal(office, tmp_path) == "NOT_APPROVED"


@pytest.mark.parametrize("part", ["events", "findings", "scenario"])
def test_a_verdict_that_says_otherwise_than_the_approved_one_is_not_attested(
    office: Office, tmp_path: Path, part: str
) -> None:
    office.ask()
    office.say("alice", "approve")
    office.end()
    other = {"events": "sha256:" + "9" * 64, "scenario": "another", "findings": []}[part]
    put_json(office.store, "verdict.json", {**get_json(office.store, "verdict.json"), part: other})
    if part == "events":
        put_json(office.store, "input/run.json", {**get_json(office.store, "input/run.json"), part: other})

    assert refusal(office, tmp_path) == "OTHER_EVIDENCE"


def test_what_was_found_since_may_be_added(office: Office, tmp_path: Path) -> None:
    office.ask()
    office.say("alice", "approve")
    office.end()
    verdict = get_json(office.store, "verdict.json")
    isolation = {"check": "production-untouched", "arm": None, "passed": True}
    put_json(office.store, "verdict.json", {**verdict, "findings": [isolation, *verdict["findings"]]})

    attest(office.store, LocalKey(tmp_path / "home"))

    assert office.store.exists("attestation.json")


def test_code_that_the_approved_verdict_does_not_name_is_not_attested(office: Office, tmp_path: Path) -> None:
    office.ask()
    office.say("alice", "approve")
    office.end()
    verdict = get_json(office.store, "verdict.json")
    verdict["code"]["candidate"]["publish"] = "sha256:" + "9" * 64
    put_json(office.store, "verdict.json", verdict)

    assert refusal(office, tmp_path) == "OTHER_EVIDENCE"
