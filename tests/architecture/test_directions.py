"""The tree's directions and habits, held by machines."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("lambdas", "constructs", "stacks") for path in sorted((ROOT / folder).rglob("*.py"))]
LARGEST_MODULE = 400
# What decides is given its clock, its ids and its randomness, and reaches files and AWS through `world` only.
EFFECTS = {"time", "random", "secrets", "uuid", "os", "socket", "subprocess", "urllib", "threading", "boto3"}
# A part of a package that acts, and acts on nothing itself.
TAKES_APART = {"urllib.parse"}
PURE = ["model", "state", "validate", "replay", "world/memory"]
# Where requests of a process come in: they hold the current values, under a lock.
DOORS = {"world/memory/aws.py", "world/memory/door.py"}


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0] if node.module not in TAKES_APART else node.module)
    return found


def test_every_import_goes_in_the_direction_of_its_contract() -> None:
    ran = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "4 kept, 0 broken" in ran.stdout


@pytest.mark.parametrize("package", PURE)
def test_what_decides_imports_nothing_that_acts(package: str) -> None:
    root = ROOT / "lambdas/twinstage"
    modules = [path for path in sorted((root / package).rglob("*.py")) if str(path.relative_to(root)) not in DOORS]
    assert modules
    assert {path.name: found for path in modules if (found := imported(path) & EFFECTS)} == {}


def test_the_recorder_leans_on_the_runtimes_own_packages_only() -> None:
    """It goes into functions that know nothing of Twinstage: whatever it needs must be there already."""
    allowed = set(sys.stdlib_module_names) | {"botocore", "boto3", "twinstage_recorder"}
    modules = sorted((ROOT / "lambdas/twinstage_recorder").rglob("*.py"))
    assert modules
    assert set().union(*map(imported, modules)) <= allowed


def test_a_handlers_model_needs_no_aws_sdk_to_be_imported() -> None:
    """A stage function is cold often: what the model costs is paid each time."""
    modules = [path.stem for path in (ROOT / "lambdas/twinstage/model").glob("*.py") if path.stem != "__init__"]
    code = f"import sys; {'; '.join(f'import twinstage.model.{name}' for name in modules)}; print(sorted({{'boto3', 'botocore', 'aws_cdk', 'click'}} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_one_concept_and_says_which(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LARGEST_MODULE
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"
