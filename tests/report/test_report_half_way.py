"""A run that failed half-way: what was not reached is said, never hidden, and nothing crashes."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from page import Page

from twinstage.model.errors import AwsError
from twinstage.report import load_run, render


def test_the_state_that_failed_is_named_with_its_cause(half_way):
    page = Page(render(load_run(half_way))["report.html"])
    header = page.every("header")[0].words()
    assert "INCONCLUSIVE" in header
    assert (
        "The state VerifyFidelity failed in the candidate arm: the twin differs from the snapshot in 1 places."
        in header
    )
    assert "States.TaskFailed" in page.section("glance").words()


def test_each_stage_says_whether_it_was_reached(half_way):
    glance = Page(render(load_run(half_way))["report.html"]).section("glance").words()
    assert "Prepare done" in glance
    assert "Replay baseline done" in glance
    assert "VerifyFidelity candidate failed" in glance
    assert "Replay candidate not reached" in glance
    assert "Invariants broken not judged not judged" in glance


def test_each_part_that_is_missing_names_its_result(half_way):
    page = Page(render(load_run(half_way))["report.html"])
    assert "Not reached. replay/candidate/ was not written." in page.section("replay").words()
    assert "Not reached. capture/candidate.json was not written." in page.section("final-state").words()
    assert "Not reached. comparison.json was not written." in page.section("final-state").words()
    assert "Not reached. performance.json was not written." in page.section("performance").words()
    differences = page.section("fidelity").words()
    assert "removed route53 example.com. www.example.com. A" in differences


def test_a_run_that_left_nothing_has_a_report_without_a_verdict(store):
    files = render(load_run(store))
    page = Page(files["report.html"])
    assert "No verdict was written, so nothing is proven either way." in page.every("header")[0].words()
    assert "Not reached. findings.json was not written." in page.section("findings").words()
    assert "verdict.json" in page.section("provenance").words()
    assert ET.fromstring(files["junit.xml"]).find(".//error").get("type") == "not reached"  # noqa: S314 - our own output


EVERY = ["input/scenario.json", "input/events.jsonl", "verdict.json", "findings.json", "fidelity/candidate.json"]
EVERY += ["capture/candidate.json", "comparison.json", "performance.json", "manifest.json", "isolation.json"]
EVERY += ["failure.json", "cleanup.json", "replay/candidate/0/1.jsonl"]


@pytest.mark.parametrize("key", EVERY)
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b'"text"', b"null", b'{"findings": 7, "differences": {}}', b"\xff"]
)
def test_a_result_that_cannot_be_read_is_named_and_the_rest_is_shown(rejected, key, content):
    rejected.put(key, content)
    files = render(load_run(rejected))
    page = Page(files["report.html"])
    # What has no promise to break (an empty list of lines, a null) or any form at all is not a fault.
    unreadable = load_run(rejected).unreadable
    assert all(place.key == key for place in unreadable)
    if unreadable:
        assert key in page.section("provenance").words()
        assert "could not be read; see Provenance." in page.every("header")[0].words()
    assert "Timeline of calls" in page.words()


def test_evidence_of_another_form_costs_its_story_only(run):
    run.complete(rejected=True)
    findings = list(run.evidence())
    findings.append(
        {"check": "I9", "criterion": "safety", "arm": "candidate", "passed": False, "counts": True, "message": "m"}
        | {"evidence": {"title": "t", "violations": "many", "first": {"seq": "later"}}}
    )
    run.judged("REJECTED", findings)
    page = Page(render(load_run(run.store))["report.html"])
    assert "I9" in page.section("findings").words()
    assert "findings.json" in page.section("provenance").words()


def test_a_verdict_that_its_findings_do_not_add_up_to_is_not_passed_over(run):
    run.complete(rejected=True)
    run.judged("APPROVED", [{**f, "passed": False} for f in run.evidence()])
    header = Page(render(load_run(run.store))["report.html"]).every("header")[0].words()
    assert "verdict.json says APPROVED, but its findings add up to INCONCLUSIVE." in header


def test_two_outcomes_of_one_event_are_counted_once_and_said(run):
    run.complete(rejected=True)
    run.replay("baseline", run.bad_day(breaks=False)[:2], shard="again")
    model = load_run(run.store)
    assert model.arms[0].replay.events == 10
    header = Page(render(model)["report.html"]).every("header")[0].words()
    assert "2 events have a further outcome" in header


def test_a_store_that_cannot_be_asked_is_an_error_not_an_absence(rejected):
    class Denied:
        """The same results behind a store that refuses one of them."""

        def get(self, key: str) -> bytes:
            if key == "verdict.json":
                raise AwsError("s3", "GetObject", "AccessDenied", "no")
            return rejected.get(key)

        def put(self, key: str, data: bytes) -> None:
            rejected.put(key, data)

        def exists(self, key: str) -> bool:
            return rejected.exists(key)

        def list(self, prefix: str):
            return rejected.list(prefix)

    with pytest.raises(AwsError, match="AccessDenied"):
        load_run(Denied())
