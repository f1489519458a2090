"""`twinstage explore`: what could have happened in another order, with nothing deployed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from racing_scenario import (
    ASSERT,
    CALLS_ANOTHER_SERVICE,
    OVERWRITE,
    write_production_dumps,
    write_racing_scenario,
)

from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran


@pytest.fixture
def racing(tmp_path: Path) -> Path:
    return write_racing_scenario(tmp_path / "racing")


@pytest.fixture
def rejected(tmp_path: Path) -> Path:
    return write_racing_scenario(tmp_path / "rejected", baseline=ASSERT, candidate=OVERWRITE)


def timeless(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what is a wall time, or follows from one."""
    return {name: value for name, value in document.items() if name not in ("timing", "schedules_per_s")}


def test_a_candidate_that_keeps_the_invariants_in_every_order_is_certified(
    twinstage: Callable[..., Ran], racing: Path
) -> None:
    ran = twinstage("explore", racing, "--json")

    assert ran.code == 0, ran.out
    found = ran.document
    assert (found["schema"], found["verdict"], found["certified"]) == ("twinstage:explore:1", "APPROVED", True)
    assert all(case["exhausted"] for case in found["cases"])
    assert {(each["arm"], each["invariant"], each["counts"]) for each in found["violations"]} == {
        ("baseline", "I3", False)
    }
    assert [each["invariant"] for each in found["only_baseline"]] == ["I3"]


def test_a_race_is_found_shrunk_confirmed_and_replayed_by_its_command(
    twinstage: Callable[..., Ran], rejected: Path
) -> None:
    ran = twinstage("explore", rejected, "--json")

    assert ran.code == 1
    [found] = ran.document["violations"]
    assert (found["arm"], found["invariant"], found["case"]) == ("candidate", "I3", "recorded")
    # The late one reads first, the other one reads and flips, then the late one flips back.
    assert len(found["schedule"]) == 4
    assert (found["context_switches"], found["minimal"], found["confirmed"]) == (2, True, True)

    again = twinstage(*shlex.split(found["command"])[1:], "--json")

    assert again.code == 1
    assert [step["breaks"] for step in again.document["trace"]] == [[], [], [], ["I3"]]
    assert again.document["confirmed"] is True


def test_a_schedule_that_breaks_nothing_is_shown_and_succeeds(twinstage: Callable[..., Ran], rejected: Path) -> None:
    schedule = twinstage("explore", rejected, "--json").document["violations"][0]["schedule"]
    first, second = schedule[0], next(step for step in schedule if step != schedule[0])

    ran = twinstage("explore", rejected, "--schedule", f"{first} {first} {second} {second}")

    assert ran.code == 0
    lines = ran.out.splitlines()
    assert [line.split()[1] for line in lines[:4]] == [first, first, second, second]
    assert "ListResourceRecordSets" in lines[0]
    assert "confirmed" in lines[4]


def test_people_are_told_the_verdict_the_certificate_and_the_command(
    twinstage: Callable[..., Ran], rejected: Path
) -> None:
    ran = twinstage("explore", rejected)

    assert ran.out.splitlines()[-1] == "REJECTED"
    assert f"twinstage explore {rejected} --arm candidate --case recorded --schedule" in ran.out
    assert "2 context switches, no schedule has fewer" in ran.out
    assert "tasks" in ran.err


def test_one_arm_alone_is_explored_when_asked(twinstage: Callable[..., Ran], racing: Path) -> None:
    found = twinstage("explore", racing, "--arm", "baseline", "--json").document

    assert {case["arm"] for case in found["cases"]} == {"baseline"}


def test_the_evidence_is_kept_where_it_is_asked_for(
    twinstage: Callable[..., Ran], racing: Path, tmp_path: Path
) -> None:
    ran = twinstage("explore", racing, "--json", "--run-dir", tmp_path / "run")

    assert json.loads((tmp_path / "run/explore.json").read_text()) == ran.document
    page = (tmp_path / "run/explore.html").read_text()
    assert "Certified: every state" in page
    assert "<svg" in page


def test_too_few_states_are_no_certificate(twinstage: Callable[..., Ran], racing: Path) -> None:
    found = twinstage("explore", racing, "--arm", "candidate", "--max-states", "3", "--json").document

    assert found["certified"] is False
    assert [case["exhausted"] for case in found["cases"]] == [False]


def test_a_scenario_without_a_production_is_explored_over_a_snapshot(
    twinstage: Callable[..., Ran], racing: Path, tmp_path: Path
) -> None:
    dumps = write_production_dumps(tmp_path / "dumps", racing)
    folders = [f"--{kind}={dumps / kind}" for kind in ("zones", "functions")]
    snapshot = twinstage("snapshot", "import", *folders, "--json").document["snapshot"]

    alone = twinstage("explore", racing)
    over = twinstage("explore", racing, "--arm", "candidate", "--snapshot", snapshot, "--json")

    assert alone.code == InputError.exit_code
    assert "the scenario does not describe production" in alone.err
    assert (over.code, over.document["certified"]) == (0, True)


def test_a_call_that_nobody_answers_decides_nothing(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    folder = write_racing_scenario(tmp_path / "calls", candidate=CALLS_ANOTHER_SERVICE + ASSERT)

    ran = twinstage("explore", folder, "--json")

    assert ran.code == 3
    assert ran.document["unanswered"] == ["sqs SendMessage"], ran.document["findings"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--case", "nightly"], "--case nightly: there is none of this name"),
        (["--variant", "recheck"], "--variant recheck: there is none of this name"),
        (["--schedule", "e9 e1"], "'e9' is no action"),
        (["--schedule", "e1!vanish"], "'e1!vanish' is no action"),
        (["--schedule", "e1 e1 e1"], "step 3 of the schedule is e1, and only e2 can happen there"),
    ],
)
def test_what_a_scenario_does_not_have_is_bad_input(
    twinstage: Callable[..., Ran], racing: Path, arguments: list[str], said: str
) -> None:
    ran = twinstage("explore", racing, *arguments)

    assert ran.code == InputError.exit_code
    assert said in ran.err


def test_two_names_that_are_not_there_are_told_at_once(twinstage: Callable[..., Ran], racing: Path) -> None:
    document = twinstage("explore", racing, "--case", "x", "--variant", "y", "--json").document

    assert len(document["problems"]) == 2


def test_the_same_is_found_under_another_hash_seed_time_zone_and_working_directory(
    rejected: Path, tmp_path: Path
) -> None:
    found = []
    for seed, zone in (("0", "UTC"), ("4711", "Asia/Kathmandu")):
        place = tmp_path / seed
        place.mkdir()
        ran = subprocess.run(
            [sys.executable, "-c", "from twinstage.cli import main; main()", "explore", str(rejected), "--json"],
            cwd=place,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 1, ran.stderr
        found.append(timeless(json.loads(ran.stdout)))

    assert found[0] == found[1]
