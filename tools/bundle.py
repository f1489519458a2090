"""Build the directory that every stage function's code is zipped from: `.build/bundle-<arch>`. Prints its path.

It holds the package `twinstage` without `local` and `cli`, and what `[project.dependencies]` needs, at the versions of
`uv.lock`; where there is none, because Twinstage was installed from a wheel, at those that are installed. For this machine's own processor and Python those are copied from the running environment, with no network;
for any other target uv fetches wheels. Dependencies are built once a lock, the sources are copied whenever they
changed.

    python tools/bundle.py --arch arm64 [--python 3.12]
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.metadata
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / ".build"
SOURCES = ROOT / "lambdas" / "twinstage"
LOCKS = [lock for lock in (ROOT / "uv.lock",) if lock.exists()]
LEFT_OUT = (
    "local",
    "cli",
    "isolation",
    "simulate/network",
    "simulate/pipeline",
    "twin",
    "rehearse/pipeline",
    "rehearse/change",
    "testing",
)
"""Packages of ours that run on a person's machine, never in a function."""

UV_PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
LARGEST_BYTES = 30_000_000
"""A cold start reads all of it."""

HERE = (MACHINES.get(platform.machine().lower(), ""), f"{sys.version_info.major}.{sys.version_info.minor}")
FORMAT = 1
"""Part of every stamp: raise it when this tool lays a bundle out differently."""


def main() -> int:
    """Build the bundle the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", choices=sorted(UV_PLATFORMS), default="arm64", help="the functions' processor")
    parser.add_argument("--python", help="their Python, such as 3.12 (this one on this machine's processor, else 3.12)")
    arguments = parser.parse_args()
    python = arguments.python or (HERE[1] if arguments.arch == HERE[0] else "3.12")
    try:
        bundle = build(arguments.arch, python)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"{error}\n{getattr(error, 'stderr', '') or ''}")
        return 1
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
    sys.stderr.write(f"{size / 1e6:.1f} MB unzipped\n")
    if size > LARGEST_BYTES:
        sys.stderr.write(f"a bundle may hold {LARGEST_BYTES / 1e6:.0f} MB at most\n")
        return 1
    sys.stdout.write(f"{bundle}\n")
    return 0


def build(arch: str, python: str) -> Path:
    """The bundle for one processor and Python, rebuilt as far as the lock or the sources changed."""
    bundle = BUILD / f"bundle-{arch}"
    BUILD.mkdir(exist_ok=True)
    with _lock(BUILD / f"bundle-{arch}.lock"):
        dependencies = _stamp([ROOT / "pyproject.toml", *LOCKS], arch, python)
        if _read(bundle, "dependencies") != dependencies:
            _install(bundle, arch, python)
            _write(bundle, "dependencies", dependencies)
        sources = _stamp(_sources(), arch, python)
        if _read(bundle, "sources") != sources:
            _copy_sources(bundle / "twinstage")
            _write(bundle, "sources", sources)
    return bundle


@contextmanager
def _lock(file: Path) -> Iterator[None]:
    """One build of a target at a time."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _stamp(files: list[Path], arch: str, python: str) -> str:
    found = hashlib.sha256(f"{FORMAT} {arch} {python}".encode())
    for file in files:
        found.update(f"{file.relative_to(ROOT)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _stamps(bundle: Path) -> Path:
    # Beside the bundle, not in it: what is deployed holds nothing of how it was built.
    return bundle.with_suffix(".stamps.json")


def _read(bundle: Path, name: str) -> str | None:
    stamps = _stamps(bundle)
    if not bundle.is_dir() or not stamps.is_file():
        return None
    found: dict[str, str] = json.loads(stamps.read_bytes())
    return found.get(name)


def _write(bundle: Path, name: str, stamp: str) -> None:
    stamps = _stamps(bundle)
    found = json.loads(stamps.read_bytes()) if stamps.is_file() else {}
    # New dependencies replace the whole directory, the sources with it.
    kept = {} if name == "dependencies" else found
    stamps.write_text(json.dumps({**kept, name: stamp}))


def _sources() -> list[Path]:
    return sorted(path for path in SOURCES.rglob("*") if path.is_file() and _belongs(path.relative_to(SOURCES)))


def _belongs(path: Path) -> bool:
    caches = any(part == "__pycache__" or part.startswith(".") for part in path.parts)
    return not caches and not any(path.is_relative_to(each) for each in LEFT_OUT)


def _copy_sources(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    for source in _sources():
        place = target / source.relative_to(SOURCES)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)


def _install(bundle: Path, arch: str, python: str) -> None:
    """Put the dependencies into a fresh directory, and that in the place of the old one."""
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        fresh = Path(scratch) / "bundle"
        fresh.mkdir()
        if (arch, python) == HERE:
            _copy_installed(fresh)
        else:
            _fetch(fresh, Path(scratch), arch, python)
        _slim(fresh)
        shutil.rmtree(bundle, ignore_errors=True)
        fresh.rename(bundle)


def _copy_installed(target: Path) -> None:
    """Copy the distributions from the running environment. Raises RuntimeError if one is not at the lock's version."""
    locked = {
        package["name"]: package["version"]
        for lock in LOCKS
        for package in tomllib.loads(lock.read_text())["package"]
        if "version" in package
    }
    for distribution in _closure():
        name = distribution.metadata["Name"].lower().replace("_", "-").replace(".", "-")
        if LOCKS and distribution.version != locked.get(name):
            raise RuntimeError(
                f"{name} {distribution.version} is installed, {locked.get(name)} is locked: run `make setup`"
            )
        for file in distribution.files or ():
            # Console scripts lie outside of site-packages.
            if ".." not in file.parts:
                place = target / file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(distribution.locate_file(file)), place)


def _closure() -> list[importlib.metadata.Distribution]:
    """The installed distributions that `[project.dependencies]` and, in turn, they themselves require."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found: dict[str, importlib.metadata.Distribution] = {}
    pending = [Requirement(text) for text in project["dependencies"]]
    while pending:
        requirement = pending.pop()
        extras = requirement.extras or {""}
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found[requirement.name] = distribution = importlib.metadata.distribution(requirement.name)
        for text in distribution.requires or ():
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                pending.append(Requirement(text.partition(";")[0]))
    return [found[name] for name in sorted(found)]


def _fetch(target: Path, scratch: Path, arch: str, python: str) -> None:
    """Have uv fetch the wheels that the lock names, or those of what is installed. Raises RuntimeError without uv."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise RuntimeError("a bundle for another processor or Python needs uv: https://docs.astral.sh/uv/")
    if LOCKS:
        export = ["export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--quiet"]
        pins = subprocess.run([uv, *export], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    else:
        pins = "".join(f"{each.metadata['Name']}=={each.version}\n" for each in _closure())
    requirements = scratch / "requirements.txt"
    requirements.write_text(pins)
    target_flags = ["--target", str(target), "--python-platform", UV_PLATFORMS[arch], "--python-version", python]
    install = ["pip", "install", "--quiet", "--only-binary", ":all:", "--no-deps", "-r", str(requirements)]
    subprocess.run([uv, *install, *target_flags], cwd=ROOT, capture_output=True, text=True, check=True)


def _slim(bundle: Path) -> None:
    """Drop what no function reads:

    byte code, the packages' own tests, scripts, and of their metadata all but name and licence.
    """
    for path in [*bundle.rglob("__pycache__"), *bundle.rglob("*.dist-info/RECORD"), bundle / "bin"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for path in bundle.glob("*.dist-info/*"):
        if path.is_file() and path.name != "METADATA" and not path.name.upper().startswith(("LICENSE", "NOTICE")):
            path.unlink()
    for name in ("jsonschema/tests", "jsonschema/benchmarks"):
        shutil.rmtree(bundle / name, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
