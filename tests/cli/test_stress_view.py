"""A load while it runs: a picture on a terminal, a line a level elsewhere."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console as RichConsole

from twinstage.cli.console import Console
from twinstage.cli.stress_view import LoadView
from twinstage.model.load_profile import load_of
from twinstage.stress.metrics.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = Progress(
    at_s=0.0,
    offered=40,
    sent=39,
    answered=30,
    failed=4,
    throttled=3,
    unanswered=2,
    unsent=1,
    in_flight=7,
    offered_per_s=20.0,
    answered_per_s=15.0,
    p50_s=0.012,
    p99_s=0.9,
    most_s=1.5,
    lateness_p99_s=0.0008,
    errors={"throttled:Throttling": 3, "failed:\x1b[2J[red]": 1},
)
STEPS = {"profile": "step", "from_per_s": 10, "to_per_s": 30, "by_per_s": 10, "level_s": 5}


def shown(load: dict[str, Any], told: Sequence[Progress], *, terminal: bool, as_json: bool = False) -> str:
    """What stands on stderr after all of it, control codes included."""
    out = io.StringIO()
    err = RichConsole(file=out, force_terminal=terminal, width=160, highlight=False, soft_wrap=True)
    with LoadView(Console(as_json=as_json, err=err), "tar[b]get", load_of(load)) as view:
        for progress in told:
            view(progress)
    return out.getvalue()


@pytest.fixture(autouse=True)
def nowhere_special(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def at(*seconds: float) -> list[Progress]:
    return [replace(NOW, at_s=second, offered=40 + at) for at, second in enumerate(seconds)]


def test_a_terminal_shows_rates_requests_latency_errors_lateness_and_time() -> None:
    text = shown(STEPS, at(6.0), terminal=True)
    for said in (
        "tar[b]get  level 2 of 3",
        "intended 20  offered 20  answered 15",
        "offered 40  sent 39  answered 30  in flight 7",
        "p50 12 ms  p99 900 ms  slowest 1.5 s",
        "failed 4  throttled 3  no answer 2  never sent 1",
        "sent late (p99) 800 µs",
        "6 s of 15 s  left 9 s",
        "3 throttled:Throttling",
        r"1 failed:\u{1b}[2J[red]",
    ):
        assert said in text


@pytest.mark.parametrize("where", ["pipe", "ci", "json"])
def test_elsewhere_each_level_has_one_line_once_it_is_over(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if where == "ci":
        monkeypatch.setenv("CI", "true")
    text = shown(STEPS, at(0.5, 4.5, 5.0, 5.5, 14.9, 15.0), terminal=where != "pipe", as_json=where == "json")
    lines = [line for line in text.splitlines() if "tar" in line]
    assert [line.partition("level ")[2][:15] for line in lines] == [
        "1 of 3 at 10 /s",
        "2 of 3 at 20 /s",
        "3 of 3 at 30 /s",
    ]
    # Of each level the last that was told: at its very end it is still that level's.
    assert [line.partition("offered ")[2].partition(",")[0] for line in lines] == ["42", "43", "45"]
    assert "failed 6, throttled 3" in lines[0]


def test_a_load_without_levels_or_of_one_that_lasts_is_told_of_in_parts() -> None:
    ramp = {"profile": "ramp", "from_per_s": 1, "to_per_s": 30, "for_s": 100}
    text = shown(ramp, at(*range(1, 101, 3)), terminal=False)
    assert text.count("part ") == 10
    assert "part 10 of 10: " in text
    constant = {"profile": "constant", "rate_per_s": 3, "for_s": 100}
    assert "part 10 of 10 at 3 /s: " in shown(constant, at(*range(1, 101, 3)), terminal=False)


def test_colours_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[31m" in shown(STEPS, at(1.0), terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in shown(STEPS, at(1.0), terminal=True)


def test_a_load_that_never_began_is_not_told_of() -> None:
    assert shown(STEPS, [], terminal=False) == ""
