"""Folders that cannot be written to, or are not what they should be: one clear error, exit 2, before any work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twinstage.cli.commands.rehearse import new_run_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any


def test_what_is_not_a_run_is_neither_reported_nor_judged(twinstage: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    for command in (["report", folder], ["validate", "--results", folder]):
        ran = twinstage(*map(str, command), "--json")
        assert ran.code == 2
        assert "not a run directory" in ran.document["problems"][0]["message"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("option", ["--store", "--run-dir"])
def test_a_folder_that_cannot_be_written_to_is_refused_first(
    twinstage: Callable[..., Any], tmp_path: Path, option: str
) -> None:
    (tmp_path / "file").write_text("")
    ran = twinstage("rehearse", "enactor-update", "--local", option, str(tmp_path / "file/below"), "--json")
    assert ran.code == 2
    assert "cannot be written to" in ran.document["problems"][0]["message"]


def test_two_rehearsals_of_one_second_have_directories_of_their_own(tmp_path: Path) -> None:
    assert new_run_dir(tmp_path, "same") != new_run_dir(tmp_path, "same")


def test_a_run_id_is_checked_before_anything_is_deployed(twinstage: Callable[..., Any]) -> None:
    ran = twinstage("deploy", "--snapshot", "sha256:00", "--run", "Bad_Run!", "--json")
    assert ran.code == 2
