"""What `pip install twinstage` brings."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from configparser import ConfigParser
from email.parser import HeaderParser
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from tests.library.wheels import ROOT, build

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

APP = "twinstage/local/app/"
PACKAGES = {
    "twinstage": "lambdas/twinstage",
    "twinstage_recorder": "lambdas/twinstage_recorder",
    "twinstage_constructs": "constructs/twinstage_constructs",
    f"{APP}stacks": "stacks",
    f"{APP}scenarios": "scenarios",
}
FILES = ("app.py", "cdk.json", "package.json", "package-lock.json", "pyproject.toml", "tools/bundle.py")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(built: dict[str, Path]) -> dict[str, bytes]:
    with zipfile.ZipFile(built["wheel"]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def told(wheel: dict[str, bytes], file: str) -> str:
    (found,) = (content for name, content in wheel.items() if name.endswith(f".dist-info/{file}"))
    return found.decode()


@pytest.fixture(scope="module")
def metadata(wheel: dict[str, bytes]) -> Message:
    return HeaderParser().parsestr(told(wheel, "METADATA"))


def tracked(folder: str) -> set[Path]:
    """The files of a folder that are, or may be, committed."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return {ROOT / name for name in names if (ROOT / name).is_file()}


def test_it_holds_the_packages_whole_and_what_a_rehearsal_needs_of_a_checkout_and_nothing_else(
    wheel: dict[str, bytes],
) -> None:
    expected = {f"{APP}{name}": ROOT / name for name in FILES}
    for package, folder in PACKAGES.items():
        expected |= {f"{package}/{path.relative_to(ROOT / folder).as_posix()}": path for path in tracked(folder)}
    held = {name: content for name, content in wheel.items() if ".dist-info/" not in name}

    assert sorted(held) == sorted(expected)
    assert [name for name, path in expected.items() if held[name] != path.read_bytes()] == []
    assert {"twinstage/py.typed", "twinstage_constructs/py.typed"} <= held.keys()


def test_it_has_the_command_and_the_pytest_plugin(wheel: dict[str, bytes]) -> None:
    points = ConfigParser()
    points.read_string(told(wheel, "entry_points.txt"))

    assert dict(points["console_scripts"]) == {"twinstage": "twinstage.cli:main"}
    assert dict(points["pytest11"]) == {"twinstage.testing.plugin": "twinstage.testing.plugin"}


def test_its_metadata_say_what_an_index_asks_for(metadata: Message) -> None:
    assert (metadata["Name"], metadata["Requires-Python"], metadata["License-Expression"]) == (
        "twinstage",
        ">=3.11",
        "Apache-2.0",
    )
    assert metadata["Summary"]
    assert set(metadata.get_all("Provides-Extra", [])) == {"cli", "cdk", "fast", "local"}
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_the_readme_renders(metadata: Message) -> None:
    page = MarkdownIt("commonmark").enable("table").render(str(metadata.get_payload()))

    assert page.startswith("<h1>Twinstage</h1>")
    assert "<table>" in page
    # A fence that was not closed would take the rest of the page.
    assert page.count("<h2>") == sum(line.startswith("## ") for line in (ROOT / "README.md").read_text().splitlines())


def test_the_sdist_holds_what_the_tests_need_and_nothing_that_was_built(built: dict[str, Path]) -> None:
    with tarfile.open(built["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"PKG-INFO", "pyproject.toml", "uv.lock", "Makefile", "tests/conftest.py", "tools/setup.py"} <= names
    built_or_fetched = ("node_modules", ".venv", ".build", "dist", "cdk.out", ".twinstage")
    assert [name for name in names if name.startswith(built_or_fetched) or name.endswith(".pyc")] == []
