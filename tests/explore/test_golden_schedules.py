"""Counterexamples of the race: least, near to production, confirmed by handlers that run in full, and the same everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from twinstage.world.contained import run_contained

ROOT = Path(__file__).parents[2]
STALE_PLAN = {"plans": [[11], [13]]}


@pytest.mark.parametrize(
    ("plans", "endpoints"),
    [
        pytest.param([[11], [13]], 1, id="one endpoint"),
        pytest.param([[11], [13]], 2, id="two endpoints"),
        pytest.param([[11], [12, 13, 14, 15]], 2, id="four newer plans"),
        pytest.param([[11], [12], [13]], 2, id="three enactors"),
    ],
)
def test_the_outage_takes_three_context_switches_and_two_delays(plans: list[list[int]], endpoints: int) -> None:
    document = {"plans": plans, "race": {"endpoints": endpoints}, "ids": ["I1"]}
    found = run_contained("tests.explore.golden:least", document)["I1"]
    assert (found["switches"], found["proven"], found["delays"]) == (3, True, 2)
    assert found["breaks_again"]
    assert all(one["confirmed"] for one in found["confirmed"])


def test_the_stale_overwrite_comes_before_the_outage_and_the_wedge_with_it() -> None:
    found = run_contained("tests.explore.golden:least", {**STALE_PLAN, "ids": ["I1", "I3", "I5", "nothing"]})
    check, applied, overwrite, cleanup = ["A"], ["B"] * 6, ["A"] * 4, ["B"] * 5
    assert found["I3"]["schedule"] == [*check, *applied, *overwrite]
    assert found["I1"]["schedule"] == found["I5"]["schedule"] == [*check, *applied, *overwrite, *cleanup]
    assert (found["I3"]["switches"], found["I3"]["delays"]) == (2, 1)
    assert found["nothing"] is None


def test_handlers_that_run_in_full_do_on_every_schedule_what_the_graph_says() -> None:
    document = {**STALE_PLAN, "race": {"variant": "lapse", "expiries": 1}, "seeds": 1, "confirm": 12}
    found = run_contained("tests.explore.golden:hunted", document)["confirmed"]
    assert len(found) > 200
    assert [one["divergence"] for one in found if not one["confirmed"]] == []
    assert min(one["calls"] for one in found) > 10


def test_a_hunt_finds_every_broken_id_of_the_race() -> None:
    found = run_contained("tests.explore.golden:hunted", {**STALE_PLAN, "seeds": 40})
    assert set(found["found"]) == {"I1", "I3", "I4", "I5"}
    assert found["unanswered"] == []


@pytest.mark.parametrize("document", [{**STALE_PLAN, "seeds": 15, "race": {"expiries": 1, "variant": "lapse"}}])
def test_output_is_the_same_bytes_under_other_hash_seeds_time_zones_and_folders(document: Any, tmp_path: Path) -> None:
    code = (
        "import json, sys; from twinstage.world.contained import run_contained;"
        "sys.stdout.write(json.dumps([run_contained('tests.explore.golden:' + name, json.loads(sys.argv[1]), time_zone=sys.argv[2])"
        " for name in ('hunted', 'least')]))"
    )
    outputs = set()
    for seed, zone, folder in (
        ("0", "UTC", ROOT),
        ("4711", "Pacific/Kiritimati", tmp_path),
        ("random", "America/St_Johns", tmp_path),
    ):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LC_ALL": "C",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "lambdas")]),
        }
        arguments = [sys.executable, "-c", code, json.dumps({**document, "ids": ["I1"]}), zone]
        done = subprocess.run(arguments, env=environment, cwd=folder, capture_output=True, check=True, timeout=200)
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert json.loads(outputs.pop())[1]["I1"]["switches"] == 3
