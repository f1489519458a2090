"""`pip install 'twinstage[local]'` into an empty environment, and a rehearsal from an empty folder: no checkout, no Node, no AWS."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest

from tests.library.wheels import build, environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]  # pip downloads some 150 MB


def test_a_packaged_scenario_is_rehearsed_from_an_empty_folder(tmp_path: Path) -> None:
    wheel, home, folder = build(tmp_path / "dist")["wheel"], tmp_path / "home", tmp_path / "empty"
    venv.create(tmp_path / "venv", with_pip=True)
    for made in (home, folder):
        made.mkdir()
    programs = tmp_path / "venv/bin"
    there = {**environment(programs, home), "PATH": f"{programs}:/usr/bin:/bin"}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=folder, env=there, capture_output=True, text=True, check=False)

    installed = run(str(programs / "pip"), "install", "--quiet", f"{wheel}[local]")
    assert installed.returncode == 0, installed.stderr
    done = run(str(programs / "twinstage"), "rehearse", "enactor-update", "--local", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "APPROVED"
    again = run(str(programs / "twinstage"), "doctor", "--json")
    assert json.loads(again.stdout)["ready"] is True, again.stdout

    assert [path.name for path in folder.iterdir()] == [".twinstage"]
    assert sys.prefix not in done.stdout + done.stderr
