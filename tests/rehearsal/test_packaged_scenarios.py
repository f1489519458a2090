"""The scenarios that come with the project, rehearsed whole, against what each says is expected of it."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.cli.commands.rehearse import rehearsal_input, summary
from twinstage.cli.scenario_file import load_scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.local.rehearsal import LocalRehearsal, Rehearsed

ROOT = Path(__file__).parents[2]
STALE_PLAN = "enactor-stale-plan"
SCENARIOS = sorted(path.parent.name for path in (ROOT / "scenarios").glob("*/scenario.yaml"))

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def failing(findings: list[dict[str, Any]], arm: str | None, *, counts: bool) -> list[str]:
    return [f["check"] for f in findings if f["passed"] is False and f["counts"] is counts and arm in (None, f["arm"])]


def _as_a_test(name: str) -> Any:
    """One load on virtual time goes through the machine as any other: tests/stress diagnoses them all."""
    long = name.startswith("stress-")
    return pytest.param(name, marks=[pytest.mark.long] if long else [])


@dataclass(frozen=True)
class Run:
    """A rehearsal in this process, and where its evidence is."""

    done: Rehearsed
    place: Path


@pytest.fixture(scope="module")
def rehearsed(rehearsal: LocalRehearsal, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Each packaged scenario, rehearsed once for all who judge it."""

    @functools.cache
    def run(name: str) -> Run:
        place = tmp_path_factory.mktemp(name)
        return Run(
            rehearsal.run(rehearsal_input(load_scenario(ROOT / "scenarios" / name / "scenario.yaml")), place), place
        )

    return run


@pytest.mark.parametrize("name", [_as_a_test(name) for name in SCENARIOS])
def test_a_scenario_ends_as_its_expected_json_says(rehearsed: Callable[[str], Run], name: str) -> None:
    expected = json.loads((ROOT / "scenarios" / name / "expected.json").read_text())

    done, place = rehearsed(name).done, rehearsed(name).place

    found = summary(done)
    assert found["verdict"] == expected["verdict"], found["findings"]
    assert failing(found["findings"], None, counts=True) == expected["failed"]
    shown_of_baseline = failing(found["findings"], "baseline", counts=False)
    broken_by_baseline = [check for check in shown_of_baseline if check != "I4" and not check.startswith("explored-")]
    assert broken_by_baseline == expected["baseline_breaks"]
    assert done.production_unchanged is True
    assert done.isolation is not None
    assert {finding["passed"] for finding in done.isolation["findings"]} == {True}, done.isolation["findings"]
    assert done.isolation["drill"]["refused"] == done.isolation["drill"]["attempts"] >= 37
    for file in (
        "isolation.json",
        "access.jsonl",
        "report.html",
        "report.md",
        "junit.xml",
        "calls.jsonl",
        "findings.json",
        "manifest.json",
    ):
        assert (place / file).stat().st_size > 0, file


def test_the_command_rejects_the_stale_plan_and_says_who_broke_what(
    rehearsed: Callable[[str], Run], tmp_path: Path
) -> None:
    """In a process of its own, with another hash seed and time zone, it comes to the same bytes."""
    run_dir = tmp_path / "run"
    place = ["--run-dir", str(run_dir), "--store", str(tmp_path / "store")]
    command = [
        str(Path(sys.executable).with_name("twinstage")),
        "rehearse",
        f"scenarios/{STALE_PLAN}",
        "--local",
        "--json",
    ]
    environment = {**os.environ, "PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati"}
    done = subprocess.run([*command, *place], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr

    told = json.loads(done.stdout)
    assert told["verdict"] == "REJECTED"
    broken = [f for f in told["findings"] if f["criterion"] == "safety" and f["passed"] is False and f["counts"]]
    assert [f["check"] for f in broken][:2] == ["I3", "I1"]
    for finding, function in zip(broken, ("enactor", "cleaner"), strict=False):
        violation = finding["evidence"]["first"]
        assert violation["function"] == function
        assert violation["operation"] == "ChangeResourceRecordSets"
        assert violation["event"] in finding["message"]
        assert violation["changes"]
    assert (run_dir / "verdict.json").read_bytes() == (rehearsed(STALE_PLAN).place / "verdict.json").read_bytes()
    assert told["result_digest"] == summary(rehearsed(STALE_PLAN).done)["result_digest"]
    for file in ("input/run.json", "capture/baseline.json", "capture/candidate.json"):
        snapshot = json.loads((run_dir / file).read_text())["snapshot_id"]
        verify = [command[0], "snapshot", "verify", snapshot, "--store", str(tmp_path / "store"), "--json"]
        verified = subprocess.run(verify, cwd=ROOT, capture_output=True, text=True, check=True)
        assert json.loads(verified.stdout)["signature"]["standing"] == "trusted"
