"""The pages that people decide by, in a real browser: readable by everybody, in light and dark, with nothing in the console and nothing asked of anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sample_exploration import certified, explored
from sample_rehearsal import doubtful, rehearsed, touching
from sample_stress import stressed
from test_report_approval import RECORD

from tests.browser import Seen, chromium
from twinstage.report import load_run, render
from twinstage.report.exploration_page import exploration_html
from twinstage.report.pipeline_page import pipeline_page
from twinstage.report.stress import Stress
from twinstage.report.stress_page import stress_page
from twinstage.world.jsons import put_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from twinstage.world.store import Store

IMPACT = {
    "schema": "twinstage:change-impact:1",
    "scenario": "sample",
    "changed": ["enactor"],
    "zones": {"example.": "Z1"},
    "downstream": [
        {
            "kind": "record",
            "name": "zone example.: api.example. A",
            "steps": 1,
            "because": "enactor writes it",
            "calls": 3,
        },
        {
            "kind": "function",
            "name": "cleaner",
            "steps": 2,
            "because": "reads zone example.: api.example. A",
            "calls": 2,
        },
        {
            "kind": "invariant",
            "name": "I1",
            "steps": 2,
            "because": "speaks of zone example.: api.example. A",
            "calls": None,
        },
    ],
    "more_downstream": 0,
    "service_levels": [{"invariant": "I1", "title": "every name answers", "kept": True}],
    "conflicts": {
        "candidate": {
            "pairs": [
                {
                    "handlers": ["", "enactor"],
                    "keys": 2,
                    "both_write": 1,
                    "first": {"resource": "zone example.", "key": "api.example. A"},
                },
                {
                    "handlers": ["cleaner", "enactor"],
                    "keys": 1,
                    "both_write": 0,
                    "first": {"resource": "table plans", "key": "a / 1"},
                },
            ],
            "keys": [],
            "more_keys": 0,
        }
    },
    "untold": {"candidate": {"sns Publish": 2}},
    "load": {
        "calls": [
            {
                "function": "enactor",
                "operation": "route53 ListResourceRecordSets",
                "events": 9,
                "baseline": 1.0,
                "candidate": 2.0,
                "low": 0.5,
                "high": 1.5,
            }
        ],
        "busiest_second": [
            {
                "quota": "route53.requests",
                "of": "111122223333",
                "rate_per_s": 10,
                "busiest": {"baseline": 4, "candidate": 8},
                "share": {"baseline": 0.4, "candidate": 0.8},
            }
        ],
    },
    "cost": {
        "monthly": [
            {
                "price": "lambda.requests",
                "title": "Invocations",
                "unit": "request",
                "baseline_usd": 1.0,
                "candidate_usd": 1.0,
                "difference_usd": [0.0, 0.0],
                "source": "https://aws.amazon.com/lambda/pricing/",
                "read_on": "2026-11-22",
                "carries_over": True,
            }
        ],
        "untold": [],
        "more_untold": 0,
    },
    "time": [{"function": "enactor", "invocations": 9, "ratio": 1.1, "low": 0.9, "high": 1.3}],
    "known_from": {"events": {"baseline": 9, "candidate": 9}, "compared": 9, "span_s": 7200.0, "certified": None},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(params=["light", pytest.param("dark", marks=pytest.mark.long)])
def seen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Seen]:
    context = browser.new_context(color_scheme=request.param, viewport={"width": 1100, "height": 900})
    yield Seen.of(context.new_page())
    context.close()


def found_wrong(seen: Seen, page: bytes, folder: Path) -> list[str]:
    """Everything that is not as it should be about a page: every part of it opened, at a desk and on a phone."""
    file = folder / "page.html"
    file.write_bytes(page)
    seen.page.goto(file.as_uri())
    seen.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    wrong = seen.violations()
    seen.page.set_viewport_size({"width": 400, "height": 800})
    if seen.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        wrong.append("the page is wider than a phone")
    return [*wrong, *seen.console, *(each for each in seen.asked if each != file.as_uri())]


def test_a_rejected_run(seen: Seen, rejected: Store, tmp_path: Path) -> None:
    put_json(rejected, "explore.json", explored())
    put_json(rejected, "impact.json", IMPACT)

    assert found_wrong(seen, render(load_run(rejected))["report.html"], tmp_path) == []


def test_an_approved_run_that_was_explored_loaded_and_decided_on(seen: Seen, approved: Store, tmp_path: Path) -> None:
    put_json(approved, "explore.json", certified())
    put_json(approved, "stress.json", stressed())
    put_json(approved, "approval.json", RECORD)

    assert found_wrong(seen, render(load_run(approved))["report.html"], tmp_path) == []


def test_a_run_that_came_half_way(seen: Seen, half_way: Store, tmp_path: Path) -> None:
    assert found_wrong(seen, render(load_run(half_way))["report.html"], tmp_path) == []


def test_pages_of_their_own(seen: Seen, tmp_path: Path) -> None:
    assert found_wrong(seen, exploration_html(explored(), "two enactors"), tmp_path) == []
    assert found_wrong(seen, stress_page(Stress.of(stressed())), tmp_path) == []
    assert found_wrong(seen, pipeline_page(rehearsed(), touching()), tmp_path) == []
    assert found_wrong(seen, pipeline_page(doubtful("orders"), touching()), tmp_path) == []


def test_what_is_wrong_with_a_page_is_found(seen: Seen, tmp_path: Path) -> None:
    page = b"<!DOCTYPE html><html><body><img src='http://127.0.0.1:9/x.png'><script>throw new Error('oh')</script></body></html>"

    wrong = " ".join(found_wrong(seen, page, tmp_path))

    assert "image-alt" in wrong
    assert "oh" in wrong
    assert "http://127.0.0.1:9/x.png" in wrong
