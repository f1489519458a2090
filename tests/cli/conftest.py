from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import alias, rr
from tests.state.production_parts import CODE, item, production, write_dumps, zone_id
from twinstage.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """What one command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@pytest.fixture
def twinstage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Ran]:
    """Runs one command in this process, in an empty working directory, as the console script does."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["twinstage", *map(str, arguments)])
        with pytest.raises(SystemExit) as exited:
            main()
        captured = capsys.readouterr()
        assert isinstance(exited.value.code, int)
        return Ran(exited.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def dumps(tmp_path: Path) -> Path:
    """Dumps of a small production."""
    records = [rr("a.ex.test.", "A", "192.0.2.1"), alias("www.ex.test.", "A", "a.ex.test.", zone_id("ex.test"))]
    write_dumps(tmp_path / "dumps", production({"ex.test": records}, {"plans": [item("plan", "1")]}, {"enactor": CODE}))
    return tmp_path / "dumps"


@pytest.fixture
def imported(twinstage: Callable[..., Ran], dumps: Path) -> Ran:
    """The import of these dumps into `.twinstage` of the working directory."""
    folders = [f"--{kind}={dumps / kind}" for kind in ("zones", "tables", "functions")]
    return twinstage("snapshot", "import", *folders, "--json")
