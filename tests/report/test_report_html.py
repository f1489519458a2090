"""report.html: where people decide."""

from __future__ import annotations

import itertools
import re
from importlib import resources

import pytest
from page import Page
from sample_run import TITLES, finding

from twinstage.report import load_run, render
from twinstage.world.jsons import get_json


def page_of(store) -> Page:
    return Page(render(load_run(store))["report.html"])


RUNS = ["approved", "rejected", "half_way", "store"]


def test_the_verdict_comes_first_then_why_then_the_command_that_repeats_it(rejected):
    words = page_of(rejected).words()
    order = [
        "REJECTED The freshness check moves back to the start",
        (
            f"The candidate breaks I3 ({TITLES['I3']}), then I1 ({TITLES['I1']}): "
            "first at event enactor-a-late in enactor, at call 1 (ChangeResourceRecordSets)."
        ),
        "twinstage rehearse enactor-stale-plan --local",
        "At a glance",
        "Findings",
        "How the invariants broke",
    ]
    places = [words.index(part) for part in order]
    assert places == sorted(places)


def test_an_approval_says_what_the_baseline_breaks_and_the_candidate_does_not(approved):
    words = page_of(approved).every("header")[0].words()
    assert "APPROVED" in words
    assert "All 8 checks that bear on the verdict passed." in words
    assert "Under the same events the baseline breaks I3 and I1; the candidate does not." in words


@pytest.mark.parametrize("name", ["approved", "rejected", "half_way"])
def test_every_finding_is_shown_with_its_result_and_its_message(name, request):
    store = request.getfixturevalue(name)
    findings = page_of(store).section("findings").words()
    for found in get_json(store, "findings.json")["findings"]:
        word = {True: "passed", False: "failed", None: "undecided"}[found["passed"]]
        counted = "" if found["counts"] else " shown, not counted"
        assert f"{word}{counted} {found['message']}" in findings
        assert found["check"] in findings


def test_a_title_beside_a_finding_is_not_repeated_in_its_message(run):
    message = f"{TITLES['I2']}: held after each of 12 record changes"
    run.judged("APPROVED", [finding("I2", "safety", message, arm="candidate", evidence={"title": TITLES["I2"]})])
    row = page_of(run.store).section("findings").words()
    assert row.count(TITLES["I2"]) == 1
    assert "held after each of 12 record changes" in row


def test_a_broken_invariant_is_told_with_its_event_its_call_and_the_changes_before_it(rejected):
    stories = page_of(rejected).every("article")
    assert [story.every("h3")[0].words() for story in stories] == [
        f"I3 in the candidate: {TITLES['I3']}",
        f"I1 in the candidate: {TITLES['I1']}",
    ]
    late, cleaned = (story.words() for story in stories)
    assert "gen.api.example.com. went from 13 back to 11" in late
    # The newest accepted writes of the same name come before the one that broke it, which is marked.
    assert late.index('gen.api.example.com. TXT 60 "13"') < late.index("Broke I3")
    assert "call by call (2 calls)" in late
    assert cleaned.index("api.example.com. A alias of plan-11.tree") < cleaned.index("Broke I1")
    assert "DELETE plan-11.tree.api.example.com. A 60 192.0.2.11, 192.0.2.12" in cleaned


def test_the_arms_stand_side_by_side(rejected):
    glance = page_of(rejected).section("glance").words()
    assert "Invariants broken none I3 and I1" in glance
    assert "Events replayed 10 10" in glance
    assert "ended as recorded 9 10" in glance
    assert "The final states differ in 2 places. 1 event ended differently in the two arms." in glance


def test_each_event_shows_what_was_recorded_and_how_it_ended_in_each_arm(rejected):
    rows = page_of(rejected).section("replay").every("tr")
    last = next(row.words() for row in rows if "event-0010" in row.words())
    assert "error InvalidChangeBatch success not as recorded 2 calls" in last
    assert "error InvalidChangeBatch 2 calls, 1 refused" in last
    assert "the target was not found" in last
    assert 'enactor {"endpoint": "api", "plan": 15}' in last


def test_an_event_whose_calls_nobody_knows_says_so(run):
    line = run.bad_day(breaks=False)[0] | {"outcome": "unknown", "calls": None, "message": "interrupted"}
    run.replay("baseline", [line])
    replay = page_of(run.store).section("replay").words()
    assert "unknown not as recorded calls not known" in replay
    assert "Nobody knows which calls 1 event made in the baseline." in replay


def test_the_timeline_has_a_lane_an_arm_marks_the_break_and_has_its_figures_in_a_table(rejected):
    timeline = page_of(rejected).section("timeline")
    (drawing,) = timeline.every("svg")
    labels = [text.words() for text in drawing.every("text")]
    assert labels.index("baseline") < labels.index("candidate") < labels.index("I3") < labels.index("I1")
    assert drawing.attributes["role"] == "img"
    assert drawing.every("title")[0].words()
    assert drawing.every("desc")[0].words()
    bars = [title.words() for title in drawing.every("title")]
    assert "Event 10: 2 calls, 1 failed; 1 event not as recorded" not in bars  # as recorded, in the candidate
    assert "Event 10: 2 calls, 0 failed; 1 event not as recorded" in bars
    rows = [row.words() for row in timeline.every("tbody")[0].every("tr")]
    assert rows[2] == "3 2025-10-20T06:00:03Z 2 1 0 2 1 0"


def test_substitutions_are_listed_with_their_reasons(approved):
    fidelity = page_of(approved).section("fidelity").words()
    assert "the target lies out of the zone: a twin must not resolve to production" in fidelity
    assert "Environment.PAGER_KEY" in fidelity
    assert "the same in both arms" in fidelity
    assert "24 record sets" in fidelity


def test_final_state_differences_show_both_values(rejected):
    final = page_of(rejected).section("final-state").words()
    assert 'changed route53 example.com. gen.api.example.com. TXT 60 "13" 60 "11"' in final
    assert 'removed dynamodb plans api {"endpoint": {"S": "api"}, "generation": {"N": "13"}} absent' in final


def test_performance_compares_the_arms(approved):
    performance = page_of(approved).section("performance").words()
    assert "95th percentile 31.5 34.5 +10 %" in performance
    assert "route53 ChangeResourceRecordSets 15 2 12.1 14.9 15 2 12.1 14.9" in performance


def test_provenance_names_every_digest(approved):
    provenance = page_of(approved).section("provenance").words()
    verdict = get_json(approved, "verdict.json")
    code = [value for functions in verdict["code"].values() for value in functions.values()]
    for value in (verdict["snapshot"], verdict["events"], "sample-1", "2026-11-22T08:00:11Z", *code):
        assert value in provenance


def test_a_run_of_one_arm_is_not_shown_as_if_the_other_had_failed(run):
    run.inputs(changed=False)
    run.fidelity("baseline")
    run.replay("baseline", run.bad_day(breaks=False))
    run.capture("baseline", "baseline")
    run.judged("APPROVED", [finding("fidelity", "evidence", "the twin equals the snapshot", arm="baseline")])
    page = page_of(run.store)
    for section in ("glance", "findings", "timeline", "replay", "fidelity", "final-state", "performance"):
        assert "candidate" not in page.section(section).words().lower()
    assert "Only one arm was rehearsed" in page.section("final-state").words()


@pytest.mark.parametrize("name", RUNS)
def test_the_page_fetches_nothing_and_runs_nothing(name, request):
    page = page_of(request.getfixturevalue(name))
    tags = {element.tag for element in page.elements}
    assert tags.isdisjoint({"script", "iframe", "object", "embed", "link", "base", "img", "form"})
    for element in page.elements:
        for attribute, value in element.attributes.items():
            assert not attribute.startswith("on"), (element.tag, attribute)
            assert attribute != "style", element.tag
            assert attribute not in {"src", "srcset", "action", "xlink:href", "data"}, element.tag
            assert attribute != "href" or value.startswith("#"), value
    (policy,) = [e for e in page.every("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy.attributes["content"].startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in page.every("style")[0].text
    assert "@import" not in page.every("style")[0].text


@pytest.mark.parametrize("name", RUNS)
def test_the_page_can_be_read_by_anyone(name, request):
    page = page_of(request.getfixturevalue(name))
    assert page.every("html")[0].attributes["lang"] == "en"
    assert {"header", "nav", "main", "footer"} <= {element.tag for element in page.elements}
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for table in page.every("table"):
        assert table.every("caption")
        assert all("scope" in header.attributes for header in table.every("th"))
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    links = [e.attributes["href"][1:] for e in page.elements if "href" in e.attributes]
    named = [name for e in page.elements for name in e.attributes.get("aria-labelledby", "").split()]
    assert {*links, *named} <= set(ids)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_background(scheme):
    css = resources.files("twinstage.report").joinpath("templates", "report.css").read_text()
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", css.split(":root")[1 + scheme]))
    for background in ("paper", "panel", "broke"):
        for ink in ("ink", "muted", "link", "good", "bad", "open"):
            assert contrast(colours[ink], colours[background]) >= 4.5, (ink, background)
    assert contrast(colours["bar"], colours["paper"]) >= 3


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
