"""The story of a broken invariant: what a reader needs to see why it broke, and nothing beside it."""

from __future__ import annotations

import pytest
from page import Page
from sample_run import alias, bad_day, broken, change, change_call, finding, outcome, record

from twinstage.report import load_run, render

LOCK = record("lock.example.com.", "TXT", '"a 1760940000"')
FENCE = [change("DELETE", LOCK), change("CREATE", LOCK)]


def stories_of(run, *findings) -> list[str]:
    run.judged("REJECTED", list(findings))
    return [article.words() for article in Page(render(load_run(run.store))["report.html"]).every("article")]


def violation(changes, *, seq=9, call=0, check="I1"):
    document = broken(check, "candidate")
    document["evidence"]["first"] |= {"event": "breaking", "seq": seq, "call": call, "changes": changes}
    return document


def test_a_fence_that_leaves_its_record_as_it_was_links_no_writes(run):
    flip = change("UPSERT", alias("api.example.com.", "plan-13.example.com."))
    run.replay(
        "candidate",
        [
            outcome(1, [change_call(0, *FENCE, change("UPSERT", record("other.example.com.", "A", "192.0.2.9")))]),
            outcome(2, [change_call(0, *FENCE, flip)]),
        ],
    )
    breaking = [*FENCE, change("UPSERT", alias("api.example.com.", "plan-11.example.com."))]
    (story,) = stories_of(run, violation(breaking))
    assert "other.example.com." not in story
    assert "UPSERT api.example.com. A alias of plan-13.example.com. and 2 more changes" in story


def test_refused_writes_and_later_ones_are_no_part_of_the_way_there(run):
    name = "api.example.com."
    run.replay(
        "candidate",
        [
            outcome(7, [change_call(0, change("UPSERT", record(name, "A", "192.0.2.7")), error="InvalidChangeBatch")]),
            outcome(8, [change_call(0, change("UPSERT", record(name, "A", "192.0.2.8")))]),
            outcome(9, [change_call(0, change("DELETE", record(name, "A", "192.0.2.8")))], event="breaking"),
            outcome(10, [change_call(0, change("UPSERT", record(name, "A", "192.0.2.10")))]),
        ],
    )
    (story,) = stories_of(run, violation([change("DELETE", record(name, "A", "192.0.2.8"))]))
    assert "60 192.0.2.8" in story
    assert "192.0.2.7" not in story
    assert "192.0.2.10" not in story


def test_only_the_latest_of_many_writes_are_told(run):
    name = "Api.Example.com"
    writes = [
        outcome(seq, [change_call(0, change("UPSERT", record(name, "A", f"192.0.2.{seq}")))]) for seq in range(200)
    ]
    run.replay("candidate", writes)
    (story,) = stories_of(run, violation([change("DELETE", record("api.example.com.", "A", "203.0.113.1"))], seq=200))
    assert [seq for seq in range(200) if f"60 192.0.2.{seq} " in story] == [*range(192, 200)]


def test_invariants_that_break_at_one_call_are_told_together(run):
    run.replay("candidate", bad_day(breaks=True))
    stories = stories_of(run, broken("I3", "candidate"), broken("I1", "candidate"), broken("I2", "candidate"))
    assert len(stories) == 2
    assert stories[1].startswith("I1, I2 in the candidate")
    assert "Broke I1, I2" in stories[1]
    document = render(load_run(run.store))["report.md"].decode()
    assert "**I1** (Every customer name resolves to at least one address) and **I2** (" in document


def test_a_long_event_keeps_the_call_that_broke_it(run):
    name = "api.example.com."
    calls = [change_call(n, change("UPSERT", record(name, "A", f"198.51.100.{n % 256}"))) for n in range(500)]
    run.replay("candidate", [outcome(9, calls, event="breaking")])
    (story,) = stories_of(run, violation([change("DELETE", record(name, "A", "192.0.2.1"))], call=400))
    assert "(500 calls)" in story
    assert "440 calls not shown" in story
    assert "broke I1" in story


def test_a_recorded_change_batch_has_no_function(run):
    document = violation([change("DELETE", record("api.example.com.", "A", "192.0.2.1"))])
    document["evidence"]["first"]["function"] = None
    (story,) = stories_of(run, document)
    assert "Function none: a recorded change batch" in story


def test_a_violation_without_a_first_one_is_still_told(run):
    document = broken("I1", "candidate")
    document["evidence"]["first"] = None
    (story,) = stories_of(run, document)
    assert "The evidence holds no first violation." in story


@pytest.mark.parametrize("link", ["the late flip", {"event": "e1", "call": 3, "detail": "the late flip"}])
def test_the_chain_that_led_to_a_violation_is_told_in_its_own_words(run, link):
    document = broken("I1", "candidate")
    document["evidence"]["first"]["chain"] = [link]
    (story,) = stories_of(run, document)
    assert "What led there" in story
    assert "the late flip" in story


def test_what_a_finding_lists_as_its_evidence_can_be_opened(run):
    entries = [{"event": f"us-{i}", "seq": i, "baseline": "success", "candidate": "error"} for i in range(60)]
    failed = finding(
        "no-new-failures", "consistency", "60 fail", passed=False, arm="candidate", evidence={"new": entries}
    )
    run.judged("REJECTED", [failed])
    findings = Page(render(load_run(run.store))["report.html"]).section("findings").words()
    assert "New (60) event us-0, baseline success, candidate error, seq 0" in findings
    assert "and 10 more in findings.json" in findings
