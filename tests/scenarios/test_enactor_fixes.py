"""The table of fixes: each variant explored to its end, lock expiry and theft included, against what the table says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "scenarios" / "enactor-fixes"
EXPECTED: dict[str, Any] = json.loads((SCENARIO / "expected.json").read_text())
TWINSTAGE = str(Path(sys.executable).with_name("twinstage"))


@pytest.fixture(scope="module")
def explored() -> dict[str, Any]:
    """What `twinstage explore` says of the candidate in every variant."""
    command = [TWINSTAGE, "explore", str(SCENARIO), "--arm", "candidate", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("variant", EXPECTED["variants"])
def test_a_variant_ends_as_the_table_says(variant: str, explored: dict[str, Any]) -> None:
    broken = {each["invariant"] for each in explored["violations"] if each["variant"] == variant}
    asked = EXPECTED["variants"][variant]
    assert {
        "empty_answer": "I1" in broken,
        "stale_overwrite": "I3" in broken,
        "wedge": "I5" in broken,
    } == asked
    assert ("I2" in broken) is asked["empty_answer"]
    cases = [each for each in explored["cases"] if each["variant"] == variant]
    assert {each["case"]: each["exhausted"] for each in cases} == {"three-plans": True, "lock-expires": True}


def test_each_schedule_that_breaks_something_is_minimal_and_was_run_in_full(explored: dict[str, Any]) -> None:
    assert all(each["minimal"] and each["confirmed"] for each in explored["violations"])


def test_the_readme_has_the_table() -> None:
    titles = {
        name: each["title"]
        for name, each in YAML(typ="safe").load(SCENARIO / "scenario.yaml")["explore"]["variants"].items()
    }
    rows = [
        line.replace("*", "") for line in (SCENARIO / "README.md").read_text().splitlines() if line.startswith("| ")
    ]
    said = {cells[1].strip(): [cell.strip() for cell in cells[2:5]] for cells in (row.split("|") for row in rows)}
    for name, asked in EXPECTED["variants"].items():
        verdicts = ["yes" if asked[key] else "no" for key in ("empty_answer", "stale_overwrite", "wedge")]
        assert said[titles[name]] == verdicts, name
