"""A scenario's `ab` section: what it may say, and every mistake in it at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError

PACKAGED = Path(__file__).parents[2] / "scenarios"


def written(folder: Path, **sections: object) -> Path:
    path = folder / "more.yaml"
    YAML().dump({"extends": str(PACKAGED / "enactor-update/scenario.yaml"), **sections}, path)
    return path


def test_an_empty_section_asks_for_a_third_arm_and_for_the_defaults(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, ab={})).scenario
    assert (scenario.arms, scenario.replayed) == (("baseline", "candidate"), ("baseline", "candidate", "repeat"))
    assert scenario.ab is not None
    assert (scenario.ab.latency_ratio, dict(scenario.ab.may_differ)) == (1.2, {})


def test_without_it_nothing_is_replayed_a_second_time(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, seed=1)).scenario
    assert scenario.replayed == scenario.arms


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    may_differ = {"nobody": ["/calls"], "enactor": ["calls", "/a~2"], "dns_update": ["/outcome"]}
    section = {"may_differ": may_differ, "max_latency_ratio": 0.5}
    with pytest.raises(InputError) as caught:
        load_scenario(written(tmp_path, ab=section, change=None, criteria={"safety": {}}))
    told = {problem.pointer: problem.message for problem in caught.value.problems}
    assert told.keys() >= {
        "/ab",
        "/ab/may_differ/nobody",
        "/ab/may_differ/enactor/0",
        "/ab/may_differ/enactor/1",
        "/ab/max_latency_ratio",
    }
    both = [problem.message for problem in caught.value.problems if problem.pointer == "/ab"]
    assert sorted(message.split(":")[0] for message in both) == [
        "neither consistency nor performance is asked for",
        "nothing changes",
    ]
    assert told["/ab/may_differ/nobody"] == "nobody is not captured"
