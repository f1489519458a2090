"""The scenarios that come with the project, rehearsed whole, against what each says is expected of it.

In CI one that is APPROVED and one that is REJECTED: what each of the others comes to is held in memory by tests/scenarios and tests/stress.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.cli.commands.rehearse import rehearsal_input, summary
from twinstage.cli.scenario_file import find_scenario, load_scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.local.rehearsal import LocalRehearsal, Rehearsed

ROOT = Path(__file__).parents[2]
TWINSTAGE = str(Path(sys.executable).with_name("twinstage"))
STALE_PLAN = "enactor-stale-plan"
SCENARIOS = sorted(path.parent.name for path in (ROOT / "scenarios").glob("*/scenario.yaml"))
# It waits for people: tests/rehearsal/test_all_the_way.py has them.
ASKS_PEOPLE = "enactor-update/full"
# What extends one of them and says what is expected of it: FOLDER/NAME, as the commands take it.
EXTENSIONS = sorted(
    {
        f"{path.parent.name}/{path.name.removesuffix('.expected.json')}"
        for path in (ROOT / "scenarios").glob("*/*.expected.json")
    }
    - {ASKS_PEOPLE}
)

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def failing(findings: list[dict[str, Any]], arm: str | None, *, counts: bool) -> list[str]:
    return [f["check"] for f in findings if f["passed"] is False and f["counts"] is counts and arm in (None, f["arm"])]


def _as_a_test(name: str) -> Any:
    """The machine is the same whichever scenario goes through it: one of them stands for the others in CI."""
    return pytest.param(name, marks=[] if name == "enactor-update" else [pytest.mark.long])


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
        place = tmp_path_factory.mktemp(name.replace("/", "-"))
        loaded = load_scenario(find_scenario(name, [ROOT / "scenarios"]))
        return Run(rehearsal.run(rehearsal_input(loaded), place), place)

    return run


@pytest.mark.parametrize("name", [_as_a_test(name) for name in (*SCENARIOS, *EXTENSIONS)])
def test_a_scenario_ends_as_its_expected_json_says(rehearsed: Callable[[str], Run], name: str) -> None:
    folder, _, extension = name.partition("/")
    file = f"{extension}.expected.json" if extension else "expected.json"
    expected = json.loads((ROOT / "scenarios" / folder / file).read_text())

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


@dataclass(frozen=True)
class Told:
    """A rehearsal by the command, in a process of its own: what it said, where its evidence and its snapshots are."""

    document: dict[str, Any]
    place: Path
    store: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The stale plan, with another hash seed and time zone than this process has."""
    place = tmp_path_factory.mktemp("told")
    run_dir, store = place / "run", place / "store"
    where = ["--run-dir", str(run_dir), "--store", str(store)]
    command = [TWINSTAGE, "rehearse", f"scenarios/{STALE_PLAN}", "--local", "--json", *where]
    environment = {**os.environ, "PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return Told(json.loads(done.stdout), run_dir, store)


def test_the_command_rejects_the_stale_plan_and_says_who_broke_what(told: Told) -> None:
    expected = json.loads((ROOT / "scenarios" / STALE_PLAN / "expected.json").read_text())
    findings = told.document["findings"]

    assert told.document["verdict"] == expected["verdict"] == "REJECTED"
    assert failing(findings, None, counts=True) == expected["failed"]
    broken = [f for f in findings if f["criterion"] == "safety" and f["passed"] is False and f["counts"]]
    assert [f["check"] for f in broken][:2] == ["I3", "I1"]
    for finding, function in zip(broken, ("enactor", "cleaner"), strict=False):
        violation = finding["evidence"]["first"]
        assert violation["function"] == function
        assert violation["operation"] == "ChangeResourceRecordSets"
        assert violation["event"] in finding["message"]
        assert violation["changes"]


def test_the_snapshots_of_a_run_are_signed_by_a_key_that_is_trusted(told: Told) -> None:
    for file in ("input/run.json", "capture/baseline.json", "capture/candidate.json"):
        snapshot = json.loads((told.place / file).read_text())["snapshot_id"]
        verify = [TWINSTAGE, "snapshot", "verify", snapshot, "--store", str(told.store), "--json"]
        verified = subprocess.run(verify, cwd=ROOT, capture_output=True, text=True, check=True)
        assert json.loads(verified.stdout)["signature"]["standing"] == "trusted"


@pytest.mark.long
def test_another_process_comes_to_the_same_bytes(rehearsed: Callable[[str], Run], told: Told) -> None:
    assert (told.place / "verdict.json").read_bytes() == (rehearsed(STALE_PLAN).place / "verdict.json").read_bytes()
    assert told.document["result_digest"] == summary(rehearsed(STALE_PLAN).done)["result_digest"]


@pytest.mark.long
def test_a_template_that_only_takes_a_right_away_is_rejected_by_what_the_baseline_calls(
    rehearsal: LocalRehearsal, tmp_path: Path
) -> None:
    folder = tmp_path / "fleet"
    shutil.copytree(ROOT / "scenarios/fleet-template", folder)
    standing = (folder / "template.main.yaml").read_text()
    (folder / "template.yaml").write_text(standing.replace(", dynamodb:Query]", "]"))
    verdict = rehearsal.run(rehearsal_input(load_scenario(folder / "scenario.yaml")), tmp_path / "run").verdict
    assert verdict is not None
    assert verdict["verdict"] == "REJECTED"
    assert failing(verdict["findings"], None, counts=True) == ["plan-denied"]
    assert "would be denied" in (tmp_path / "run/report.md").read_text()
