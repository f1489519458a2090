"""What is promoted is what was attested and approved, and nothing else: each wrong thing is refused with exit 4, before production is asked anything."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.approvals import BEGAN, SUBMITTER
from tests.promotion.orders import ONE, ZONE, Ordered, record
from twinstage.model.canonical import canonical_json
from twinstage.model.errors import InputError, SafetyError
from twinstage.model.validation import schema_violations
from twinstage.rehearse.approval.desk import TRAIL
from twinstage.rehearse.approval.trail import DECIDED, after
from twinstage.rehearse.attestation import ATTESTATION, attest
from twinstage.rehearse.promotion.order import ORDER, order_of
from twinstage.rehearse.promotion.verified import packages, require_account, require_guards, require_time, verified
from twinstage.state.snapshot import get_manifest, put_manifest
from twinstage.world.jsons import get_json, put_json
from twinstage.world.signers import LocalKey
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OTHER = "sha256:" + "f" * 64


@pytest.fixture
def ordered(tmp_path: Path) -> Ordered:
    return Ordered(tmp_path, records=True).end()


def without(key: str) -> Callable[[Ordered], None]:
    return lambda run: run.results.delete(key)


def payload(change: Callable[[bytes], bytes]) -> Callable[[Ordered], None]:
    """What is attested is changed, and its signature stays."""

    def edit(run: Ordered) -> None:
        said = base64.b64decode(get_json(run.results, ATTESTATION)["payload"])
        run.edit(ATTESTATION, payload=base64.b64encode(change(said)).decode())

    return edit


def by_another_key(run: Ordered) -> None:
    attest(run.results, LocalKey(run.folder / "mallory"))


def in_both(**members: Any) -> Callable[[Ordered], None]:
    """Verdict and input agree on something else than was attested."""

    def edit(run: Ordered) -> None:
        for key in ("verdict.json", "input/run.json"):
            run.edit(key, **members)

    return edit


def other_code(run: Ordered) -> None:
    code = get_json(run.results, "input/run.json")["code"]
    in_both(code={**code, "candidate": {"publish": OTHER}})(run)


def other_package(run: Ordered) -> None:
    run.results.put("input/code/publish.zip", b"another")


def ordered_otherwise(change: Callable[[dict[str, Any]], None]) -> Callable[[Ordered], None]:
    def edit(run: Ordered) -> None:
        document = get_json(run.results, ORDER)
        change(document)
        put_json(run.results, ORDER, document)

    return edit


def later_trail(run: Ordered) -> None:
    """The last line of the trail, by which the machine took the approval, is gone."""
    run.results.delete(list(run.results.list(TRAIL))[-1])


def approved_by_the_submitter(run: Ordered) -> None:
    """The trail says that whoever submitted the change approved it."""
    keys = list(run.results.list(TRAIL))
    entries = run.office.desk.entries()
    for key in keys[2:]:
        run.results.delete(key)
    body = {**entries[2].body, "by": SUBMITTER}
    run.results.put(keys[2], after(entries[:2], DECIDED, entries[2].at, body).line() + b"\n")


WRONG: dict[str, tuple[Callable[[Ordered], None], str]] = {
    "no attestation": (without(ATTESTATION), "NOT_ATTESTED"),
    "an attestation that is no envelope": (lambda run: run.results.put(ATTESTATION, b"{"), "FORGED"),
    "an attestation of something else": (lambda run: run.edit(ATTESTATION, payloadType="text/plain"), "FORGED"),
    "an attestation whose payload was changed": (payload(lambda said: said.replace(b"PASSED", b"passed")), "FORGED"),
    "an attestation without signatures": (lambda run: run.edit(ATTESTATION, signatures=[]), "UNTRUSTED_KEY"),
    "a key that nobody trusts": (by_another_key, "UNTRUSTED_KEY"),
    "other code than was attested": (other_code, "OTHER_EVIDENCE"),
    "another package": (other_package, "OTHER_EVIDENCE"),
    "no package": (without("input/code/publish.zip"), "OTHER_EVIDENCE"),
    "another snapshot": (in_both(snapshot=OTHER), "OTHER_EVIDENCE"),
    "other events": (in_both(events=OTHER), "OTHER_EVIDENCE"),
    "another plan": (lambda run: run.edit("input/plan.json", digest=OTHER), "OTHER_EVIDENCE"),
    "another scenario": (lambda run: run.edit("input/scenario.json", title="Other"), "OTHER_EVIDENCE"),
    "another verdict": (lambda run: run.edit("verdict.json", verdict="REJECTED"), "NOT_APPROVED"),
    "an order of other code": (
        ordered_otherwise(lambda order: order["functions"][0].update(package=OTHER)),
        "OTHER_EVIDENCE",
    ),
    "an order of other records": (
        ordered_otherwise(lambda order: order["records"][0].update(changes=[])),
        "OTHER_EVIDENCE",
    ),
    "an order of another production": (
        ordered_otherwise(lambda order: order["functions"][0]["was"].update(package=OTHER)),
        "OTHER_EVIDENCE",
    ),
    "an order that stands for longer": (
        ordered_otherwise(lambda order: order.update(not_after="2036-01-05T10:00:00Z")),
        "OTHER_EVIDENCE",
    ),
    "an approval that the machine did not take": (later_trail, "NOT_APPROVED"),
    "an approval by the submitter": (approved_by_the_submitter, "TRAIL_BROKEN"),
    "an approval of another report": (without("approval/evidence/report.html"), "OTHER_EVIDENCE"),
    "a run that was not over": (without("cleanup.json"), "NOT_OVER"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused(ordered: Ordered, wrong: str) -> None:
    edit, code = WRONG[wrong]
    edit(ordered)

    with pytest.raises(SafetyError) as caught:
        packages(ordered.results, verified(ordered.results, ordered.snapshots, ordered.keyring))

    assert (caught.value.code, caught.value.exit_code) == (code, 4)
    assert caught.value.hint


def test_what_is_right_is_let_through(ordered: Ordered) -> None:
    order = verified(ordered.results, ordered.snapshots, ordered.keyring)

    assert packages(ordered.results, order) == {"publish": ordered.new}
    assert schema_violations("promotion", order.document()) == []
    said = json.loads(base64.b64decode(get_json(ordered.results, ATTESTATION)["payload"]))
    assert [each["name"] for each in said["subject"]] == ["change/records-1", "publish"]
    assert {"name": "plan", "digest": {"sha256": "4" * 64}} in said["predicate"]["configuration"]


@pytest.mark.parametrize("state", ["nobody decided", "somebody rejected", "void", "not taken"])
def test_nothing_is_ordered_that_people_have_not_approved(tmp_path: Path, state: str) -> None:
    run = Ordered(tmp_path)
    run.office.ask()
    if state == "somebody rejected":
        run.office.say("alice", "reject")
    elif state != "nobody decided":
        run.office.say("alice", "approve")
    if state != "not taken":
        run.office.desk.conclude("the time was over", failed=state == "void")

    with pytest.raises(SafetyError) as caught:
        order_of(run.results, run.snapshots, run.office.now())

    assert caught.value.code == "NOT_APPROVED"


def test_an_approval_of_what_was_changed_afterwards_orders_nothing(tmp_path: Path) -> None:
    run = Ordered(tmp_path)
    run.office.ask()
    run.office.say("alice", "approve")
    run.office.end()
    run.edit("input/plan.json", digest=OTHER)

    with pytest.raises(SafetyError) as caught:
        order_of(run.results, run.snapshots, run.office.now())

    assert caught.value.code == "OTHER_EVIDENCE"


def test_an_order_is_void_after_its_time_which_counts_from_the_approval(tmp_path: Path) -> None:
    run = Ordered(tmp_path)
    run.office.passed_s = 60.0
    order = verified((done := run.end(at="2026-01-05T18:00:00Z")).results, done.snapshots, done.keyring)

    require_time(order, "2026-01-06T10:00:59Z")
    with pytest.raises(SafetyError, match=r"observed 2026-01-06T10:01:00Z; expected before 2026-01-06T10:01:00Z"):
        require_time(order, "2026-01-06T10:01:00Z")


def test_where_nobody_is_asked_the_time_counts_from_the_order(tmp_path: Path) -> None:
    run = Ordered(tmp_path, section={})
    run.edit("input/scenario.json", promote={"within_s": 60})

    order = order_of(run.results, run.snapshots, BEGAN.strftime("%Y-%m-%dT%H:%M:%SZ"))

    assert (order.head["approval"], order.not_after) == (None, "2026-01-05T10:01:00Z")


@pytest.mark.parametrize(("allowed", "refused"), [(False, True), (True, False)])
def test_a_guard_of_the_plan_that_nobody_let_through_refuses(tmp_path: Path, allowed: bool, refused: bool) -> None:
    guard = {
        "guard": "share",
        "observed": "75 %",
        "limit": "30 %",
        "passed": False,
        "allowed": allowed,
        "way_out": "less",
    }
    run = Ordered(tmp_path, guards=[guard]).end()
    order = verified(run.results, run.snapshots, run.keyring)
    if not refused:
        return require_guards(order)

    with pytest.raises(SafetyError, match="share: observed 75 %; limit 30 %") as caught:
        require_guards(order)
    assert (caught.value.code, caught.value.hint) == ("GUARD", "less")
    return None


def test_other_credentials_than_productions_are_refused(ordered: Ordered) -> None:
    order = verified(ordered.results, ordered.snapshots, ordered.keyring)

    require_account(order, "111111111111", "us-east-1")
    with pytest.raises(SafetyError, match="observed account 222222222222; expected account 111111111111"):
        require_account(order, "222222222222", "us-east-1")
    with pytest.raises(SafetyError, match="observed region eu-west-1; expected region us-east-1"):
        require_account(order, "111111111111", "eu-west-1")


def test_record_sets_have_no_region(tmp_path: Path) -> None:
    run = Ordered(tmp_path, function="", records=True).end()

    require_account(verified(run.results, run.snapshots, run.keyring), "111111111111", "eu-west-1")


def guards_gone(run: Ordered) -> None:
    """The plan's guards are gone, and its digest, which is of what is planned, stays."""
    run.edit("input/plan.json", guards=[])


def of_another_account(run: Ordered) -> None:
    """The same state, captured elsewhere."""
    manifest = get_manifest(run.snapshots, get_json(run.results, "input/run.json")["snapshot_id"])
    other = replace(manifest, captured={**manifest.captured, "account": "999999999999"})
    put_manifest(run.snapshots, other)
    run.edit("input/run.json", snapshot_id=other.id)


@pytest.mark.parametrize("edit", [guards_gone, of_another_account])
def test_guards_and_account_are_attested_too(tmp_path: Path, edit: Callable[[Ordered], None]) -> None:
    guard = {"guard": "share", "observed": "75 %", "limit": "30 %", "passed": False, "allowed": False, "way_out": ""}
    run = Ordered(tmp_path, section={}, guards=[guard]).end(at="2026-01-05T10:00:00Z")
    edit(run)
    put_json(run.results, ORDER, order_of(run.results, run.snapshots, "2026-01-05T10:00:00Z").document())

    with pytest.raises(SafetyError, match="what was attested is not what lies here"):
        verified(run.results, run.snapshots, run.keyring)


class Counting(DirectoryStore):
    """How often each key was read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.read: Counter[str] = Counter()

    def get(self, key: str) -> bytes:
        self.read[key] += 1
        return super().get(key)


def test_what_was_held_against_the_signature_is_what_the_order_is_made_of(ordered: Ordered) -> None:
    """Somebody who changes a file between two readings of it would have one of them signed, and the other promoted."""
    results = Counting(ordered.results.root)

    order = verified(results, ordered.snapshots, ordered.keyring)

    assert order.document() == get_json(ordered.results, ORDER)
    assert {"input/run.json", "input/scenario.json", "verdict.json", "input/plan.json", ORDER} <= set(results.read)
    assert set(results.read.values()) == {1}


def test_a_run_without_an_order_or_without_its_snapshot_is_no_run_to_promote(ordered: Ordered, tmp_path: Path) -> None:
    other = Ordered(tmp_path / "other", baseline="def handler(event, context):\n    return 3\n")

    with pytest.raises(InputError):
        verified(ordered.results, other.snapshots, ordered.keyring)


def test_a_step_that_does_not_fit_what_was_captured_is_not_ordered(tmp_path: Path) -> None:
    run = Ordered(tmp_path, records=True, section={})
    document = get_json(run.results, "input/scenario.json")
    document["change"]["steps"][1]["changes"] = [{"Action": "CREATE", "ResourceRecordSet": record("www", "192.0.2.9")}]
    put_json(run.results, "input/scenario.json", document)

    with pytest.raises(SafetyError, match=f"CREATE www.{ZONE} A does not fit"):
        order_of(run.results, run.snapshots, "2026-01-05T10:00:00Z")


def test_equal_runs_order_and_attest_the_same_bytes(tmp_path: Path) -> None:
    first, second = (Ordered(tmp_path / name, section=ONE).end() for name in ("first", "second"))
    second.key = first.key
    attest(second.results, first.key)

    assert first.results.get(ORDER) == second.results.get(ORDER)
    assert canonical_json(get_json(first.results, ATTESTATION)) == canonical_json(get_json(second.results, ATTESTATION))
    assert datetime.fromisoformat(get_json(first.results, ORDER)["not_after"]) > datetime(2026, 1, 5, tzinfo=UTC)
