"""The packaged changes of a data contract, rehearsed whole by the command, against what each says is expected of it.

In CI their rows and findings are held by tests/scenarios/test_invoices.py, which calls the pipeline's functions in memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from twinstage.model.validation import schema_violations

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "scenarios/invoices"
TWINSTAGE = str(Path(sys.executable).with_name("twinstage"))
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
EXIT_CODES = {"APPROVED": 0, "REJECTED": 1}

pytestmark = [pytest.mark.engine, pytest.mark.cdk, pytest.mark.long]


@pytest.mark.parametrize("file", sorted(EXPECTED))
def test_a_change_of_a_contract_ends_as_is_expected(file: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [
        TWINSTAGE,
        "twin",
        "rehearse",
        str(FOLDER / file),
        "--store",
        str(tmp_path / "store"),
        "--out",
        str(out),
        "--json",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    expected = EXPECTED[file]
    assert done.returncode == EXIT_CODES[expected["verdict"]], done.stderr

    result = json.loads(done.stdout)
    assert schema_violations("twin_rehearse", result) == []
    assert result["verdict"] == expected["verdict"]
    failed = [each["check"] for each in result["change"]["findings"] if each["passed"] is False and each["counts"]]
    assert failed == expected["failed"]
    assert result["isolation"]["contained"]
    assert json.loads((out / "result.json").read_text()) == result
    for name in ("report.html", "report.md", "junit.xml", "results.sarif", "graph.json"):
        assert (out / name).stat().st_size > 0, name
