"""The section on approval: who decided, on what, and what did not count."""

from __future__ import annotations

import pytest
from page import Page

from twinstage.report import load_run, render
from twinstage.report.summary import headline
from twinstage.world.jsons import put_json

DIGEST = "sha256:" + "a" * 64
RECORD = {
    "submitter": "carol",
    "risk": {"level": "high", "reasons": ["the candidate ends otherwise"]},
    "policy": {"needed": 2, "approvers": [], "expires_at": "2026-01-05T11:00:00Z"},
    "outcome": {"state": "approved", "by": ["alice", "bob"], "at": "2026-01-05T10:20:00Z", "reason": "looks right"},
    "evidence": {"snapshot": DIGEST, "digest": DIGEST},
    "decisions": [{"by": "alice", "decision": "approve", "at": "2026-01-05T10:10:00Z", "reason": "looks right"}],
    "refused": [
        {
            "at": "2026-01-05T10:05:00Z",
            "by": "<script>mallory",
            "decision": "approve",
            "code": "NOT_AN_APPROVER",
            "observed": "<script>mallory",
            "expected": "alice, bob",
        }
    ],
    "trail": {"entries": 6, "head": DIGEST},
}


@pytest.fixture
def decided(run):
    run.complete(rejected=False)
    put_json(run.store, "approval.json", RECORD)
    return render(load_run(run.store))


def test_it_is_told_who_decided_on_what_and_what_did_not_count(decided):
    words = Page(decided["report.html"]).section("approval").words()
    assert "The change was approved by alice and bob: looks right." in words
    assert "carol submitted it; its risk is high (the candidate ends otherwise), so 2 people had to approve." in words
    assert "NOT_AN_APPROVER" in words
    assert "<script>mallory" in words
    assert b"<script>" not in decided["report.html"]
    assert "### Approval" in decided["report.md"].decode()
    assert "<script>" not in decided["report.md"].decode()


def test_an_approved_rehearsal_that_people_reject_says_so_at_its_head(run):
    run.complete(rejected=False)
    outcome = {"state": "rejected", "by": [], "at": "2026-01-05T11:00:00Z", "reason": "nobody decided within 60 s"}
    put_json(run.store, "approval.json", {**RECORD, "outcome": outcome})

    text = render(load_run(run.store))["report.md"].decode()

    assert "The change was rejected by nobody: nobody decided within 60 s." in text.partition("###")[0]
    assert headline(load_run(run.store)).verdict == "REJECTED"


def test_a_report_does_not_change_while_people_look_at_it(run):
    run.complete(rejected=False)
    before = render(load_run(run.store))
    pending = {"state": "pending", "by": [], "at": None, "reason": ""}
    put_json(run.store, "approval.json", {**RECORD, "outcome": pending})

    assert render(load_run(run.store)) == before
