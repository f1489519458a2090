"""Answers of HTTP/1.1, in whatever pieces they come."""

from __future__ import annotations

import http.client
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.world.load.reply_reader import NotHttpError, ReplyReader

BODY = st.binary(max_size=60)
HEADERS = st.lists(
    st.sampled_from([b"Date: Mon", b"X-Amzn-RequestId: 7", b"Connection: keep-alive", b'ETag: "a"']), max_size=3
)


def sized(body: bytes, headers: list[bytes]) -> bytes:
    head = [b"HTTP/1.1 200 OK", *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def chunked(body: bytes, headers: list[bytes], size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    head = [b"HTTP/1.1 503 Slow Down", *headers, b"transfer-encoding: chunked"]
    return b"\r\n".join(head) + b"\r\n\r\n" + chunks + b"0\r\nx-trailer: 1\r\n\r\n"


MESSAGE = st.one_of(st.builds(sized, BODY, HEADERS), st.builds(chunked, BODY, HEADERS, st.integers(1, 9)))


class OneSocket:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self.data)


def standards(message: bytes) -> tuple[int, bytes]:
    """As the standard library reads it."""
    response = http.client.HTTPResponse(OneSocket(message))  # type: ignore[arg-type]  # all that it uses of a socket
    response.begin()
    return response.status, response.read()


@given(st.lists(MESSAGE, min_size=1, max_size=3), st.data())
def test_answers_are_read_as_the_standard_library_reads_them_however_they_are_cut(
    messages: list[bytes], data: st.DataObject
) -> None:
    reader = ReplyReader()
    for message in messages:
        cuts = sorted(data.draw(st.lists(st.integers(1, max(len(message) - 1, 1)), max_size=6)))
        pieces = [
            message[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(message)], strict=True) if begin < end
        ]
        found = [reader.feed(piece) for piece in pieces]
        assert found[:-1] == [None] * (len(found) - 1)
        reply = found[-1]
        assert reply is not None
        assert (reply.status, reply.body) == standards(message)
        assert reader.keeps


def test_a_header_is_found_whatever_its_case_and_place() -> None:
    reply = ReplyReader().feed(b"HTTP/1.1 200 OK\r\nX-Amz-Function-Error:  Unhandled \r\nContent-Length: 0\r\n\r\n")
    assert reply is not None
    assert reply.header(b"x-amz-function-error") == "Unhandled"
    assert reply.header(b"content-length") == "0"
    assert reply.header(b"x-amz-function") is None


def test_interim_answers_are_passed_over_and_some_answers_have_no_body() -> None:
    reader = ReplyReader()
    reply = reader.feed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    assert reply is not None
    assert (reply.status, reply.body) == (204, b"")


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    reader = ReplyReader()
    assert reader.feed(b"HTTP/1.0 200 OK\r\n\r\nab") is None
    assert reader.feed(b"cd") is None
    reply = reader.end()
    assert reply is not None
    assert reply.body == b"abcd"
    assert not reader.keeps


@pytest.mark.parametrize("head", [b"Connection: close", b"connection: Close, x"])
def test_a_connection_is_given_up_where_the_answer_says_so(head: bytes) -> None:
    reader = ReplyReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n" + head + b"\r\nContent-Length: 1\r\n\r\na") is not None
    assert not reader.keeps


def test_part_of_an_answer_is_none() -> None:
    for part in (b"", b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"):
        reader = ReplyReader()
        assert reader.feed(part) is None
        assert reader.end() is None


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"1" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-6\r\n0123456789",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
        b"x" * 70_000,
    ],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(NotHttpError):
        ReplyReader().feed(data)
