"""What `twinstage init` writes is rehearsed as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from by_commands import twinstage

from tests.cli.test_init import HANDLER, ZONE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def test_a_first_scenario_is_rehearsed_and_finds_an_unchanged_function_good(tmp_path: Path) -> None:
    (tmp_path / "shop.zone").write_text(ZONE)
    (tmp_path / "publisher").mkdir()
    (tmp_path / "publisher/main.py").write_text(HANDLER)
    given = ("--zone", tmp_path / "shop.zone", "--function", tmp_path / "publisher", "--handler", "main.handle")
    twinstage("init", tmp_path / "first", *given, "--set", "ADDRESS=192.0.2.7")

    done = twinstage("rehearse", tmp_path / "first", "--local", "--store", tmp_path / "store")

    assert done["verdict"] == "APPROVED"
    assert [finding["passed"] for finding in done["findings"] if finding["check"] == "I1"] == [True, True]
