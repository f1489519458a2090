"""The attestation of an approved run: "this code passed this scenario on this snapshot", in a form that other tools verify.

An in-toto Statement v1 with the predicate Test Result, in a DSSE envelope. No time and no run id is in it: equal rehearsals of one snapshot attest the same bytes.
https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json, sha256_hex
from twinstage.model.change_step import applied, steps_of
from twinstage.model.errors import SafetyError
from twinstage.model.finding import Verdict
from twinstage.rehearse.approval.desk import COPIES, TRAIL, Desk
from twinstage.rehearse.approval.evidence import FILES, PLAN
from twinstage.rehearse.promotion.order import ORDER
from twinstage.world.dsse import envelope, pre_authentication_encoding
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.world.signers import Signer
    from twinstage.world.store import Store

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
ATTESTATION = "attestation.json"


def attest(results: Store, signer: Signer) -> dict[str, Any]:
    """Write `attestation.json` of a run that is approved, and give the envelope. Raises SafetyError as `statement` does."""
    payload = canonical_json(statement(results))
    signature = signer.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    made = envelope(PAYLOAD_TYPE, payload, {signer.key_id: signature})
    put_json(results, ATTESTATION, made)
    return made


def statement(results: Store) -> dict[str, Any]:
    """What is attested of a run. Subjects are the packages of the functions that the verdict is about, and the other steps of the change.

    Raises SafetyError where the verdict is not APPROVED or of another run, where the run did not come to its end, where people were to approve and have not, where what they approved is not what the verdict says, or where there is neither a function nor a step.
    """
    verdict = get_json(results, "verdict.json")
    if verdict["verdict"] != Verdict.APPROVED:
        message = f"the verdict is {verdict['verdict']}: only an approved change is attested"
        raise SafetyError("NOT_APPROVED", message, hint="mend the change, and rehearse again")
    run = get_json(results, "input/run.json")
    if differing := [name for name in ("snapshot", "events", "code") if verdict[name] != run[name]]:
        message = f"the verdict is not about what the run was started with: {', '.join(differing)}"
        raise SafetyError("OTHER_EVIDENCE", message, hint="take another copy of the run, or rehearse again")
    scenario = get_json(results, "input/scenario.json")
    # A scenario whose section was taken away has been asked about all the same.
    if "approval" in scenario or any(results.list(TRAIL)):
        _approved_by_people(results, verdict)
    steps = steps_of(scenario.get("change", {}))
    if left := [
        key for key in (FILES["report"], *([ORDER] if steps else []), "cleanup.json") if not results.exists(key)
    ]:
        message = f"the run did not come to its end: there is no {' and no '.join(left)}"
        raise SafetyError("NOT_OVER", message, hint="wait for it, or rehearse again")
    baseline = verdict["code"]["baseline"]
    subjects = dict(verdict["code"].get("candidate", baseline))
    subjects |= {f"change/{step.id}": sha256_hex(canonical_json(step.document())) for step in applied(steps)}
    if not subjects:
        raise SafetyError(
            "NO_CODE", "nothing was rehearsed that could be attested: neither a function nor a step of a change"
        )
    return {
        "_type": STATEMENT_TYPE,
        "subject": [_descriptor(name, code) for name, code in sorted(subjects.items())],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": "PASSED",
            "configuration": list(_configuration(results, verdict, baseline)),
            "passedTests": _tests(verdict, passed=True),
            # What the baseline breaks, or nobody could tell, and does not count: else the verdict were another.
            "warnedTests": _tests(verdict, passed=False),
            "failedTests": [],
        },
    }


def _approved_by_people(results: Store, verdict: Mapping[str, Any]) -> None:
    """Raises SafetyError where people did not approve this verdict: what was found since may be added to it, and nothing else differ."""
    Desk(results, lambda: "").require_approval()
    judged = get_json(results, COPIES + FILES["verdict"])
    if {**judged, "findings": []} != {**verdict, "findings": []} or not all(
        finding in verdict["findings"] for finding in judged["findings"]
    ):
        message = "the verdict is not the one that was approved"
        raise SafetyError("OTHER_EVIDENCE", message, hint="take another copy of the run, or rehearse again")


def _tests(verdict: Mapping[str, Any], *, passed: bool) -> list[str]:
    """The findings that passed, or those that did not, as `check` or `check[arm]`."""
    found = [finding for finding in verdict["findings"] if (finding["passed"] is True) is passed]
    return sorted({f["check"] + (f"[{f['arm']}]" if f["arm"] else "") for f in found})


def _configuration(results: Store, verdict: Mapping[str, Any], baseline: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    yield _descriptor(f"scenario/{verdict['scenario']}", sha256_hex(results.get("input/scenario.json")))
    yield _descriptor("snapshot", verdict["snapshot"])
    # The account and the region that were captured are in the manifest, and not in what the digest of the state covers.
    yield _descriptor("snapshot-manifest", get_json(results, "input/run.json")["snapshot_id"])
    yield _descriptor("events", verdict["events"])
    if results.exists(PLAN):
        yield _descriptor("plan", get_json(results, PLAN)["digest"])
        # Its digest is of what is planned; its guards are in the file.
        yield _descriptor(PLAN, sha256_hex(results.get(PLAN)))
    for name, code in sorted(baseline.items()):
        yield _descriptor(f"baseline/{name}", code)
    yield _descriptor("verdict.json", sha256_hex(results.get("verdict.json")))


def _descriptor(name: str, digest: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}
