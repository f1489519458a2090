"""What a rehearsal's log and drill show of its isolation, and what follows for its verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.isolation.drill.attempts import ALLOWED, ATTEMPTS, Targets, parameters_of
from twinstage.isolation.drill.evidence import Access, Evidence, Parties, Tally, findings
from twinstage.isolation.drill.outcomes import Drill, Outcome
from twinstage.model.finding import Finding, weigh
from twinstage.validate.checks.isolation import isolation_findings, merged, with_isolation
from twinstage.world.jsons import put_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTION, TWIN = "111111111111", "222222222222"
PARTIES = Parties(
    PRODUCTION, TWIN, "r1", "twin-capture", "twinstage-capture", "operator", "twin-r1-drill", ("baseline", "candidate")
)
REFUSED = Drill(
    tuple(Outcome(attempt, "AccessDenied") for attempt in ATTEMPTS), tuple(Outcome(attempt, "") for attempt in ALLOWED)
)
BEFORE = {"captured": "sha256:1", "held": "sha256:2"}
AUDIT = {"profile": "two-accounts", "proven": True, "violations": []}


def role(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def access(
    owner: str, action: str = "s3:GetObject", resource: str = "*", *, at: str = "", allowed: bool = True
) -> Access:
    account = owner.split(":")[4]
    return Access(account, owner, action, resource, at or account, allowed, "why")


def evidence(*seen: Access, drill: Drill = REFUSED, **changes: Any) -> Evidence:
    tally = Tally(PARTIES)
    for each in seen:
        tally.add(each)
    return replace(Evidence("two-accounts", BEFORE, BEFORE, tally, drill, AUDIT), **changes)


def passed(given: Evidence) -> dict[str, bool | None]:
    return {finding.check.removeprefix("isolation-"): finding.passed for finding in findings(given)}


CAPTURE = [
    access(role(PRODUCTION, "twin-capture")),
    access(role(PRODUCTION, "twinstage-capture"), "dynamodb:Scan"),
    access(f"arn:aws:iam::{TWIN}:user/operator", "sts:AssumeRole", role(PRODUCTION, "twin-capture"), at=PRODUCTION),
    access(
        f"arn:aws:iam::{PRODUCTION}:user/operator",
        "lambda:InvokeFunction",
        f"arn:aws:lambda:us-east-1:{PRODUCTION}:function:twinstage-capture",
    ),
]
ALL_WELL = dict.fromkeys(("production", "capture-only", "least-privilege", "drill", "audit"), True)


def test_a_rehearsal_that_kept_to_itself_shows_all() -> None:
    stage = access(role(TWIN, "twin-r1-Replay"), "route53:ChangeResourceRecordSets")
    assert passed(evidence(*CAPTURE, stage)) == ALL_WELL


def test_production_that_changed_fails_and_says_in_what() -> None:
    changed = evidence(after={**BEFORE, "held": "sha256:3"})
    assert passed(changed) == {**ALL_WELL, "production": False}
    assert findings(changed)[0].message == "production changed: held"


@pytest.mark.parametrize(
    "foreign",
    [
        access(f"arn:aws:iam::{PRODUCTION}:user/operator", "dynamodb:PutItem"),
        access(f"arn:aws:iam::{PRODUCTION}:user/operator", "lambda:InvokeFunction", "arn:aws:lambda:::function:other"),
        access(role(TWIN, "twin-r1-Replay"), "s3:GetObject", at=PRODUCTION),
        access(role(TWIN, "twin-r1-Replay"), "sts:AssumeRole", role(PRODUCTION, "admin"), at=PRODUCTION),
        access(role(PRODUCTION, "cdk-deploy")),
    ],
)
def test_any_other_call_in_production_s_account_fails(foreign: Access) -> None:
    shown = evidence(*CAPTURE, foreign)
    assert passed(shown) == {**ALL_WELL, "capture-only": False}
    assert foreign.action in findings(shown)[1].message
    assert shown.document()["production_saw"]["others"] == [foreign.document()]


def test_a_refused_call_of_our_own_fails() -> None:
    refused = access(role(TWIN, "twin-r1-Prepare"), "s3:PutObject", allowed=False)
    shown = evidence(refused)
    assert passed(shown) == {**ALL_WELL, "least-privilege": False}
    assert shown.document()["own_calls_denied"] == [refused.document()]


def test_a_refused_call_of_a_clone_is_shown_and_does_not_count() -> None:
    withheld = access(role(TWIN, "twin-r1-candidate-enactor"), "sqs:SendMessage", allowed=False)
    shown = evidence(withheld)
    assert passed(shown) == ALL_WELL
    assert shown.document()["withheld_from_clones"] == [withheld.document()]


def test_the_drill_s_own_calls_are_not_held_against_the_run() -> None:
    drilled = access(role(TWIN, "twin-r1-drill"), "dynamodb:PutItem", at=PRODUCTION, allowed=False)
    assert passed(evidence(drilled, replace(drilled, allowed=True))) == ALL_WELL


@pytest.mark.parametrize(
    ("error", "result"), [("", False), ("ValidationException", None), ("AccessDeniedException", True)]
)
def test_a_drill_is_as_good_as_its_worst_attempt(error: str, result: bool | None) -> None:
    drill = Drill((Outcome(ATTEMPTS[0], error), *REFUSED.attempts[1:]), REFUSED.controls)
    assert passed(evidence(drill=drill))["drill"] is result


def test_a_role_that_may_do_nothing_at_all_proves_nothing() -> None:
    powerless = Drill(REFUSED.attempts, (Outcome(ALLOWED[0], "AccessDenied"),))
    assert passed(evidence(drill=powerless))["drill"] is None
    assert passed(evidence(drill=Drill((), ())))["drill"] is None


def test_a_template_that_was_not_proven_fails() -> None:
    assert passed(evidence(audit={**AUDIT, "proven": False, "violations": [{}]}))["audit"] is False


def test_equal_rehearsals_give_equal_documents_in_any_order_of_calls() -> None:
    refused = [access(role(TWIN, f"twin-r1-{state}"), allowed=False) for state in ("Replay", "Capture", "Prepare")]
    assert evidence(*refused).document() == evidence(*reversed(refused)).document()


def test_the_drill_is_as_long_as_it_says_and_every_attempt_is_another() -> None:
    assert len(ATTEMPTS) >= 37
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS)
    assert {attempt.aim for attempt in ATTEMPTS} == {"production", "another run", "its own limits", "the shared store"}


def test_no_attempt_is_left_without_its_target() -> None:
    targets = Targets(PRODUCTION, TWIN, "us-east-1", "r1", "x", "Z1", "vpc-1", "twin-r1-ledger")
    for attempt in (*ATTEMPTS, *ALLOWED):
        assert not [word for word in targets.values() if f"{{{word}}}" in repr(parameters_of(attempt, targets))], (
            attempt.name
        )


class TestVerdicts:
    """A run that is not shown to be isolated is never approved."""

    WELL = (Finding("snapshot", "evidence", True, ""), Finding("I1", "safety", True, ""))

    def verdict(self, reached: tuple[Finding, ...], given: Evidence) -> dict[str, Any]:
        document = {"verdict": "APPROVED", "findings": [finding.document() for finding in reached]}
        return with_isolation(document, findings(given))

    def test_what_is_shown_leaves_the_verdict_as_it_is(self) -> None:
        verdict = self.verdict(self.WELL, evidence())
        assert verdict["verdict"] == "APPROVED"
        assert [finding["check"] for finding in verdict["findings"]][0::6] == ["snapshot", "I1"]

    @pytest.mark.parametrize(
        "broken",
        [
            evidence(after={}),
            evidence(access(role(TWIN, "twin-r1-Replay"), at=PRODUCTION)),
            evidence(access(role(TWIN, "twin-r1-Replay"), allowed=False)),
            evidence(drill=Drill((Outcome(ATTEMPTS[0], ""),), ())),
            evidence(drill=Drill((), ())),
            evidence(audit={**AUDIT, "proven": False}),
        ],
        ids=["production", "capture-only", "least-privilege", "drill", "no drill", "audit"],
    )
    def test_what_is_not_shown_makes_it_inconclusive(self, broken: Evidence) -> None:
        assert self.verdict(self.WELL, broken)["verdict"] == "INCONCLUSIVE"

    def test_a_rejected_run_stays_rejected(self) -> None:
        assert self.verdict((*self.WELL, Finding("I2", "safety", False, "")), evidence())["verdict"] == "REJECTED"

    def test_a_run_that_is_judged_again_is_judged_by_it_too(self, tmp_path: Path) -> None:
        store = DirectoryStore(tmp_path)
        assert isolation_findings(store) == []
        put_json(store, "isolation.json", evidence(drill=Drill((), ())).document())
        again = merged(self.WELL, isolation_findings(store))
        assert weigh(again) == "INCONCLUSIVE"
        assert [finding.check for finding in again][1] == "isolation-production"

    @pytest.mark.parametrize("document", [{}, {"findings": 7}, {"findings": [{"check": "x"}]}])
    def test_a_file_that_cannot_be_read_decides_nothing(self, tmp_path: Path, document: dict[str, Any]) -> None:
        put_json(DirectoryStore(tmp_path), "isolation.json", document)
        assert [finding.passed for finding in isolation_findings(DirectoryStore(tmp_path))] == [None]
