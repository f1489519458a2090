"""The section on the way back: from where it was tried, what fails with the command that shows it, and until when resolvers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from markdown_parts import without_code_spans
from page import Element, Page

from tests.rehearse.going_back import alias, batch, inputs, records, rolled_back, scenario
from tests.state.memory_zones import rr
from twinstage.report import load_run, render
from twinstage.report.rollback_page import rollback_html
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.world.store import Store

HOSTILE = "<img src=x onerror=alert(1)>](http://x)|`@everyone\u202e"


@pytest.fixture
def wedged(tmp_path: Path) -> dict[str, Any]:
    """The tree that would be gone back to is removed on the day."""
    trees = [rr(f"tree-{n}.ex.test.", "A", f"192.0.2.{n}", ttl=3600) for n in (1, 2)]
    change = {"steps": [records(1, ("UPSERT", alias("www.ex.test.", "tree-2.ex.test.")))]}
    day = (batch("e1", 0, ("UPSERT", rr("api.ex.test.", "A", "192.0.2.7"))), batch("e2", 10, ("DELETE", trees[0])))
    before = [*trees, alias("www.ex.test.", "tree-1.ex.test.")]
    return rolled_back(inputs(tmp_path / "code", scenario(change), *before, events=day))


def asked(store: Store, found: dict[str, Any] | None) -> Store:
    put_json(store, "input/scenario.json", {**get_json(store, "input/scenario.json"), "rollback": {}})
    if found is not None:
        put_json(store, "rollback.json", found)
    return store


def section(store: Store) -> Element:
    return Page(render(load_run(store))["report.html"]).section("rollback")


def test_what_fails_is_told_with_its_place_and_its_command(approved: Store, wedged: dict[str, Any]) -> None:
    words = section(asked(approved, wedged)).words()

    assert "undo-ex.test.: records of ex.test.: UPSERT www.ex.test." in words
    assert "recorded: from 3 states (on the recorded path, 3 worlds): something breaks from 1" in words
    assert "twinstage rollback going-back --from e2:1" in words
    assert "InvalidChangeBatch" in words
    assert "resolvers may answer www.ex.test. A with 192.0.2.2 for 3660 s after it" in words


def test_the_recorded_path_is_told_in_stretches_of_one_result(approved: Store, wedged: dict[str, Any]) -> None:
    words = section(asked(approved, wedged)).words()

    assert "change-records-1 1 route53 ChangeResourceRecordSets nothing breaks" in words
    assert "calls, restored" in words


def test_the_markdown_tells_what_counts(approved: Store, wedged: dict[str, Any]) -> None:
    text = render(load_run(asked(approved, wedged)))["report.md"].decode()

    assert "### The way back" in text
    assert "| calls | recorded | 1 |" in text


def test_a_way_back_that_was_asked_for_and_never_tried_is_a_state_that_was_not_reached(approved: Store) -> None:
    model = load_run(asked(approved, None))

    assert model.way_back is None
    assert b'id="rollback"' not in render(model)["report.html"]
    assert "Rollback" in Page(render(model)["report.html"]).section("glance").words()


def test_foreign_names_are_nothing_but_names(approved: Store, wedged: dict[str, Any]) -> None:
    wedged["failures"][0] |= {"detail": HOSTILE, "command": HOSTILE, "case": HOSTILE}
    wedged["path"][0] |= {"event": HOSTILE, "what": HOSTILE}
    pages = render(load_run(asked(approved, wedged)))

    for page in (pages["report.html"], rollback_html(wedged, HOSTILE)):
        assert b"<img src=x" not in page
        assert "\u202e".encode() not in page
    assert "<img" not in without_code_spans(pages["report.md"].decode())
