"""`enactor-update/full`: the load does real work each time. The whole run is tests/rehearsal/test_all_the_way.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.cli.scenario_file import load_scenario
from twinstage.model.load_profile import OpenLoad
from twinstage.stress.arrivals import starts

if TYPE_CHECKING:
    from twinstage.model.stress_config import StressConfig

ROOT = Path(__file__).parents[2]
FULL = ROOT / "scenarios/enactor-update/full.yaml"


@pytest.fixture(scope="module")
def config() -> StressConfig:
    found = load_scenario(FULL).scenario.stress
    assert found is not None
    return found


def test_it_asks_for_everything_that_a_change_can_be_put_through() -> None:
    scenario = load_scenario(FULL).scenario
    asked = (scenario.explore, scenario.stress, scenario.ab, scenario.rollback, scenario.approval)
    assert all(part is not None for part in asked)
    assert set(scenario.criteria) == {"consistency", "performance", "safety"}


def test_no_message_comes_twice_and_each_enacts_a_plan_that_is_there(config: StressConfig) -> None:
    assert isinstance(config.load, OpenLoad)
    assert config.requests is not None
    assert len([*starts(config.load)]) <= len(config.requests)
    there = {int(each["keys"]["generation"]["N"]) for each in config.given}
    assert {request["generation"] for request in config.requests} <= there
    assert len({json.dumps(request) for request in config.requests}) == len(config.requests)


def test_every_message_changes_the_zone_in_both_arms(tmp_path: Path) -> None:
    """Builds the tree under a lock that it takes, or flips to it and gives the lock back: two batches each."""
    program = str(Path(sys.executable).with_name("twinstage"))
    given = ["stress", str(FULL), "--rate", "0.5", "--for", "12s", "--out", str(tmp_path / "out"), "--json"]
    done = subprocess.run([program, *given], cwd=ROOT, capture_output=True, text=True, check=False)
    arms: dict[str, Any] = json.loads(done.stdout)["arms"]
    for arm in arms.values():
        answered = arm["load"]["operations"]["Invoke"]
        assert (answered["ok"], answered["failed"]) == (6, 0)
        assert arm["load"]["calls"]["route53.ChangeResourceRecordSets"]["calls"] == 12
