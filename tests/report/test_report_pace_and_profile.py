"""What a report says of time: where calls went, how late events began, and what was not executed because production applied nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from page import Page
from sample_run import outcome

from twinstage.report import load_run, render
from twinstage.world.jsons import put_json

if TYPE_CHECKING:
    from sample_run import SampleRun

    from twinstage.world.store import Store


def row(number: int) -> dict[str, object]:
    name = f"plans-{number}"
    return {
        "handler": "enactor",
        "operation": "dynamodb GetItem",
        "resource": name,
        "count": number,
        "errors": 1,
        "p50_ms": 4.0,
    }


def test_a_profile_shows_what_is_called_most_and_counts_the_rest(approved: Store) -> None:
    put_json(approved, "profile.json", {"candidate": {"events": [], "calls": [row(n) for n in range(1, 61)]}})

    words = Page(render(load_run(approved))["report.html"]).section("performance").words()

    assert words.index("plans-60") < words.index("plans-59")
    assert "plans-20 " not in words
    assert "20 more calls not shown here; all are in profile.json" in words


def test_a_paced_replay_says_how_late_it_was_and_whether_that_is_too_late(approved: Store) -> None:
    late = {"events": 10, "p50_ms": 1.5, "p99_ms": 20.0, "max_ms": 7000.0, "max_late_s": 5, "valid": False}
    put_json(approved, "lateness.json", {"baseline": late | {"events": 0}, "candidate": late})

    words = Page(render(load_run(approved))["report.html"]).section("replay").words()

    assert "10 events of the candidate began 1.50 ms late in the median" in words
    assert "7,000 ms at most: too late for this replay to be valid" in words
    assert "of the baseline began" not in words


def test_an_event_that_production_did_not_apply_either_ended_as_recorded(run: SampleRun) -> None:
    throttled = outcome(1, [], ended="not_recurring", recorded={"outcome": "error", "error": "Throttling"})
    run.replay("baseline", [throttled])

    model = load_run(run.store)
    words = Page(render(model)["report.html"]).section("replay").words()

    [baseline] = [arm.replay for arm in model.arms if arm.arm == "baseline"]
    assert baseline is not None
    assert baseline.as_recorded == 1
    assert "1 event failed in production for reasons of the moment" in words
