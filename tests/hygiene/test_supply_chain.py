"""What is installed is what was locked, by its hash; and the bill of materials names it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OWN = "twinstage"
REGISTRY = "https://registry.npmjs.org/"
SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def locked() -> list[dict[str, Any]]:
    """Every package of the lock but our own."""
    found = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return [package for package in found if package["name"] != OWN]


def test_every_file_that_the_lock_names_comes_from_pypi_and_has_a_sha256() -> None:
    assert len(locked()) > 50
    for package in locked():
        assert package["source"] == {"registry": "https://pypi.org/simple"}, package["name"]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert all(SHA256.fullmatch(file["hash"]) for file in files), package["name"]


def test_every_package_of_npms_lock_has_an_integrity() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name and not package.get("link")}

    assert fetched
    assert [name for name, package in fetched.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert all(package.get("resolved", REGISTRY).startswith(REGISTRY) for package in fetched.values())


def test_the_bill_of_materials_names_whatever_is_locked_in_its_version(tmp_path: Path) -> None:
    """By the very command of `make sbom`."""
    recipe = re.search(r"^sbom:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    command = recipe[1].strip().lstrip("@").replace(".build/sbom.cdx.json", str(tmp_path / "sbom.json"))
    command = command.splitlines()[-1].strip().lstrip("@")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        check=True,
        capture_output=True,
        env={**os.environ, "PATH": path, "UV_OFFLINE": "1"},
    )

    bill = json.loads((tmp_path / "sbom.json").read_text())
    named = {(component["name"], component["version"]) for component in bill["components"]}
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert {(package["name"], package["version"]) for package in locked()} - named == set()
