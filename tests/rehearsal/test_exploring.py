"""The machine's state Explore: on the embedded AWS it finds what the command finds without one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from small_scenario import write_small_scenario

from twinstage.cli.commands.rehearse import summary
from twinstage.cli.exploration_inputs import exploration_inputs
from twinstage.cli.scenario_file import load_scenario
from twinstage.rehearse.exploration import merge, plan_exploration, run_tasks
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from conftest import Stage

    from twinstage.local.rehearsal import Rehearsed

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def timeless(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what is a wall time, or follows from one."""
    return {name: value for name, value in document.items() if name not in ("timing", "schedules_per_s")}


def explored_here(folder: Path) -> dict[str, Any]:
    """What exploring the same scenario comes to in this process's children."""
    loaded = load_scenario(write_small_scenario(folder / "small", "standing"))
    with tempfile.TemporaryDirectory() as place:
        inputs = exploration_inputs(loaded, Path(place), None, DirectoryStore(folder))
        tasks = plan_exploration(inputs.scenario, inputs.events, rehearsed=True)
        return merge(inputs.scenario, tasks, run_tasks(tasks, inputs, at_once=2))


def test_the_machine_finds_what_the_command_finds_and_it_bears_on_the_verdict(
    executed: Rehearsed, tmp_path: Path
) -> None:
    place = DirectoryStore(executed.run_dir)

    assert summary(executed)["verdict"] == "APPROVED", summary(executed)["findings"]
    assert "Explore" in executed.states
    assert sorted(place.list("explore/")) == sorted(
        f"explore/{t['name']}.json" for t in get_json(place, "prepare/explore.json")
    )
    found = get_json(place, "explore.json")
    assert timeless(found) == timeless(explored_here(tmp_path))
    checks = {finding["check"] for finding in summary(executed)["findings"]}
    assert {finding["check"] for finding in found["findings"]} <= checks
    assert b"Other orders of the same calls" in place.get("report.html")


def test_the_candidates_code_is_part_of_the_input_and_another_is_refused(stage: Stage, tmp_path: Path) -> None:
    key, results = "input/code/publish.zip", stage.twin.results
    uploaded = results.get(key)
    results.put(key, b"another package")
    try:
        done = stage.execute(tmp_path)
    finally:
        results.put(key, uploaded)

    found = summary(done)
    assert found["verdict"] == "INCONCLUSIVE"
    assert done.states[-1] == "Inconclusive"
    [failed] = [finding for finding in found["findings"] if finding["evidence"].get("state") == "Explore"]
    assert "candidate" in failed["message"] or "Explore" in failed["message"]
