"""Connections of a generator, against servers on loopback that do what a test has them do."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.world.own_certificate import certificate
from twinstage.model.errors import InputError, SafetyError
from twinstage.world.load.connections import Arrival, Connections
from twinstage.world.load.exchange import Endpoint, Reply
from twinstage.world.load.http_target import HttpRequest, HttpTarget
from twinstage.world.load.noop_process import noop_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ASK = b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\n\r\nx"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
PATIENCE_NS = 20_000_000_000


@contextmanager
def serving(*connections: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """A server that treats its connections, in their order, each as it is told, and then closes it."""

    def serve() -> None:
        for treat in connections:
            plain, _ = listening.accept()
            try:
                with tls.wrap_socket(plain, server_side=True) if tls else plain as connection:
                    treat(connection)
            except OSError:
                plain.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield Endpoint((("127.0.0.1", listening.getsockname()[1]),))
        thread.join()


def answers(*replies: bytes) -> Callable[[socket.socket], None]:
    def treat(connection: socket.socket) -> None:
        for reply in replies:
            data = b""
            while not data.endswith(b"x"):
                data += connection.recv(1 << 20)
            connection.sendall(reply)

    return treat


def arrived(connections: Connections, number: int = 1) -> list[Arrival]:
    found: list[Arrival] = []
    until = connections.now() + PATIENCE_NS
    while len(found) < number and connections.now() < until:
        found += connections.wait(until)
    return found


def asked(connections: Connections, data: bytes = ASK, lane: int = 0) -> Arrival:
    connections.send(lane, data)
    [arrival] = arrived(connections)
    return arrival


def body(arrival: Arrival) -> bytes:
    assert isinstance(arrival.reply, Reply), arrival.failure
    return arrival.reply.body


def test_a_connection_is_kept_and_every_moment_is_told() -> None:
    with serving(answers(ANSWER, ANSWER)) as endpoint, Connections(endpoint, 1) as connections:
        before = connections.now()
        assert connections.send(0, ASK) is None
        [first] = arrived(connections)
        sent = connections.send(0, ASK)
        [second] = arrived(connections)
    assert body(first) == body(second) == b"{}"
    assert sent is not None
    assert before < first.sent_ns < first.at_ns < sent == second.sent_ns < second.at_ns


def test_a_connection_that_the_server_has_closed_meanwhile_is_made_again() -> None:
    closed = threading.Event()

    def once(connection: socket.socket) -> None:
        answers(ANSWER)(connection)
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with serving(once, answers(ANSWER)) as endpoint, Connections(endpoint, 1) as connections:
        asked(connections)
        assert closed.wait(20)
        assert connections.wait(connections.now() + 50_000_000) == []
        assert body(asked(connections)) == b"{}"


def test_an_answer_that_says_so_closes_its_connection() -> None:
    closing = ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with serving(answers(closing), answers(ANSWER)) as endpoint, Connections(endpoint, 1) as connections:
        assert body(asked(connections)) == body(asked(connections)) == b"{}"


def test_requests_and_answers_of_any_size_go_through() -> None:
    large = b"y" * 12_000_000
    ask = b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n%sx" % (len(large) + 1, large)
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(large), large)
    with serving(answers(reply, ANSWER)) as endpoint, Connections(endpoint, 1) as connections:
        assert body(asked(connections, ask)) == large
        assert body(asked(connections, ask)) == b"{}"


def test_several_are_under_way_at_once() -> None:
    with (
        serving(answers(ANSWER), answers(ANSWER), answers(ANSWER)) as endpoint,
        Connections(endpoint, 3) as connections,
    ):
        for lane in range(3):
            connections.send(lane, ASK)
        assert {arrival.lane for arrival in arrived(connections, 3)} == {0, 1, 2}


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (b"", "ConnectionAbortedError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "ConnectionAbortedError"),
        (b"220 smtp.example.test\r\n\r\n", "NotHttpError"),
        (ANSWER + b"more", "NotHttpError"),
    ],
)
def test_what_comes_to_no_answer_is_told_by_its_error(reply: bytes, failure: str) -> None:
    with serving(answers(reply), answers(ANSWER)) as endpoint, Connections(endpoint, 1) as connections:
        lost = asked(connections)
        assert (lost.reply, lost.failure) == (None, failure)
        assert body(asked(connections)) == b"{}"


def test_a_server_that_is_not_there_is_told_by_its_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        endpoint = Endpoint((("127.0.0.1", gone.getsockname()[1]),))
    with Connections(endpoint, 1) as connections:
        assert asked(connections).failure == "ConnectionRefusedError"


def test_an_answer_that_nobody_asked_for_ends_its_connection_and_nothing_else() -> None:
    looked = threading.Event()

    def twice(connection: socket.socket) -> None:
        answers(ANSWER)(connection)
        assert looked.wait(20)
        connection.sendall(ANSWER)
        connection.recv(1)

    with serving(twice, answers(ANSWER)) as endpoint, Connections(endpoint, 1) as connections:
        asked(connections)
        looked.set()
        assert connections.wait(connections.now() + 50_000_000) == []
        assert body(asked(connections)) == b"{}"


def test_what_nobody_waits_for_any_more_does_not_fail_either() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        endpoint = Endpoint((("127.0.0.1", gone.getsockname()[1]),))
    with Connections(endpoint, 1) as connections:
        connections.send(0, ASK)
        connections.drop(0)
        assert connections.wait(connections.now() + 20_000_000) == []


def test_what_nobody_waits_for_any_more_does_not_arrive() -> None:
    given_up = threading.Event()

    def late(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        assert given_up.wait(20)
        connection.sendall(ANSWER)

    with serving(late, answers(ANSWER)) as endpoint, Connections(endpoint, 1) as connections:
        connections.send(0, ASK)
        assert connections.wait(connections.now() + 20_000_000) == []
        connections.drop(0)
        given_up.set()
        assert body(asked(connections)) == b"{}"


def test_a_wait_ends_at_its_time_and_never_before() -> None:
    with serving() as endpoint, Connections(endpoint, 1) as connections:
        for wait_ns in (-5, 0, 700_000, 5_000_000):
            until = connections.now() + wait_ns
            assert connections.wait(until) == []
            assert connections.now() >= until


def test_tls_is_spoken_with_who_shows_a_certificate_that_is_known(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(file))
    server.load_cert_chain(file)
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"z" * 100_000
    with serving(answers(large, ANSWER), tls=server) as plain:
        endpoint = Endpoint(plain.addresses, client, "127.0.0.1")
        with Connections(endpoint, 1) as connections:
            assert len(body(asked(connections))) == 100_000
            assert body(asked(connections)) == b"{}"


def test_who_shows_another_certificate_is_sent_nothing(tmp_path: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate(tmp_path))
    heard: list[bytes] = []

    def listen(connection: socket.socket) -> None:
        heard.append(connection.recv(1 << 16))

    strict = ssl.create_default_context()
    with (
        serving(listen, tls=server) as plain,
        Connections(Endpoint(plain.addresses, strict, "127.0.0.1"), 1) as connections,
    ):
        assert asked(connections).failure == "SSLCertVerificationError"
    assert b"".join(heard) == b""


def test_the_server_that_answers_at_once_answers_every_request_and_goes_when_it_is_not_needed() -> None:
    with noop_server() as endpoint:
        assert endpoint is not None
        target = HttpTarget(
            f"http://127.0.0.1:{endpoint.addresses[0][1]}", [HttpRequest("POST", body=b"y" * 300_000), HttpRequest()]
        )
        with Connections(endpoint, 2) as connections:
            for number in range(4):
                assert body(asked(connections, target.request(number).data, number % 2)) == b"{}"
    with Connections(endpoint, 1) as connections:
        assert asked(connections).failure == "ConnectionRefusedError"


def test_only_addresses_of_this_machine_are_targets() -> None:
    for url in ("http://example.com/", "https://169.254.169.254/latest", "http://127.0.0.1.example.com"):
        with pytest.raises(SafetyError, match="this machine only"):
            HttpTarget(url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "127.0.0.1:80",
        "http:///x",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "http://127.0.0.1:0/",
        "http://[::1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\u20ac",
    ],
)
def test_what_is_no_address_is_no_target(url: str) -> None:
    with pytest.raises(InputError, match="no address of HTTP"):
        HttpTarget(url)


def test_every_request_that_cannot_be_sent_is_named_at_once() -> None:
    wrong: list[Any] = [
        HttpRequest("HEAD"),
        HttpRequest(headers={"x-kind": "a b"}),
        HttpRequest(path="/a b", headers={"x": "a\r\nhost: other", "x y": "a"}),
    ]
    with pytest.raises(InputError) as caught:
        HttpTarget("http://127.0.0.1:1", wrong)
    assert [problem.pointer for problem in caught.value.problems] == [
        "/0/method",
        "/2/headers/x",
        "/2/headers/x y",
        "/2/path",
    ]
    with pytest.raises(InputError, match="no request to send"):
        HttpTarget("http://127.0.0.1:1", [])


def test_a_request_goes_out_as_it_is_described() -> None:
    requests = [HttpRequest(), HttpRequest("PUT", "items/7?x=1", {"X-Kind": "a"}, b"{}", "put item")]
    target = HttpTarget("http://localhost:8080/base/?v=2", requests)
    assert target.request(0).data == b"GET /base/?v=2 HTTP/1.1\r\nhost: localhost:8080\r\n\r\n"
    assert target.request(3).data == (
        b"PUT /base/items/7?x=1 HTTP/1.1\r\nhost: localhost:8080\r\nx-kind: a\r\ncontent-length: 2\r\n\r\n{}"
    )
    assert [target.subject(number) for number in range(2)] == [("GET /base/", None), ("put item", None)]
    outcomes = [
        target.outcome(target.request(0), Reply(status, b"", b"")).error for status in (204, 302, 404, 429, 503)
    ]
    assert outcomes == [None, None, "failed:404", "throttled:429", "failed:503"]
