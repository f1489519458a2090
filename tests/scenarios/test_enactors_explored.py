"""What exploring the enactors' scenarios shows: the refactoring's races, and that the fix has none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TWINSTAGE = str(Path(sys.executable).with_name("twinstage"))


def explored(name: str, exit_code: int) -> dict[str, Any]:
    command = [TWINSTAGE, "explore", f"scenarios/{name}", "--arm", "candidate", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == exit_code, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture(scope="module")
def refactoring() -> dict[str, Any]:
    return explored("enactor-stale-plan", 1)


@pytest.fixture(scope="module")
def fix() -> dict[str, Any]:
    return explored("enactor-update", 0)


@pytest.mark.parametrize(("invariant", "switches"), [("I3", 1), ("I1", 2), ("I2", 2), ("I5", 2)])
def test_the_refactoring_goes_back_then_empties_an_endpoint_and_does_not_recover(
    invariant: str, switches: int, refactoring: dict[str, Any]
) -> None:
    (found,) = (
        each
        for each in refactoring["violations"]
        if (each["case"], each["invariant"]) == ("evacuated-enactor", invariant)
    )
    assert (found["context_switches"], found["minimal"], found["confirmed"]) == (switches, True, True)


def test_the_refactoring_bears_a_plan_one_generation_old_and_no_older(refactoring: dict[str, Any]) -> None:
    lag = refactoring["safe_lag"]
    assert (lag["largest"], lag["first_unsafe"]) == (1, 2)


@pytest.mark.long  # tests/rehearsal/test_packaged_scenarios.py explores it in CI: uncertified it would not be APPROVED
def test_the_fix_is_certified_in_every_case(fix: dict[str, Any]) -> None:
    assert fix["certified"] is True
    assert fix["violations"] == []
    described = {each["case"]: each for each in fix["cases"] if each["case"] != "recorded"}
    assert {"three-enactors", "two-endpoints", "lock-expires", "crash"} <= described.keys()
    assert all(each["exhausted"] for each in described.values())
    assert len(described["three-enactors"]["containers"]) == 3
