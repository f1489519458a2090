"""The report of a stress: what was decided and why comes first, every picture has a table, and foreign names are nothing but names."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from markdown_parts import without_code_spans
from page import Page
from sample_stress import stressed

from twinstage.model.validation import schema_violations
from twinstage.report import load_run, render
from twinstage.report.stress_page import render_stress
from twinstage.report.stress_words import seconds
from twinstage.world.jsons import put_json

if TYPE_CHECKING:
    from page import Element

    from twinstage.world.store import Store

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(2)></title></style></svg>'
BIDI = "safe\u202egnp.exe\u2066\u200b"
CONTROLS = "a\x00b\x1b[31mc\x07\r\nd\ufffe\u2028"
MARKDOWN = "`` `|x` [click](https://evil.example) @everyone <b>x</b> ![i](http://e.example/i.png)\n# head"
TEMPLATE = "{{ 7 * 7 }}{% raw %}"
HOSTILE = pytest.mark.parametrize(
    "text", [SCRIPT, BIDI, CONTROLS, MARKDOWN, TEMPLATE], ids=["script", "bidi", "controls", "markdown", "template"]
)


@cache
def usual() -> str:
    return json.dumps(stressed())


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(usual())
    return found


def page_of(result: dict[str, Any]) -> Page:
    return Page(render_stress(result)["report.html"])


def why(page: Page) -> str:
    return next(each.words() for each in page.every("div") if each.attributes.get("class") == "why")


def rows(page: Page, region: str) -> list[str]:
    table = next(each for each in page.every("div") if each.attributes.get("aria-label") == region)
    return [row.words() for row in table.every("tbody")[0].every("tr")]


def drawing(page: Page, title: str) -> Element:
    return next(each for each in page.every("svg") if each.every("title")[0].words() == title)


def test_the_result_is_of_its_form() -> None:
    assert schema_violations("stress", document()) == []


def test_a_page_begins_with_the_verdict_what_gave_way_and_how_to_do_it_again() -> None:
    page = page_of(document())

    assert page.every("h1")[0].words() in ("✓APPROVED plan", "?INCONCLUSIVE plan")
    assert "The lock plan/key gives way" in why(page)
    assert "twinstage stress plan" in [each.words() for each in page.every("pre")]


def test_baseline_and_candidate_stand_beside_each_other() -> None:
    glance = {row.split("plan/key")[0]: row for row in rows(page_of(document()), "The load at a glance")}

    assert glance["Bottleneck lock:"] == "Bottleneck lock:plan/key lock:plan/key"
    (knee,) = (row for row in glance if row.startswith("Knee"))
    assert knee.count("/s (") == 2


def test_the_knee_is_drawn_with_its_interval_where_the_diagnosis_has_it() -> None:
    result = document()
    chart = drawing(page_of(result), "Throughput against the offered rate")
    (band,) = (each.attributes for each in chart.every("rect"))
    mark = chart.every("line")[-1].attributes
    assert mark["class"] == "mark knee"
    assert float(band["x"]) <= float(mark["x1"]) <= float(band["x"]) + float(band["width"])
    levels = len(result["arms"]["candidate"]["load"]["levels"]) + len(result["arms"]["baseline"]["load"]["levels"])
    checked = sum(len(arm["confirming"]["levels"]) for arm in result["arms"].values())
    styles = [each.attributes["class"] for each in chart.every("circle")]
    legends = 2
    assert styles.count("confirm") == checked + legends
    assert styles.count("s0") + styles.count("s4") == levels + legends


def test_every_level_has_its_figures_and_the_run_that_confirmed_stands_with_them() -> None:
    result = document()
    told = rows(page_of(result), "Level by level, candidate")
    arm = result["arms"]["candidate"]
    assert len(told) == len(arm["load"]["levels"]) + len(arm["confirming"]["levels"])
    assert sum("confirming run" in row for row in told) == len(arm["confirming"]["levels"])


def test_limits_stand_in_the_order_in_which_they_bind_each_with_its_page_and_the_day_it_was_read() -> None:
    (row,) = rows(page_of(document()), "Limits of the account, candidate")
    assert row.startswith("route53.requests")
    assert "read on 20" in row
    assert "https://docs.aws.amazon.com/" in row


def test_the_capacity_plan_says_what_is_needed_what_it_costs_and_what_that_rests_on() -> None:
    page = page_of(document())
    assert any(row.startswith("concurrency") for row in rows(page, "Capacity, candidate"))
    assert any("write" in row for row in rows(page, "Cost, candidate"))
    assert "What this rests on" in page.section("stress").words()


def test_without_a_plan_or_thresholds_nothing_is_said_of_them() -> None:
    page = page_of(
        stressed(arms=("candidate",), level_s=2, capacity={"target_per_s": 1}, thresholds={}) | {"thresholds": []}
    )
    assert "What was asked of the load" not in page.words()
    result = document()
    for arm in result["arms"].values():
        arm["capacity"] = None
    assert "Capacity for" not in page_of(result).words()


def test_a_target_that_keeps_up_with_everything_has_no_knee_to_be_drawn() -> None:
    page = page_of(stressed(arms=("candidate",), service_s=0.0001, level_s=3))

    assert "No bottleneck in range" in why(page)
    assert "Bottleneck none in range" in rows(page, "The load at a glance")
    assert not drawing(page, "Throughput against the offered rate").every("rect")


def test_a_load_that_its_generator_spoilt_is_marked_as_no_evidence() -> None:
    result = stressed(level_s=2, reasons=("the generator was busy all the time",))
    page = page_of(result)

    assert result["verdict"] == "INCONCLUSIVE"
    assert "Beware: The load on the candidate is not valid: the generator was busy all the time" in page.words()
    assert "Result not valid not valid" in rows(page, "The generators")


def test_what_the_handler_took_is_told() -> None:
    page = page_of(stressed(arms=("candidate",), level_s=2))
    assert "The handler of plan took 48 MiB of memory at most." in page.words()
    assert any(row.startswith("plan processor time ") for row in rows(page, "Latency by operation"))


def test_an_arm_that_was_not_reached_is_missed() -> None:
    result = document()
    result["arms"]["baseline"] = None
    assert "Beware: The baseline was not stressed." in page_of(result).words()


def test_the_tail_of_both_arms_is_compared_level_by_level_where_that_was_done() -> None:
    usual = {"share": 0.99, "confidence": 0.95, "whenever_us": [None, None], "sentence": "said"}
    seen = {"quantile_us": {"baseline": 20_000, "candidate": 30_000}, "difference_us": [10_000, 5_000, 15_000]}
    result = document() | {
        "comparison": [
            {
                "level": 0,
                "rate_per_s": 10.0,
                "requests": {"baseline": 900, "candidate": 900},
                **seen,
                "verdict": "higher",
                **usual,
            },
            {
                "level": None,
                "rate_per_s": None,
                "requests": {"baseline": 9, "candidate": 9},
                "quantile_us": None,
                "difference_us": None,
                "verdict": "unknown",
                **usual | {"share": 0.5},
            },
        ]
    }
    assert schema_violations("stress", result) == []
    assert rows(page_of(result), "The candidate's tail against the baseline's") == [
        "10 /s 99 20 ms 30 ms 10 ms 5 ms to 15 ms higher",
        "whole run 50 — — too few requests not known",
    ]


def test_ids_are_unique_and_every_picture_and_table_has_a_name() -> None:
    page = page_of(document())

    ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    for each in page.every("svg"):
        assert set(each.attributes["aria-labelledby"].split()) <= set(ids)
    assert all(table.every("caption") for table in page.every("table"))
    links = [each.attributes["href"].removeprefix("#") for each in page.every("a")]
    assert set(links) <= set(ids)


def test_nothing_is_drawn_beyond_its_panel() -> None:
    for chart in page_of(document()).every("svg"):
        _, _, width, height = map(float, chart.attributes["viewbox"].split())
        for circle in chart.every("circle"):
            assert 0 <= float(circle.attributes["cx"]) <= width
            assert 0 <= float(circle.attributes["cy"]) <= height


def test_a_long_load_is_drawn_to_its_end() -> None:
    result = document()
    load = result["arms"]["candidate"]["load"]
    width = load["windows"][0]["width_us"]
    load["windows"] = [load["windows"][0] | {"begin_us": at * width} for at in range(512)]
    load["duration_us"] = 512 * width
    paths = [
        each.attributes["d"]
        for each in drawing(page_of(result), "Requests a second over time, candidate").every("path")
    ]
    ends = {float(re.findall(r"[\d.]+", path)[-2]) for path in paths}
    assert len(paths) == 4
    assert all(re.fullmatch(r"[MLhZ\d. -]+", path) for path in paths)
    assert min(ends) > 920, "where the last window lies, of 976"


def test_a_long_name_stays_within_the_drawing_and_stands_whole_in_the_table() -> None:
    result = document()
    name = "partition:" + "n" * 90
    for load in [arm["load"] for arm in result["arms"].values()]:
        for resources in [load["resources"], *(level["resources"] for level in load["levels"])]:
            resources.update(dict.fromkeys([name], next(iter(resources.values()))) if resources else {})
    page = page_of(result)
    drawn = drawing(page, "The share of its capacity that was used of each resource")
    assert all(len(each.words()) <= 46 for each in drawn.every("text")), [each.text for each in drawn.every("text")]
    assert name in page.root.text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "—"),
        (0, "0 s"),
        (850e-6, "850 µs"),
        (0.9999, "1 s"),
        (119, "119 s"),
        (240, "4 min"),
        (63_600, "1,060 min"),
    ],
)
def test_a_time_reads_in_the_unit_that_suits_it(value: float | None, said: str) -> None:
    assert seconds(value) == said


def test_equal_results_give_equal_bytes_and_leave_the_result_as_it_was() -> None:
    result = document()
    before = copy.deepcopy(result)
    assert render_stress(result) == render_stress(document())
    assert result == before


def test_every_threshold_is_a_test_case_and_what_is_missed_a_failure() -> None:
    files = render_stress(stressed(level_s=3, thresholds={"knee_per_s": {"at_least": 80}}))
    suite = ET.fromstring(files["junit.xml"])[0]  # noqa: S314 - our own output
    assert suite.get("name") == "stress"
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["stress-knee (candidate)"]
    (run,) = json.loads(files["results.sarif"])["runs"]
    errors = [each["ruleId"] for each in run["results"] if each["level"] == "error"]
    assert errors == ["performance/stress-knee"]


def test_the_report_of_a_rehearsal_has_it_as_a_section(approved: Store) -> None:
    assert "stress-knee" not in render(load_run(approved))["report.html"].decode()
    put_json(approved, "stress.json", document())
    files = render(load_run(approved))
    page = Page(files["report.html"])
    assert "#stress" in [each.attributes.get("href") for each in page.every("a")]
    assert drawing(page, "Throughput against the offered rate")
    assert "### Load, bottleneck and capacity" in files["report.md"].decode()


@pytest.mark.parametrize("damage", ["diagnosis", "load", "capacity", "arms"])
def test_a_result_that_cannot_be_read_is_noted_and_the_rest_is_shown(approved: Store, damage: str) -> None:
    result = document()
    if damage == "arms":
        result["arms"] = 5
    else:
        result["arms"]["candidate"][damage] = {"schema": "nothing"}
    put_json(approved, "stress.json", result)
    model = load_run(approved)
    assert [each.key for each in model.unreadable] == ["stress.json"]
    assert b"could not be read" in render(model)["report.html"]


@HOSTILE
def test_hostile_names_are_shown_as_what_they_are_and_nothing_runs(text: str) -> None:
    files = render_stress(stressed(text, level_s=1))
    page = Page(files["report.html"])

    assert not [each.tag for each in page.elements if each.tag in ("script", "img", "b", "iframe", "form")]
    assert not [each for each in page.elements if any(name.startswith("on") for name in each.attributes)]
    assert all(href.startswith("#") for each in page.elements if (href := each.attributes.get("href")))
    policy = next(each.attributes["content"] for each in page.every("meta") if "http-equiv" in each.attributes)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for content in files.values():
        shown = content.decode()
        assert [each for each in shown if not (each.isprintable() or each == "\n")] == []
    outside = without_code_spans(files["report.md"].decode())
    assert "<" not in outside.replace("<!-- -->", "")
    assert "](" not in outside.replace("\\]", "")
    assert "@everyone" not in outside
    ET.fromstring(files["junit.xml"])  # noqa: S314 - our own output
    json.loads(files["results.sarif"])
