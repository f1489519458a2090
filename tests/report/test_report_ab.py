"""The section on A/B: what differs beyond noise comes first, and what is noise is told as that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from markdown_parts import without_code_spans
from page import Element, Page

from tests.rehearse.comparing_arms import came_to, compared, item
from twinstage.report import load_run, render
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from twinstage.world.store import Store

HOSTILE = "<img src=x onerror=alert(1)>](http://x)|`@everyone\u202e"


def document(name: str = "k1", events: int = 200) -> dict[str, Any]:
    """A candidate that answers otherwise in one event, takes half as long again, and leaves an item behind; every response has an id."""
    arms = [
        [came_to(n, {"id": f"{arm}{n}", "state": "done"}, latency_ms=10 + n % 7 + arm) for n in range(events)]
        for arm in range(3)
    ]
    arms[2][3]["response"]["state"] = name
    for outcome in arms[2]:
        outcome["latency_ms"] *= 1.5
    found = compared(arms[0], arms[1], arms[2], ends=([item(name, None, {"a": {"S": "x"}})], [])).ab
    assert found is not None
    return dict(found)


def asked(store: Store, found: dict[str, Any] | None) -> Store:
    put_json(store, "input/scenario.json", {**get_json(store, "input/scenario.json"), "ab": {}})
    if found is not None:
        put_json(store, "ab.json", found)
    return store


def section(store: Store) -> Element:
    return Page(render(load_run(store))["report.html"]).section("ab")


def test_what_differs_beyond_noise_is_told_with_its_place_and_noise_as_noise(approved: Store) -> None:
    words = section(asked(approved, document())).words()
    assert "a second time, 200 events" in words
    assert "Of the places that differ, 1 differ beyond noise, 1 are noise." in words
    assert "/response/state another value ✗failed differs 1 0 first in e3" in words
    assert "/response/id another value ✓passed noise 200 200" in words
    assert "plans / there or not ✗failed differs 1 0 k1" in words
    assert words.index("/response/state") < words.index("/response/id")


def test_how_long_it_takes_is_told_with_an_interval(approved: Store) -> None:
    words = section(asked(approved, document())).words()
    assert "How many times as long the same event takes under the candidate; 1.2 is allowed" in words
    assert "slower" in words
    few = section(asked(approved, document(events=5))).words()
    assert "too few to bound" in few
    assert "?undecided too few" in few


def test_the_markdown_leaves_noise_out(approved: Store) -> None:
    text = render(load_run(asked(approved, document())))["report.md"].decode()
    assert "### Baseline, candidate, and the baseline once more" in text
    assert "| enactor | /response/state | another value | differs | 1 | 0 |" in text
    assert "/response/id" not in text


def test_nothing_is_shown_where_nothing_was_asked_and_the_arms_states_are_named_where_it_was(approved: Store) -> None:
    before = render(load_run(approved))
    assert b'id="ab"' not in before["report.html"]
    assert "ab.json" not in load_run(approved).absent
    model = load_run(asked(approved, None))
    assert "ab.json" in model.absent
    assert "Replay (repeat) not reached" in render(model)["report.md"].decode()


def test_an_arm_that_was_not_there_is_said_to_be_missing(approved: Store) -> None:
    found = compared([], [], [], ends=None, fidelity=None).ab
    assert found is not None
    assert section(asked(approved, dict(found))).words().count("Not reached.") == 2


@pytest.mark.parametrize("damage", ["responses", "latency", "repeat"])
def test_a_result_that_cannot_be_read_is_noted_and_the_rest_is_shown(approved: Store, damage: str) -> None:
    model = load_run(asked(approved, document() | {damage: 5}))
    assert [each.key for each in model.unreadable] == ["ab.json"]
    assert b"could not be read" in render(model)["report.html"]


def test_hostile_names_are_nothing_but_names(approved: Store) -> None:
    files = render(load_run(asked(approved, document(HOSTILE))))
    page = Page(files["report.html"])
    assert not [each.tag for each in page.elements if each.tag in ("script", "img")]
    assert "\u202e" not in files["report.html"].decode() + files["report.md"].decode()
    outside = without_code_spans(files["report.md"].decode())
    assert "<" not in outside.replace("<!-- -->", "").replace("<sub>", "").replace("</sub>", "")
    assert "@everyone" not in outside


def test_equal_results_give_equal_bytes(approved: Store) -> None:
    asked(approved, document())
    assert render(load_run(approved)) == render(load_run(approved))
