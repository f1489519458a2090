"""An apply that takes a name away before it puts it back, and the two ways out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TWINSTAGE = str(Path(sys.executable).with_name("twinstage"))


@pytest.fixture(scope="module")
def explored() -> dict[str, Any]:
    command = [TWINSTAGE, "explore", "scenarios/terraform-apply", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def broken(explored: dict[str, Any], arm: str, variant: str | None) -> set[str]:
    return {each["invariant"] for each in explored["violations"] if (each["arm"], each["variant"]) == (arm, variant)}


def test_the_two_packages_differ_in_the_configuration_alone() -> None:
    before, after = (
        {path.name: path.read_bytes() for path in (ROOT / "scenarios/terraform-apply" / arm).glob("*.py")}
        for arm in ("baseline", "candidate")
    )
    assert {name for name, content in after.items() if before.get(name) != content} == {"configuration.py"}


def test_the_configuration_before_never_takes_the_name_away(explored: dict[str, Any]) -> None:
    assert broken(explored, "baseline", None) == set()


def test_split_into_modules_the_name_is_gone_in_every_order(explored: dict[str, Any]) -> None:
    assert broken(explored, "candidate", None) == {"I1", "I2"}
    alone = [
        each
        for each in explored["violations"]
        if (each["variant"], each["invariant"], each["case"]) == (None, "I1", "recorded")
    ]
    assert [each["delays"] for each in alone] == [0], "no other order is needed: the recorded one breaks it"
    (case,) = (
        each
        for each in explored["cases"]
        if (each["arm"], each["variant"], each["case"]) == ("candidate", None, "recorded")
    )
    assert case["bad_interleavings"]["I1"] == case["interleavings"]
    assert explored["verdict"] == "REJECTED"


def test_what_puts_the_name_back_is_in_the_way_of_the_apply(explored: dict[str, Any]) -> None:
    stopped = [each for each in explored["violations"] if each["invariant"] == "I2"]
    assert {(each["variant"], each["case"]) for each in stopped} == {(None, "watchdog-beside")}
    for each in stopped:
        assert {step["container"] for step in each["trace"]} == {"apply", "watchdog"}


@pytest.mark.parametrize("variant", ["moved", "one-batch"])
def test_a_declared_move_and_one_batch_keep_the_name_in_every_order(variant: str, explored: dict[str, Any]) -> None:
    assert broken(explored, "candidate", variant) == set()
    cases = [each for each in explored["cases"] if each["variant"] == variant]
    assert cases
    assert all(each["exhausted"] for each in cases)
