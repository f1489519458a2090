"""Documents that claim something name the test that holds it, and every test that they name is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::([\w:]+))?`")
FAULTS, THREATS = ROOT / "docs/faults.md", ROOT / "THREAT_MODEL.md"


def rows(document: Path) -> list[list[str]]:
    """The cells of every row of every table, without headings."""
    lines = document.read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line, before in zip(lines[1:], lines, strict=False)
        if line.startswith("|") and before.startswith("|") and not set(line) <= set("|-: ")
    ]


@cache
def defined(path: Path) -> set[str]:
    """Names of the test functions, and of the methods as `Class::method`."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {node.name} | {
                f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)
            }
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("document", [FAULTS, THREATS, ROOT / "SECURITY.md"], ids=lambda path: path.name)
def test_every_test_that_is_named_is_there(document: Path) -> None:
    missing = []
    for file, name in NAMED.findall(document.read_text()):
        path = ROOT / file
        if not path.is_file() or (name and name not in defined(path)):
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_fault_has_its_row_with_what_happens_and_a_test() -> None:
    told = rows(FAULTS)

    assert [int(row[0]) for row in told] == list(range(1, 30))
    for number, _, happens, proof in told:
        assert happens
        assert NAMED.search(proof), number


def test_every_threat_names_the_test_that_holds_it_or_says_that_it_is_open() -> None:
    told = rows(THREATS)

    assert len(told) >= 25
    for row in told:
        assert NAMED.search(row[-1]) or row[-1].startswith("open:"), row
