"""The directory that every stage function's code comes from."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine().lower()]


def build(*arguments: str) -> Path:
    """The tool's own door: the last line it prints is the bundle's place."""
    command = [sys.executable, str(ROOT / "tools" / "bundle.py"), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return Path(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def bundle() -> Path:
    return build("--arch", HERE)


def files(bundle: Path) -> dict[str, int]:
    return {p.relative_to(bundle).as_posix(): p.stat().st_mtime_ns for p in bundle.rglob("*") if p.is_file()}


def test_every_handler_can_be_imported_from_the_bundle_alone(bundle: Path) -> None:
    """boto3 is the runtime's own; everything else must be in the bundle."""
    handlers = sorted((bundle / "twinstage" / "handlers").glob("*.py"))
    modules = [f"twinstage.handlers.{path.stem}" for path in handlers if path.stem != "__init__"]
    provided = ["boto3", "botocore", "s3transfer", "dateutil", "urllib3", "six"]
    program = f"""
import importlib, sys
sys.path[:] = [p for p in sys.path if "site-packages" not in p and p != {str(ROOT / "lambdas")!r}] + [{str(bundle)!r}]
class Runtime:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {provided!r}:
            return importlib.machinery.PathFinder.find_spec(name, path or {sys.path!r})
sys.meta_path.append(Runtime())
for module in {modules!r}:
    importlib.import_module(module)
assert sys.modules["twinstage"].__file__.startswith({str(bundle)!r})
"""
    done = subprocess.run(
        [sys.executable, "-BS", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"AWS_REGION": "us-east-1"},
    )

    assert done.returncode == 0, done.stderr


def test_it_holds_nothing_that_runs_on_a_persons_machine(bundle: Path) -> None:
    packages = {path.name for path in (bundle / "twinstage").iterdir() if path.is_dir()}

    assert {"handlers", "model", "state", "world"} <= packages
    assert packages.isdisjoint({"local", "cli", "__pycache__"})
    assert not [
        name for name in files(bundle) if "__pycache__" in name or "/." in name or name.startswith(("boto", "moto"))
    ]


def test_it_is_small_enough_to_start_cold(bundle: Path) -> None:
    assert sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file()) < 30_000_000


def test_building_it_again_writes_nothing(bundle: Path) -> None:
    before = files(bundle)

    assert build("--arch", HERE) == bundle
    assert files(bundle) == before


def test_the_command_builds_the_same(bundle: Path) -> None:
    program = str(Path(sys.executable).with_name("twinstage"))

    done = subprocess.run([program, "bundle", "--arch", HERE, "--json"], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["bundle"] == str(bundle)
