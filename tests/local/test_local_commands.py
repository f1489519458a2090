"""The embedded AWS as people start and stop it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engine


def twinstage(*arguments: str, home: Path) -> tuple[int, dict[str, Any]]:
    command = [str(Path(sys.executable).with_name("twinstage")), *arguments, "--home", str(home), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_started_it_answers_stopped_it_is_gone(tmp_path: Path) -> None:
    code, started = twinstage("local", "start", home=tmp_path)
    try:
        assert code == 0
        status = twinstage("local", "status", home=tmp_path)
        assert (status[0], status[1]["endpoint"]) == (0, started["endpoint"])
    finally:
        stopped = twinstage("local", "stop", home=tmp_path)

    assert stopped[0] == 0
    assert twinstage("local", "status", home=tmp_path)[1].get("endpoint") is None
