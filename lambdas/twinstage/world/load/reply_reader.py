"""Answers of HTTP/1.1 out of the pieces in which they arrive, one at a time, to requests that are neither HEAD nor CONNECT.

The length of a body is found as RFC 9112, section 6.3, has it (https://www.rfc-editor.org/rfc/rfc9112#section-6.3). Most answers come whole in one piece: those are looked at once
and copied once.
"""

from __future__ import annotations

import re
from typing import Final

from twinstage.world.load.exchange import Reply

_LONGEST_HEAD: Final = 1 << 16
_BODILESS: Final = frozenset({204, 304})
_FIRST_FINAL: Final = 200
_END: Final = b"\r\n\r\n"
_DECIMAL: Final = re.compile(rb"[0-9]{1,18}")
_HEXADECIMAL: Final = re.compile(rb"[0-9A-Fa-f]{1,16}")


class NotHttpError(Exception):
    """What came is no answer of HTTP/1.1."""


class ReplyReader:
    """Of one connection. `keeps`: whether, after the answer last given, the connection may be used again."""

    __slots__ = ("_body", "_head", "_held", "_missing", "_status", "keeps")

    def __init__(self) -> None:
        self.keeps = True
        self._held = b""  # of a head, or of a chunked body, that is not whole
        self._head: bytes | None = None
        self._status = 0
        self._body: list[bytes] = []
        self._missing: int | None = (
            0  # of a body: bytes; None of one that is chunked, -1 of one that ends with the connection
        )

    def feed(self, data: bytes) -> Reply | None:
        """The answer that is whole with these bytes, or None. Raises NotHttpError, also for bytes that follow an answer: nobody asked for them."""
        if self._head is None:
            rest = self._begin(data)
            if rest is None:
                return None
            data = rest
        if self._missing is None:
            return self._chunks(data)
        if self._missing < 0:
            self._body.append(data)
            return None
        self._missing -= len(data)
        if self._missing < 0:
            raise NotHttpError("bytes follow the answer")
        self._body.append(data)
        return None if self._missing else self._whole(b"".join(self._body))

    def end(self) -> Reply | None:
        """The connection was closed: the answer that ends by this, or None where there is none or only a part of one."""
        self.keeps = False
        if self._head is None or self._missing is None or self._missing >= 0:
            return None
        return self._whole(b"".join(self._body))

    def _begin(self, data: bytes) -> bytes | None:
        """Take the head; what follows it, or None while it is not whole. Interim answers (1xx) are passed over."""
        if self._held:
            data = self._held + data
            self._held = b""
        while True:
            end = data.find(_END)
            if end < 0:
                if len(data) > _LONGEST_HEAD:
                    raise NotHttpError("the head of the answer has no end")
                self._held = data
                return None
            head, data = data[:end], data[end + 4 :]
            try:
                status = int(head[9:12])
            except ValueError:
                status = 0
            if not head.startswith(b"HTTP/1.") or status < 100:  # noqa: PLR2004 the first status there is
                raise NotHttpError(f"not an HTTP answer: {head[:80]!r}")
            if status >= _FIRST_FINAL:
                break
        self._head, self._status = head, status
        lower = head.lower()
        self.keeps = b"\r\nconnection: close" not in lower and not lower.startswith(b"http/1.0")
        self._missing = 0 if status in _BODILESS else self._length(lower)
        return data

    def _length(self, lower: bytes) -> int | None:
        begin = lower.find(b"\r\ntransfer-encoding:")
        if begin >= 0:
            coding = lower[begin + 20 :].partition(b"\r\n")[0].strip()
            if coding != b"chunked":
                raise NotHttpError(f"the answer is encoded as {coding!r}")
            return None
        begin = lower.find(b"\r\ncontent-length:")
        if begin < 0:
            self.keeps = False
            return -1
        text = lower[begin + 17 :].partition(b"\r\n")[0].strip()
        if not _DECIMAL.fullmatch(text):
            raise NotHttpError(f"not a length: {text[:80]!r}")
        return int(text)

    def _chunks(self, data: bytes) -> Reply | None:
        """Chunks as they become whole; of the trailer only its end is looked for."""
        data, at = self._held + data, 0
        self._held = b""
        while True:
            end = data.find(b"\r\n", at)
            if end < 0:
                break
            text = data[at:end].partition(b";")[0].strip()
            if not _HEXADECIMAL.fullmatch(text):
                raise NotHttpError(f"not a length: {text[:80]!r}")
            size = int(text, 16)
            if size == 0:
                trailer = data.find(_END, end)
                if trailer < 0:
                    break
                if trailer + 4 < len(data):
                    raise NotHttpError("bytes follow the answer")
                return self._whole(b"".join(self._body))
            if len(data) < end + 2 + size + 2:
                break
            self._body.append(data[end + 2 : end + 2 + size])
            at = end + 2 + size + 2
        self._held = data[at:]
        return None

    def _whole(self, body: bytes) -> Reply:
        head, self._head = self._head or b"", None
        self._body.clear()
        return Reply(self._status, head, body)
