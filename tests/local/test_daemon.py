from __future__ import annotations

import os
import signal
import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
import pytest

from twinstage.local import daemon
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    # Without compiled modules a server takes twice as long to start.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    yield tmp_path / "home"
    daemon.stop(tmp_path / "home")


def test_a_started_server_is_found_answers_and_is_gone_when_stopped(home: Path) -> None:
    assert daemon.status(home) is None
    running = daemon.start(home)
    assert daemon.status(home) == running
    assert daemon.start(home) == running
    assert stat.S_IMODE((home / "server.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for account in running.accounts.values():
        key, secret = running.keys[account]
        sts = boto3.client(
            "sts",
            endpoint_url=running.endpoint,
            region_name=running.region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )
        assert sts.get_caller_identity()["Account"] == account
    assert daemon.stop(home) is True
    assert daemon.status(home) is None
    assert not (home / "server.json").exists()
    assert not (home / "engines").exists()
    assert daemon.stop(home) is False


def test_a_killed_server_is_not_believed_and_its_leftovers_go_with_the_next(home: Path) -> None:
    dead = daemon.start(home)
    os.kill(dead.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while daemon.status(home) is not None:
        assert time.monotonic() < deadline
    left = list((home / "engines").iterdir())
    assert left
    alive = daemon.start(home)
    assert alive.pid != dead.pid
    assert not any(directory.exists() for directory in left)


def test_two_starts_at_once_find_the_same_server(home: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: daemon.start(home), range(2))
    assert first == second


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(TwinstageError, match="Address already in use"):
            daemon.start(home, port=taken.getsockname()[1])
