"""Load by the wall clock: two generators against a twin's own function, on an embedded AWS that throttles as the account would."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.cli.commands.rehearse import rehearsal_input, summary
from twinstage.cli.scenario_file import load_scenario
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.local.rehearsal import LocalRehearsal

pytestmark = [pytest.mark.engine, pytest.mark.cdk, pytest.mark.long]

BOUND_BY_ROUTE53 = Path(__file__).parents[2] / "scenarios/stress-route53-bound"
# The baseline asks Route 53 twice a request, the candidate once; this account may ask five times a second.
SECTION = """stress:
  world: twin
  target: {function: register}
  requests: requests.jsonl
  load: {profile: breakpoint, from_per_s: 1.5, to_per_s: 8, level_s: 12, factor: 1.4}
  generators: 2
  quotas: {route53.requests: {rate_per_s: 5, burst: 5}}
  service_level: {p99_ms: 2000, failed: 0.01}
  capacity: {target_per_s: 4}
  thresholds: {knee_per_s: {at_least: 3}}

"""
BY_LAW_PER_S = {"baseline": 2.5, "candidate": 5.0}


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    folder = shutil.copytree(BOUND_BY_ROUTE53, tmp_path / "stress-twin")
    file = folder / "scenario.yaml"
    text = file.read_text().replace("name: stress-route53-bound\n", "name: stress-twin\n")
    file.write_text(text[: text.index("stress:\n")] + SECTION + text[text.index("criteria:") :])
    return file


def test_a_function_that_route53_throttles_is_diagnosed_by_the_wall_clock(
    rehearsal: LocalRehearsal, scenario: Path, tmp_path: Path
) -> None:
    done = rehearsal.run(rehearsal_input(load_scenario(scenario)), tmp_path / "run")

    found, arms = summary(done), arms_of(done.run_dir)
    assert found["verdict"] == "APPROVED", found["findings"]
    assert done.states.count("Load") == 4, "each arm is loaded, and its knee confirmed"
    for arm, by_law in BY_LAW_PER_S.items():
        diagnosis = arms[arm]["diagnosis"]
        assert diagnosis["bottleneck"]["limit"] == "route53.requests", (arm, diagnosis["sentence"])
        assert diagnosis["knee"]["per_s"] == pytest.approx(by_law, rel=0.15), (arm, diagnosis["sentence"])
        assert arms[arm]["load"]["generator"]["generators"] == 2
    judged = {(f["check"], f["arm"]): f["passed"] for f in found["findings"]}
    assert (judged["stress-knee", "baseline"], judged["stress-knee", "candidate"]) == (False, True)
    # Nothing that the wall clock gave is in the verdict.
    told = [f for f in found["findings"] if f["check"].startswith("stress-")]
    assert not any("per_s" in str(f["evidence"]) for f in told)


def test_each_load_begins_with_the_snapshots_state(rehearsal: LocalRehearsal, scenario: Path, tmp_path: Path) -> None:
    text = scenario.read_text()
    shorter = "{profile: constant, rate_per_s: 2, for_s: 3}"
    begin = text.index("load: {") + len("load: ")
    scenario.write_text(text[:begin] + shorter + text[text.index("\n", begin) :])

    with rehearsal.deployed(rehearsal_input(load_scenario(scenario))) as twin:
        done = rehearsal.execute(twin, tmp_path / "run")

    place = DirectoryStore(done.run_dir)
    [restored] = [get_json(place, key) for key in place.list("replicate/candidate/zone-")]
    # Six hosts that the baseline's load registered, where the recorded day had four.
    assert restored["changes"] == 6


def arms_of(run_dir: Path) -> dict[str, Any]:
    arms: dict[str, Any] = get_json(DirectoryStore(run_dir), "stress.json")["arms"]
    return arms
