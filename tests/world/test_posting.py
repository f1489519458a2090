"""Requests over kept connections, against a server that answers byte for byte what a test has it answer."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.world.own_certificate import certificate
from twinstage.world.aws.posting import NotAnsweredError, Poster, poster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Amz-Crc32: 7\r\n\r\n{}"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]"
CHUNKED = b'HTTP/1.1 500 Oh no\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n{"a"\r\n3\r\n:1}\r\n0\r\nx: y\r\n\r\n'


class Scripted:
    """What the server saw: the requests of each connection, in the order in which the connections were made."""

    def __init__(self, script: Sequence[Sequence[bytes]]) -> None:
        self.script = script
        self.seen: list[list[bytes]] = [[] for _ in script]
        self.closed = [threading.Event() for _ in script]
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self.listening.getsockname()[1]}/"
        self.thread = threading.Thread(target=self.serve)

    def serve(self) -> None:
        """One connection after the other: each answer of its script once a request is whole, then it is closed."""
        for answers, seen, closed in zip(self.script, self.seen, self.closed, strict=True):
            with self.listening.accept()[0] as connection, connection.makefile("rb") as requests:
                for answer in answers:
                    head = b"".join(iter(requests.readline, b"\r\n"))
                    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                    seen.append(head + requests.read(length))
                    connection.sendall(answer)
            closed.set()


@contextmanager
def server(*script: Sequence[bytes]) -> Iterator[tuple[Scripted, Poster]]:
    scripted = Scripted(script)
    scripted.thread.start()
    try:
        yield scripted, poster(scripted.endpoint, connections=2, timeout_s=20)
    finally:
        scripted.thread.join()
        scripted.listening.close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


def test_a_connection_is_kept_and_requests_go_out_as_they_were_given() -> None:
    with server([WHOLE, WHOLE]) as (scripted, way):
        first = way.post({"host": "h", "x-amz-target": "Scan"}, b'{"a":1}')
        second = way.post({"host": "h"}, b"")
    assert (first.status, first.data, first.headers["x-amz-crc32"]) == (200, b"{}", "7")
    assert second == first
    assert scripted.seen == [
        [
            b'POST / HTTP/1.1\r\nhost: h\r\nx-amz-target: Scan\r\ncontent-length: 7\r\n{"a":1}',
            b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n",
        ]
    ]


def test_a_connection_that_the_server_has_closed_meanwhile_is_not_used_again() -> None:
    with server([WHOLE], [WHOLE]) as (scripted, way):
        way.post({}, b"1")
        assert scripted.closed[0].wait(20)
        assert way.post({}, b"2").data == b"{}"
    assert [len(requests) for requests in scripted.seen] == [1, 1]


def test_a_connection_that_the_server_says_it_closes_is_not_used_again() -> None:
    with server([CLOSING], [CLOSING]) as (_, way):
        assert [way.post({}, b"1").data, way.post({}, b"2").data] == [b"[]", b"[]"]


def test_an_answer_in_chunks_is_put_together() -> None:
    with server([CHUNKED, WHOLE]) as (_, way):
        answer = way.post({}, b"1")
        assert (answer.status, answer.data) == (500, b'{"a":1}')
        assert way.post({}, b"2").data == b"{}"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        WHOLE[:-1],
        WHOLE[:20],
        CHUNKED[:-8],
        CHUNKED[:60],
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    ],
)
def test_what_is_not_a_whole_answer_is_an_error_after_which_one_may_ask_again(answer: bytes) -> None:
    with server([answer], [WHOLE]) as (_, way):
        with pytest.raises(NotAnsweredError) as raised:
            way.post({}, b"1")
        assert not raised.value.permanent
        assert way.post({}, b"2").data == b"{}"


def test_a_server_that_is_not_there_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        endpoint = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with pytest.raises(NotAnsweredError) as raised:
        poster(endpoint, connections=1, timeout_s=20).post({}, b"")
    assert raised.value.kind == "ConnectionRefusedError"


def test_a_server_that_does_not_answer_in_time_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(NotAnsweredError) as raised:
        poster(f"http://127.0.0.1:{listening.getsockname()[1]}/", connections=1, timeout_s=0.05).post({}, b"")
    assert raised.value.kind == "TimeoutError"


def test_a_proxy_of_the_environment_is_asked_for_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with server([WHOLE]) as (scripted, _):
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("http_proxy", scripted.endpoint)
        way = poster("http://dynamodb.example/", connections=1, timeout_s=20)
        assert way.post({"host": "dynamodb.example"}, b"1").data == b"{}"
    assert scripted.seen[0][0].startswith(b"POST http://dynamodb.example/ HTTP/1.1\r\n")


@contextmanager
def secure_server(file: Path) -> Iterator[str]:
    """The address of a server that shows a certificate, and gives one answer to who takes it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def serve() -> None:
        plain, _ = listening.accept()
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(1 << 16)
                connection.sendall(WHOLE)
        except OSError:
            plain.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


def test_a_server_whose_certificate_is_signed_by_somebody_known_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    monkeypatch.setattr("botocore.httpsession.where", lambda: str(file))
    with secure_server(file) as endpoint:
        assert poster(endpoint, connections=1, timeout_s=20).post({}, b"1").data == b"{}"


def test_a_server_whose_certificate_is_not_trusted_is_not_asked_again(tmp_path: Path) -> None:
    with secure_server(certificate(tmp_path)) as endpoint, pytest.raises(NotAnsweredError) as raised:
        poster(endpoint, connections=1, timeout_s=20).post({}, b"1")
    assert raised.value.permanent
