"""The machine's states that stress an arm: what they leave behind, and what becomes of a run in which one of them does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_scenario import write_small_scenario

from twinstage.cli.commands.rehearse import rehearsal_input, summary
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.validation import schema_violations
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Stage

    from twinstage.local.rehearsal import DeployedTwin, LocalRehearsal

pytestmark = [pytest.mark.engine, pytest.mark.cdk]

# Most of its requests fail: the function creates what is there.
SECTION = """stress:
  target: {function: publish}
  load: {profile: step, from_per_s: 1, to_per_s: 3, by_per_s: 2, level_s: 2}
  service_times: {handler_s: 0.01, dynamodb: 0.005, route53: 0.1}
  service_level: {failed: 0.9}
  capacity: {target_per_s: 2}
  thresholds: {knee_per_s: {at_least: 3}}
"""
DIES = "def handler(event, context):\n    raise MemoryError('half of the load was sent')\n"
DOES_NOTHING = "def handler(event, context):\n    return {}\n"
PRETENDS = """
def handler(event, context):
    return {"result": "stress/baseline/load/000.json", "confirm": event["phase"] == "confirming"}
"""


@pytest.fixture(scope="module")
def stressed(
    rehearsal: LocalRehearsal,
    standing: Callable[[DeployedTwin], Stage],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """The small scenario's baseline alone, under load on virtual time."""
    file = write_small_scenario(tmp_path_factory.mktemp("stressed"), "stressed")
    text = file.read_text()
    changed = text[text.index("change:\n") : text.index("events:")]
    kept = text.replace(changed, "").replace("explore: {seeds: 2}\n", SECTION)
    # Where nothing changes there is no way back.
    file.write_text(kept[: kept.index("rollback:")])
    with rehearsal.deployed(rehearsal_input(load_scenario(file))) as twin:
        yield standing(twin)


def test_an_arm_is_loaded_and_diagnosed_and_what_it_held_bears_on_the_verdict(stressed: Stage, tmp_path: Path) -> None:
    done = stressed.execute(tmp_path)

    found, place = summary(done), DirectoryStore(done.run_dir)
    assert found["verdict"] == "APPROVED", found["findings"]
    assert [state for state in done.states if state in {"Stressing", "Stress", "Restore", "Load", "Diagnose"}] == [
        "Stressing",
        "Stress",
        "Restore",
        "Load",
        "Diagnose",
    ]
    document = get_json(place, "stress.json")
    assert schema_violations("stress", document) == []
    assert list(place.list("stress/")) == ["stress/baseline/diagnosis.json", "stress/baseline/load/000.json"]
    assert document["arms"]["baseline"] == get_json(place, "stress/baseline/diagnosis.json")
    judged = {finding["check"]: finding["passed"] for finding in found["findings"] if finding["counts"]}
    assert (judged["stress-valid"], judged["stress-knee"]) == (True, True)


@pytest.mark.parametrize(
    ("code", "failed"),
    [(DIES, "Stress of the baseline failed: MemoryError"), (DOES_NOTHING, "Stress of the baseline failed: NoAnswer")],
)
def test_a_generator_that_dies_or_says_nothing_leaves_no_approval(
    stressed: Stage, tmp_path: Path, code: str, failed: str
) -> None:
    with stressed.broken("Stress", code):
        done = stressed.execute(tmp_path)

    found = summary(done)
    told = {finding["check"]: finding for finding in found["findings"]}
    assert found["verdict"] == "INCONCLUSIVE"
    assert told["completed"]["message"] == failed
    assert told["stress-valid"]["passed"] is None
    assert "StressFailed" in done.states
    assert {"Report", "Cleanup"} <= set(done.states)


def test_a_diagnosis_that_was_never_written_leaves_no_approval(stressed: Stage, tmp_path: Path) -> None:
    with stressed.broken("Stress", PRETENDS):
        done = stressed.execute(tmp_path)

    found = summary(done)
    assert found["verdict"] == "INCONCLUSIVE"
    assert {f["check"] for f in found["findings"] if f["passed"] is not True and f["counts"]} == {"stress-valid"}
    assert done.states.count("Load") == 1
