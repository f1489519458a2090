"""What `twinstage init` writes is planned and rehearsed as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from by_commands import twinstage

from tests.cli.test_init import HANDLER, ZONE

pytestmark = [pytest.mark.engine, pytest.mark.cdk, pytest.mark.long]


def test_a_first_scenario_is_rehearsed_and_finds_an_unchanged_function_good(tmp_path: Path) -> None:
    (tmp_path / "shop.zone").write_text(ZONE)
    (tmp_path / "publisher").mkdir()
    (tmp_path / "publisher/main.py").write_text(HANDLER)
    given = ("--zone", tmp_path / "shop.zone", "--function", tmp_path / "publisher", "--handler", "main.handle")
    twinstage("init", tmp_path / "first", *given, "--set", "ADDRESS=192.0.2.7")

    plan = twinstage("plan", tmp_path / "first")
    assert plan["changes"] == []

    stored = ("--store", tmp_path / "store", "--plan", plan["digest"])
    done = twinstage("rehearse", tmp_path / "first", "--local", *stored)

    assert done["verdict"] == "APPROVED"
    assert json.loads((Path(done["run_dir"]) / "input/plan.json").read_bytes()) == plan
    assert [finding["passed"] for finding in done["findings"] if finding["check"] == "I1"] == [True, True]
