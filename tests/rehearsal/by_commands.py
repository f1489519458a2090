"""Twinstage as its users have it: by the installed command, its answer as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def twinstage(*arguments: str | Path, exit_code: int = 0) -> dict[str, Any]:
    """What a command prints; it must end with that code."""
    command = [str(Path(sys.executable).with_name("twinstage")), *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document
