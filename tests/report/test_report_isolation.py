"""The section on isolation: what was shown, and whatever was not."""

from __future__ import annotations

from page import Page

from twinstage.report import load_run, render

TRIED = {"attempt": "scan a production table", "aim": "production", "call": "dynamodb.scan", "message": ""}
CALL = {
    "principal": "arn:aws:iam::2:role/x",
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::b/k",
    "why": "no policy",
}


def section(run):
    return Page(render(load_run(run.store))["report.html"]).section("isolation").words()


def markdown(run):
    return render(load_run(run.store))["report.md"].decode()


def test_every_claim_is_told_with_the_profile_that_was_proven(run):
    run.complete(rejected=False)
    words = section(run)
    assert "two-accounts" in words
    assert "Production is what it was before the rehearsal." in words
    assert "Production's account saw capture calls only." in words
    assert "1 of 1 attempted attack by an over-privileged role of the twin were refused." in words
    assert "proven isolated" in words
    assert "### Isolation" in markdown(run)


def test_an_attempt_that_came_through_is_named(run):
    run.complete(rejected=False)
    run.isolation(drill={"outcomes": [{**TRIED, "result": "succeeded", "error": ""}], "controls": []})
    assert "scan a production table" in section(run)
    assert "✗ 0 of 1" in markdown(run)
    assert "scan a production table" in markdown(run)


def test_a_drill_whose_role_can_do_nothing_at_all_proves_nothing(run):
    run.complete(rejected=False)
    refused = {**TRIED, "result": "refused", "error": "AccessDenied"}
    run.isolation(drill={"outcomes": [refused], "controls": [refused]})
    assert "? 1 of 1" in markdown(run)


def test_calls_that_should_not_have_been_made_and_calls_that_should_not_have_been_refused_are_listed(run):
    run.complete(rejected=False)
    run.isolation(
        production_saw={"capture_only": False, "others": [CALL]},
        own_calls_denied=[{**CALL, "action": "sqs:SendMessage"}],
    )
    words = section(run)
    assert "saw 1 other call than capture's" in words
    assert "s3:GetObject" in words
    assert "sqs:SendMessage" in words


def test_an_older_run_s_file_is_read_as_far_as_it_goes(run):
    run.complete(rejected=False)
    run.isolation(drill=None, audit=None, production_saw=None, own_calls_denied=None, production_unchanged=None)
    words = section(run)
    assert "No attack was tried." in words
    assert "Nobody compared production" in words


def test_what_a_resource_is_called_is_shown_and_never_run(run):
    run.complete(rejected=False)
    run.isolation(own_calls_denied=[{**CALL, "resource": "<script>alert(1)</script>"}])
    page = render(load_run(run.store))["report.html"].decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
