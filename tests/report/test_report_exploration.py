"""What a report says of other orders of the same calls: what was proven, how an invariant breaks, and the command that shows it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from page import Page
from sample_exploration import COMMAND, case, certified, explored, lag, step, violation

from twinstage.model.validation import schema_violations
from twinstage.report import load_run, render
from twinstage.report.exploration_page import exploration_html
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from page import Element

    from twinstage.world.store import Store


def with_exploration(store: Store, document: dict[str, Any]) -> dict[str, bytes]:
    put_json(store, "explore.json", document)
    return render(load_run(store))


def section(store: Store, document: dict[str, Any]) -> Element:
    return Page(with_exploration(store, document)["report.html"]).section("exploration")


def junit(files: dict[str, bytes]) -> ET.Element:
    return ET.fromstring(files["junit.xml"])  # noqa: S314 - our own output


@pytest.mark.parametrize("document", [explored(), certified()])
def test_the_samples_are_what_an_exploration_writes(document: dict[str, Any]) -> None:
    assert list(schema_violations("explore", document)) == []


def test_a_run_that_explored_nothing_says_nothing_of_it(rejected: Store) -> None:
    files = render(load_run(rejected))

    assert b"Other orders" not in files["report.html"] + files["report.md"]
    assert [suite.get("name") for suite in junit(files)].count("exploration") == 0


def test_a_certificate_counts_states_and_interleavings(approved: Store) -> None:
    files = with_exploration(approved, certified())
    words = Page(files["report.html"]).section("exploration").words()

    sentence = "any schedule of these calls can reach was reached (615 states, 3,676 interleavings)"
    assert sentence in words
    assert sentence in files["report.md"].decode()
    assert "everything holds at every lag up to 6 generations" in words


def test_a_certificate_names_the_cases_that_it_does_not_cover(approved: Store) -> None:
    open_ = case(case="recorded", violated=[], exhausted=False, states=200000)
    words = section(approved, certified() | {"cases": [case(case="two", certified=True, violated=[]), open_]}).words()

    assert "Certified in 1 case of 2: every state" in words
    assert "(615 states, 3,676 interleavings)" in words
    assert "Not exhausted: recorded, where nothing broke in 1,200 schedules." in words


def test_what_was_not_exhausted_is_no_certificate(approved: Store) -> None:
    document = explored(violations=[], cases=[case(violated=[], exhausted=False)], only_candidate=[])
    words = section(approved, document).words()

    assert "Certified" not in words
    assert "Not every state was reached, so this is no certificate." in words
    assert "nothing broke; not exhausted" in words


def test_what_was_exhausted_without_all_of_its_evidence_is_no_certificate_either(approved: Store) -> None:
    document = explored(violations=[], cases=[case(violated=[], exhausted=True)], divergences=["A, call 3"])
    words = section(approved, document).words()

    assert "Not all of the evidence is there, so this is no certificate." in words
    assert "Not every state was reached" not in words


def test_a_schedule_is_drawn_as_swim_lanes_in_its_order(rejected: Store) -> None:
    [drawing] = section(rejected, explored()).every("svg")
    dots = drawing.every("circle")
    left, right = dots[0].attributes["cx"], dots[1].attributes["cx"]

    assert [text.words() for text in drawing.every("text") if text.attributes["class"] == "lane"] == ["A", "B"]
    assert [dot.attributes["cx"] for dot in dots] == [left, right, left, left]
    assert [dot.attributes["class"] for dot in dots] == ["dot answered", "dot answered", "dot crash", "dot answered"]
    heights = [float(dot.attributes["cy"]) for dot in dots]
    assert heights == sorted(heights)
    # Time is in no lane: a line across all of them, between the crash and the call that breaks.
    [time] = [line for line in drawing.every("line") if line.attributes["class"] == "time"]
    assert heights[2] < float(time.attributes["y1"]) < heights[3]


def test_the_call_that_breaks_an_invariant_is_marked_and_no_other(rejected: Store) -> None:
    found = section(rejected, explored())
    [drawing] = found.every("svg")
    [bar] = [rect for rect in drawing.every("rect") if rect.attributes["class"] == "breaking"]
    breaking = drawing.every("circle")[-1]

    assert float(bar.attributes["y"]) < float(breaking.attributes["cy"]) < float(bar.attributes["y"]) + 24
    [row] = [row for row in found.every("tr") if row.attributes.get("class") == "broke"]
    assert "breaks I3" in row.words()
    assert "UPSERT api.example.com. A" in row.words()


def test_every_rendering_has_the_command_that_replays_the_schedule(rejected: Store) -> None:
    files = with_exploration(rejected, explored())
    [suite] = [s for s in junit(files) if s.get("name") == "exploration"]

    assert COMMAND in Page(files["report.html"]).section("exploration").words()
    assert COMMAND in files["report.md"].decode()
    assert [case.findtext("failure") for case in suite if case.find("failure") is not None] == [COMMAND]


def test_the_minimum_is_called_proven_only_where_it_is(rejected: Store) -> None:
    assert "no schedule has fewer" in section(rejected, explored()).words()
    assert "the fewest found" in section(rejected, explored(violations=[violation(minimal=False)])).words()


def test_production_was_so_many_delays_away(rejected: Store) -> None:
    assert "1 delay against what was recorded" in with_exploration(rejected, explored())["report.md"].decode()


def test_what_only_one_arm_breaks_is_told(rejected: Store) -> None:
    assert "the candidate alone breaks I3 (recorded)" in section(rejected, explored()).words()


def test_one_invariant_that_breaks_in_many_cases_is_told_once(rejected: Store) -> None:
    only = [{"invariant": "I1", "case": f"case-{n}", "variant": None} for n in range(9)]

    assert (
        "alone breaks I1 (case-0, case-1, case-2 and 6 more)."
        in section(rejected, explored(only_baseline=only)).words()
    )


def test_a_certificate_by_reduction_says_what_stands_for_every_schedule(approved: Store) -> None:
    reduction = {"executions": 31, "complete": True}
    reduced = case(
        case="wide", certified=True, violated=[], exhausted=False, certificate="reduction", reduction=reduction
    )
    words = section(approved, certified() | {"cases": [case(case="two", certified=True, violated=[]), reduced]}).words()
    assert "Certified: every state that any schedule of these calls can reach was reached (615 states" in words
    assert "In wide, every schedule of these calls is like one of 31 executions in whatever an invariant sees" in words
    assert "certified: 31 executions stand for every schedule, nothing breaks" in words


def test_the_safe_lag_is_the_last_that_holds_and_the_first_that_breaks(rejected: Store) -> None:
    words = section(rejected, explored()).words()

    assert "everything holds up to 1; at a lag of 2 generations an invariant breaks" in words


def test_a_call_that_nobody_answered_is_warned_of(rejected: Store) -> None:
    words = section(rejected, explored(unanswered=["s3 GetObject"])).words()

    assert "nobody answered s3 GetObject" in words


def test_events_that_are_no_part_of_any_case_are_warned_of(approved: Store) -> None:
    words = section(approved, certified() | {"left_out": [f"e-{n}" for n in range(1, 9)]}).words()

    assert "no part of what was explored: 8 recorded events (e-1, e-2, e-3, e-4, e-5 and 3 more)." in words


def test_why_an_exploration_may_not_be_believed_is_said_in_every_rendering(rejected: Store) -> None:
    files = with_exploration(
        rejected,
        explored(
            divergences=["container A, call 3: PutItem for GetItem"],
            missing=["explore-candidate-recorded"],
            gave_up=[{"task": "lag-candidate", "code": "CONTAINED_STALLED", "message": "A made no progress"}],
        ),
    )
    words = Page(files["report.html"]).section("exploration").words()

    for said in ("container A, call 3", "not explored: explore-candidate-recorded", "A made no progress"):
        assert said in words
    assert files["report.md"].decode().count("**Beware:**") == 3


def test_variants_are_told_with_whether_they_came_out_as_expected(approved: Store) -> None:
    variants = [
        {"variant": "recheck", "title": "Under the lock", "certified": True, "violated": [], "as_expected": True},
        {"variant": "no-lock", "title": "Without", "certified": False, "violated": ["I1", "I3"], "as_expected": False},
    ]
    words = section(approved, certified() | {"variants": variants}).words()

    assert "recheck Under the lock certified, as expected" in words
    assert "no-lock Without breaks I1 and I3, which was not expected" in words


def test_a_lag_that_could_not_be_exhausted_is_undecided_from_there_on(approved: Store) -> None:
    words = section(approved, explored(safe_lags=[lag(2, None, undecided=3)])).words()

    assert "up to 2 generations; beyond that it is undecided" in words


def test_what_the_baseline_breaks_comes_last_and_does_not_count(approved: Store) -> None:
    document = explored(violations=[violation(arm="baseline", counts=False), violation(invariant="I1")])
    files = with_exploration(approved, document)
    stories = [
        article.every("h3")[0].words() for article in Page(files["report.html"]).section("exploration").every("article")
    ]
    [suite] = [s for s in junit(files) if s.get("name") == "exploration"]

    assert [story.split()[0] for story in stories] == ["I1", "I3"]
    assert "shown, not counted" in stories[1]
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")


def test_more_steps_and_schedules_than_a_reader_looks_at_are_counted_not_shown(rejected: Store) -> None:
    long = violation(trace=[step(n, "AB"[n % 2], "_*" * 500) for n in range(5000)], schedule=["A", "B"] * 2500)
    document = explored(violations=[long] * 40)
    files = with_exploration(rejected, document)

    assert len(files["report.html"]) < 3_000_000
    assert len(files["report.md"]) < 65_536
    assert "4,800 earlier steps not shown" in Page(files["report.html"]).section("exploration").words()


@pytest.mark.parametrize("containers", [0, 40])
def test_what_cannot_be_drawn_is_still_told_step_by_step(rejected: Store, containers: int) -> None:
    lanes = [{"name": f"C{n}", "functions": []} for n in range(containers)]
    trace = [step(0, None, "", action="time")] if not containers else [step(n, f"C{n}", "x") for n in range(containers)]
    found = section(rejected, explored(violations=[violation(containers=lanes, trace=trace)]))

    assert found.every("svg") == []
    assert len(found.every("tbody")[-1].children) == len(trace)


def test_an_exploration_of_another_form_is_noted_and_the_rest_is_rendered(rejected: Store) -> None:
    model_words = Page(with_exploration(rejected, explored(violations=[{"no": "invariant"}]))["report.html"]).words()

    assert "explore.json" in model_words
    assert "How the invariants broke" in model_words


def test_a_scenario_that_explores_has_its_state_among_the_stages(rejected: Store) -> None:
    scenario = get_json(rejected, "input/scenario.json") | {"explore": {}}
    put_json(rejected, "input/scenario.json", scenario)

    missing = Page(render(load_run(rejected))["report.html"]).section("glance").words()
    put_json(rejected, "explore/certify.json", {})
    done = render(load_run(rejected))["report.md"].decode()

    assert "Explore not reached" in missing
    assert "Explore not reached" not in done


def test_an_exploration_by_itself_is_a_page_that_fetches_and_runs_nothing() -> None:
    text = '"><script>alert(1)</script>'
    document = explored(scenario=text, violations=[violation(title=text, command=text)])
    page = Page(exploration_html(document, text))

    [policy] = [e for e in page.every("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy.attributes["content"].startswith("default-src 'none'; style-src 'sha256-")
    assert {element.tag for element in page.elements}.isdisjoint({"script", "img", "link"})
    assert page.every("h1")[0].words() == f"✗REJECTED {text}"
    assert page.section("exploration").every("svg")
    assert exploration_html(document, text) == exploration_html(document, text)
