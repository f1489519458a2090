"""The scenarios that come with the project, rehearsed whole, against what each says is expected of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.cli.commands.rehearse import rehearsal_input, summary
from twinstage.cli.scenario_file import load_scenario

if TYPE_CHECKING:
    from twinstage.local.rehearsal import LocalRehearsal

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted(path.parent.name for path in (ROOT / "scenarios").glob("*/scenario.yaml"))

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def failing(findings: list[dict[str, Any]], arm: str | None, *, counts: bool) -> list[str]:
    return [f["check"] for f in findings if f["passed"] is False and f["counts"] is counts and arm in (None, f["arm"])]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_ends_as_its_expected_json_says(rehearsal: LocalRehearsal, tmp_path: Path, name: str) -> None:
    folder = ROOT / "scenarios" / name
    expected = json.loads((folder / "expected.json").read_text())

    done = rehearsal.run(rehearsal_input(load_scenario(folder / "scenario.yaml")), tmp_path)

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
        assert (tmp_path / file).stat().st_size > 0, file


def test_the_command_rejects_the_stale_plan_and_says_who_broke_what(tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("twinstage")),
        "rehearse",
        "scenarios/enactor-stale-plan",
        "--local",
        "--json",
    ]
    runs = []
    for hash_seed, zone in (("1", "UTC"), ("2", "Pacific/Kiritimati")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone}
        run_dir = tmp_path / hash_seed
        place = ["--run-dir", str(run_dir), "--store", str(tmp_path / "store")]
        done = subprocess.run(
            [*command, *place], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, done.stderr
        runs.append(json.loads(done.stdout))

    first = runs[0]
    assert first["verdict"] == "REJECTED"
    broken = [f for f in first["findings"] if f["criterion"] == "safety" and f["passed"] is False and f["counts"]]
    assert [f["check"] for f in broken][:2] == ["I3", "I1"]
    for finding, function in zip(broken, ("enactor", "cleaner"), strict=False):
        violation = finding["evidence"]["first"]
        assert violation["function"] == function
        assert violation["operation"] == "ChangeResourceRecordSets"
        assert violation["event"] in finding["message"]
        assert violation["changes"]
    assert (tmp_path / "1/verdict.json").read_bytes() == (tmp_path / "2/verdict.json").read_bytes()
    assert runs[0]["result_digest"] == runs[1]["result_digest"]
    for file in ("input/run.json", "capture/baseline.json", "capture/candidate.json"):
        snapshot = json.loads((tmp_path / "1" / file).read_text())["snapshot_id"]
        verify = [command[0], "snapshot", "verify", snapshot, "--store", str(tmp_path / "store"), "--json"]
        verified = subprocess.run(verify, cwd=ROOT, capture_output=True, text=True, check=True)
        assert json.loads(verified.stdout)["signature"]["standing"] == "trusted"
