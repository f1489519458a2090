"""Names and values that were made to deceive: shown as what they are, never run, never hidden."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from markdown_parts import without_code_spans
from page import Page
from sample_exploration import case, explored, step, violation
from sample_run import bad_day, broken, change, change_call, finding, outcome, record

from twinstage.report import load_run, render
from twinstage.world.jsons import put_json

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
BIDI = "safe\u202egnp.exe\u2066"
CONTROLS = "a\x00b\x1b[31mc\x07\r\nd\ufffe\u200b\u2028"
MARKDOWN = "`` `|x` [click](https://evil.example) @everyone <b>x</b> ![i](http://e.example/i.png)\n# head"
TEMPLATE = "{{ 7 * 7 }}{% raw %}"


@pytest.fixture(
    params=[SCRIPT, BIDI, CONTROLS, MARKDOWN, TEMPLATE], ids=["script", "bidi", "controls", "markdown", "template"]
)
def hostile(request, run):
    """A run in which every text that anyone but us chose is hostile."""
    text = request.param
    run.complete(rejected=True)
    run.inputs(name=text, title=text)
    for arm in ("baseline", "candidate"):
        run.replay(
            arm,
            [
                outcome(
                    100,
                    [change_call(0, change("CREATE", record(text, "TXT", text)), error=text)],
                    event=text,
                    ended="error",
                    error=text,
                    message=text,
                )
            ],
            shard="hostile",
        )
    run.comparison(
        {
            "service": "route53",
            "zone": text,
            "key": f"{text} TXT",
            "kind": "changed",
            "baseline": text,
            "candidate": text,
        },
        {"service": "dynamodb", "table": text, "key": text, "kind": "added", "candidate": {"k": {"S": text}}},
    )
    first_one = broken("I3", "candidate")
    first_one["evidence"]["title"] = text
    first_one["evidence"]["first"] |= {
        "event": text,
        "function": text,
        "operation": text,
        "zone": text,
        "detail": text,
        "changes": [change("UPSERT", record(text, "TXT", text))],
        "chain": [text],
    }
    found = [first_one, finding(text, "evidence", text, passed=False), finding(text, text, text, passed=None)]
    run.judged("REJECTED", found, name=text)
    run.failure("Replay", text, text)
    named = {"case": text, "arm": text, "variant": text, "containers": [{"name": text, "functions": [text]}]}
    steps = [step(0, text, text, operation=text, outcome=text, changed=[text], breaks=[text], action=text)]
    put_json(
        run.store,
        "explore.json",
        explored(
            violations=[
                violation(invariant=text, title=text, detail=text, schedule=[text], trace=steps, command=text, **named)
            ],
            cases=[case(violated=[text], perturb={text: 1}, **named)],
            safe_lags=[{"unit": text, "largest": 1, "first_unsafe": 2, "upto": 3, "arm": text}],
            divergences=[text],
            missing=[text],
            gave_up=[{"task": text, "message": text}],
            variants=[{"variant": text, "title": text, "certified": False, "violated": [text], "as_expected": None}],
            only_candidate=[{"invariant": text, "case": text}],
            unanswered=[text],
        ),
    )
    return text, run.store


def test_html_shows_it_and_runs_nothing(hostile):
    text, store = hostile
    page = Page(render(load_run(store))["report.html"])
    assert {e.tag for e in page.elements}.isdisjoint({"script", "img", "b"})
    assert not [name for e in page.elements for name in e.attributes if name.startswith("on")]
    assert all(e.attributes["href"].startswith("#") for e in page.elements if "href" in e.attributes)
    shown = page.section("findings").text
    assert all(ord(c) >= 0x20 or c == "\n" for c in page.root.text)
    assert not set(page.root.text) & set("\u202e\u2066\u200b\u2028\ufffe")
    expected = {
        SCRIPT: SCRIPT,
        BIDI: r"safe\u{202e}gnp.exe\u{2066}",
        CONTROLS: r"a\u{0}b\u{1b}[31mc\u{7}\u{d}\u{a}d\u{fffe}\u{200b}\u{2028}",
        MARKDOWN: MARKDOWN.replace("\n", r"\u{a}"),
        TEMPLATE: TEMPLATE,
    }
    assert expected[text] in shown


def test_markdown_takes_it_for_text(hostile):
    _, store = hostile
    document = render(load_run(store))["report.md"].decode()
    assert all(c == "\n" or c.isprintable() for c in document)
    outside = without_code_spans(document)
    assert "<" not in outside.replace("<!-- -->", "").replace("<sub>", "").replace("</sub>", "")
    assert "](" not in outside.replace("\\]", "")
    assert "@everyone" not in outside
    assert "https://evil" not in outside
    headings = [line for line in document.splitlines() if line.startswith("#")]
    assert all(line.startswith(("## ", "### ")) for line in headings)


def test_junit_stays_xml(hostile):
    _, store = hostile
    root = ET.fromstring(render(load_run(store))["junit.xml"])  # noqa: S314 - our own output
    assert len(root.findall(".//testcase")) == 4


def test_half_a_character_that_no_encoding_can_carry_is_shown_as_an_escape(run):
    run.store.put("failure.json", rb'{"state": "Replay", "arm": null, "error": "x\ud800y", "cause": "z\udfffz"}')
    files = render(load_run(run.store))
    assert r"x\u{d800}y" in Page(files["report.html"]).section("glance").words()
    assert r"z\\u{dfff}z" in files["report.md"].decode()
    assert r"z\u{dfff}z" in files["junit.xml"].decode()


def test_no_value_is_without_end(run):
    run.complete(rejected=True)
    long = "x" * 1_000_000
    run.comparison(
        *(
            {"service": "route53", "zone": "z.", "key": f"{i}", "kind": "added", "candidate": record("n.", "TXT", long)}
            for i in range(300)
        )
    )
    run.judged("REJECTED", [finding("I3", "safety", long, passed=False, arm="candidate")])
    files = render(load_run(run.store))
    assert len(files["report.html"]) < 1_000_000
    assert len(files["report.md"]) < 65_536
    assert "more characters" in files["report.html"].decode()
    assert (
        "100 more differences not shown here; all are in" in Page(files["report.html"]).section("final-state").words()
    )


def test_a_control_character_in_a_replayed_value_stands_out(run):
    run.replay("baseline", [*bad_day(breaks=False)[:1], outcome(2, [], event="x\u202ey")])
    marked = [
        e for e in Page(render(load_run(run.store))["report.html"]).every("span") if e.attributes.get("class") == "esc"
    ]
    assert r"\u{202e}" in {element.words() for element in marked}
