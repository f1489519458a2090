"""The page of a data product's rehearsal: what was decided and why comes first, every picture has a table, and foreign names are nothing but names."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from markdown_parts import without_code_spans
from page import Page
from sample_rehearsal import doubtful, figure, promise, rehearsed, touching

from twinstage.report.pipeline_markdown import pipeline_markdown
from twinstage.report.pipeline_page import PROMISES_SHOWN, pipeline_page

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(2)></title></style></svg>'
BIDI = "safe\u202egnp.exe\u2066\u200b"
CONTROLS = "a\x00b\x1b[31mc\x07\r\nd\ufffe\u2028"
MARKDOWN = "`` `|x` [click](https://evil.example) @everyone <b>x</b> ![i](http://e.example/i.png)\n# head"
TEMPLATE = "{{ 7 * 7 }}{% raw %}"
HOSTILE = pytest.mark.parametrize(
    "text", [SCRIPT, BIDI, CONTROLS, MARKDOWN, TEMPLATE], ids=["script", "bidi", "controls", "markdown", "template"]
)
BEYOND = figure("makespan p95", 500.0, 90.0, 110.0)


def page_of(**given: Any) -> Page:
    return Page(pipeline_page(rehearsed(**given), touching()))


def why(page: Page) -> str:
    return next(each.words() for each in page.every("div") if each.attributes.get("class") == "why")


def test_a_page_begins_with_the_verdict_and_why_and_how_to_run_it_again() -> None:
    page = page_of()

    assert page.every("h1")[0].words() == "✓APPROVED orders"
    assert why(page).startswith("Each of the 2 promises of the contract that were checked is kept.")
    assert "agrees with 6 executions that nothing was fitted from" in why(page)
    assert "twinstage twin rehearse orders" in [each.words() for each in page.every("pre")]


def test_a_broken_promise_is_why_it_is_rejected_and_stands_first() -> None:
    broken = promise("orders/unique", "2 rows share order_id", passed=False)
    page = page_of(verdict="REJECTED", quality=[promise("kept"), promise("unsaid", "in words", passed=None), broken])

    assert "1 promise of the contract is broken: orders/unique: 2 rows share order_id." in why(page)
    rows = page.section("promises").every("tbody")[0].every("tr")
    assert [row.every("th")[0].words() for row in rows] == ["orders/unique", "unsaid", "kept"]
    assert "1 broken, 1 not checked, 1 kept." in page.section("promises").words()


def test_a_warning_that_is_broken_is_shown_as_one_and_is_no_reason() -> None:
    page = page_of(quality=[promise("kept"), promise("soft", "odd", passed=False, severity="warning")])

    assert "soft" not in why(page)
    assert "broken warning only" in page.section("promises").words()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"comparison": {"agrees": False, "metrics": [BEYOND]}}, "Beyond the error that was stated: makespan p95."),
        (
            {"comparison": {"agrees": None, "reason": "1 execution", "metrics": []}},
            "Nothing was compared: 1 execution.",
        ),
        ({"comparison": {"agrees": False, "differences": ["Price 2 times"]}}, "took other ways"),
        ({"comparison": {"same_data": {"orders": False}}}, "left other rows in orders."),
        (
            {"isolation": {"calls": 3, "contained": False, "refused": ["s3:GetObject"], "outside": []}},
            "1 call of the twin's roles refused: s3:GetObject.",
        ),
    ],
)
def test_what_is_not_conclusive_says_what_is_in_doubt(given: dict[str, Any], reason: str) -> None:
    assert reason in why(page_of(verdict="INCONCLUSIVE", **given))


def test_each_figure_is_drawn_and_told_with_its_interval_and_errors() -> None:
    page = page_of(comparison={"metrics": [figure("makespan mean", 100.0, 90.0, 120.0), BEYOND], "agrees": False})
    section = page.section("stated")

    drawing = section.every("svg")[0]
    assert [each.attributes["class"] for each in drawing.every("rect")] == ["interval"] * 2
    assert [title.words() for title in drawing.every("g")[1].every("title")] == [
        "makespan p95: 500.0 ms recorded, 100.0 ms simulated, 90.0 to 110.0 ms stated"
    ]
    rows = [row.words() for row in section.every("tbody")[0].every("tr")]
    assert rows == [
        "makespan mean 100 105 90.0 to 120 15.0 % 5.0 % ✓within",
        "makespan p95 500 100 90.0 to 110 2.0 % 80.0 % ✗beyond",
    ]


def test_a_dot_lies_in_its_bar_where_the_figure_agrees_and_beside_it_where_not() -> None:
    metrics = [figure("in", 100.0, 90.0, 120.0), figure("out", 140.0, 90.0, 120.0)]
    drawing = page_of(comparison={"metrics": metrics, "agrees": False}).section("stated").every("svg")[0]
    within = []
    for row in drawing.every("g"):
        bar, dot = row.every("rect")[0].attributes, float(row.every("circle")[0].attributes["cx"])
        within.append(float(bar["x"]) <= dot <= float(bar["x"]) + float(bar["width"]))
    assert within == [True, False]


def test_a_dot_that_is_far_beyond_everything_is_an_arrow_at_the_edge() -> None:
    metrics = [figure("in", 100.0, 90.0, 120.0), figure("far", 90_000.0, 90.0, 120.0)]
    drawing = page_of(comparison={"metrics": metrics, "agrees": False}).section("stated").every("svg")[0]
    near, far = drawing.every("g")
    assert (len(near.every("circle")), len(near.every("path"))) == (1, 0)
    assert (len(far.every("circle")), len(far.every("path"))) == (0, 1)
    right = float(far.every("path")[0].attributes["d"].split()[0].removeprefix("M"))
    assert right <= float(drawing.attributes["viewbox"].split()[2])


def test_stages_are_told_as_recorded_and_as_simulated_with_the_bottleneck() -> None:
    section = page_of().section("stages")

    assert "In the executions, the bottleneck is orders: 50% of the time." in section.words()
    assert "In the simulation, there is no bottleneck" in section.words()
    recorded, simulated = (row.words() for row in section.every("tbody")[0].every("tr"))
    assert recorded == "orders Task recorded 6 10.0 20.0 50.0 % 1 orders 1"
    assert simulated == "simulated not visited"


def test_what_is_not_resolved_is_told_marked_in_the_drawing_and_in_the_tables() -> None:
    page = page_of()

    told = page.section("unresolved").words()
    assert "function:unknown orders is named, and described nowhere" in told
    assert "function:unknown orders writes table:orders, possibly" in told
    drawn = page.section("graph").every("svg")[0]
    assert sum("unresolved" in each.attributes["class"] for each in drawn.every("rect")) == 1
    assert sum("unresolved" in each.attributes["class"] for each in drawn.every("path")) == 1
    assert page.section("graph").every("table")[0].words().count("unresolved") == 1


def test_provenance_has_the_digest_of_everything_that_went_in() -> None:
    rows = {
        row.every("th")[0].words(): row.every("td")[0].words() for row in page_of().section("provenance").every("tr")
    }

    assert {"Contract", "Pipeline", "Snapshot", "Graph", "Seed of the simulation", "Tool"} <= rows.keys()
    assert rows["Contract"].startswith("orders sha256:")


def test_ids_are_unique_and_every_picture_and_table_has_a_name() -> None:
    page = page_of()

    ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    for drawing in page.every("svg"):
        assert set(drawing.attributes["aria-labelledby"].split()) <= set(ids)
    assert all(table.every("caption") for table in page.every("table"))
    links = [each.attributes["href"].removeprefix("#") for each in page.every("a")]
    assert set(links) <= set(ids)


def test_equal_results_give_equal_bytes_and_leave_the_result_as_it_was() -> None:
    document = rehearsed()
    before = copy.deepcopy(document)

    assert pipeline_page(document, touching()) == pipeline_page(rehearsed(), touching())
    assert pipeline_markdown(document, touching()) == pipeline_markdown(rehearsed(), touching())
    assert document == before


def test_a_contract_of_very_many_promises_is_cut_and_says_so() -> None:
    page = page_of(quality=[promise(f"p{n}") for n in range(PROMISES_SHOWN + 3)])

    assert "3 more promises not shown here" in page.section("promises").words()


@HOSTILE
def test_hostile_names_are_shown_as_what_they_are_and_nothing_runs(text: str) -> None:
    document = pipeline_page(doubtful(text), touching(text))
    page = Page(document)

    assert not [each.tag for each in page.elements if each.tag in ("script", "img", "b", "iframe", "form")]
    assert not [each for each in page.elements if any(name.startswith("on") for name in each.attributes)]
    assert all(href.startswith("#") for each in page.elements if (href := each.attributes.get("href")))
    policy = next(each.attributes["content"] for each in page.every("meta") if "http-equiv" in each.attributes)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    shown = document.decode()
    assert [each for each in shown if not (each.isprintable() or each == "\n")] == []
    assert "49" not in page.section("promises").words()


@HOSTILE
def test_hostile_names_make_no_markdown(text: str) -> None:
    shown = pipeline_markdown(doubtful(text), touching(text)).decode()

    assert [each for each in shown if not (each.isprintable() or each == "\n")] == []
    outside = without_code_spans(shown)
    assert "<" not in outside.replace("<!-- -->", "")
    assert "](" not in outside.replace("\\]", "")
    assert "@everyone" not in outside
    assert [line for line in shown.splitlines() if line.startswith("# ")] == []


def test_the_short_form_has_the_verdict_the_figures_and_what_is_not_resolved() -> None:
    shown = pipeline_markdown(rehearsed(), touching()).decode()

    assert shown.startswith("## APPROVED: orders\n\nEach of the 2 promises")
    assert "| makespan mean | 105 | 100 | 90.0 to 110 | 9.5 % | 4.8 % | within |" in shown
    assert "unresolved: 1 node, 1 edge." in shown
    assert "Bottleneck as recorded: `orders`, 50% of the time." in shown
