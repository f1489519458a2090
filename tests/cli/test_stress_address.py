"""`twinstage stress --url`: real requests to this machine, from generators in processes of their own, which are gone whatever happens."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from twinstage.cli.stress_address import http_requests
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Ran


class Plans(BaseHTTPRequestHandler):
    """Answers; refuses what is asked of /busy."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(429 if self.path == "/busy" else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Plans)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_two_generators_share_the_requests_without_loss_and_everything_is_counted(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"path": "free"}\n{"path": "busy", "operation": "busy"}\n')
    with serving() as url:
        given = ("--rate", 20, "--for", "1s", "--generators", 2, "--requests", requests, "--out", tmp_path / "out")
        ran = twinstage("stress", "--url", url, *given, "--json")
    # Whether the generators kept up depends on the machine, what was asked does not.
    assert ran.code in (0, 3), ran.err
    assert schema_violations("stress", ran.document) == []
    load = ran.document["arms"]["target"]["load"]
    told = {name: (each["intended"], each["ok"], each["throttled"]) for name, each in load["operations"].items()}
    assert told == {"GET /free": (10, 10, 0), "busy": (10, 0, 10)}
    assert load["generator"]["generators"] == 2
    assert ran.document["target"] == {"url": url}
    assert (tmp_path / "out/report.html").is_file()


def test_another_machine_is_never_asked(twinstage: Callable[..., Ran]) -> None:
    ran = twinstage("stress", "--url", "http://192.0.2.1/", "--rate", 1, "--for", "1s")
    assert ran.code == 4
    assert "NOT_LOOPBACK" in ran.err


def test_people_are_told_how_requests_failed(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        ran = twinstage("stress", "--url", url, "--rate", 10, "--for", "1s", "--out", tmp_path / "out")
    assert ran.code in (0, 3), ran.err
    assert "  errors: 10 failed:ConnectionRefusedError\n" in ran.out


def test_requests_are_read_with_their_defaults() -> None:
    plain, full = http_requests(
        [{}, {"method": "POST", "path": "/p", "headers": {"a": "b"}, "body": {"x": 1}, "operation": "put"}]
    )
    assert (plain.method, plain.path, plain.body) == ("GET", "", b"")
    assert (full.method, full.headers, full.body, full.operation) == ("POST", {"a": "b"}, b'{"x": 1}', "put")


@pytest.mark.long
@pytest.mark.parametrize("ended", [signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_it_ends_the_generators_too(tmp_path: Path, ended: signal.Signals) -> None:
    with serving() as url:
        program = "from twinstage.cli import main; main()"
        words = ["stress", "--url", url, "--rate", "5", "--for", "20s", "--generators", "2", "--out", str(tmp_path)]
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import sys; sys.argv[1:] = {json.dumps(words)}\nif __name__ == '__main__':\n    {program}",
            ],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
        assert process.stderr is not None
        with process.stderr as told:
            # The first of ten parts is over: the generators are at work.
            assert "part 1 of 10 at 5 /s" in told.readline()
            if ended == signal.SIGINT:
                os.killpg(process.pid, ended)  # as a terminal does: the generators have it too
            else:
                process.kill()
            # What the generators write to, too: it ends once all of them are gone.
            rest = told.read()
        assert process.wait(timeout=60) == (130 if ended == signal.SIGINT else -ended), rest
        assert rest.endswith("interrupted\n") or ended == signal.SIGKILL
        assert "Traceback" not in rest
