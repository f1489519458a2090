"""What a worker prints, read as it is printed, so that a full pipe never stops a handler."""

from __future__ import annotations

import os
import select
import threading
from typing import IO

_LIMIT_BYTES = 4 * 1024 * 1024
_CHUNK_BYTES = 65_536
_POLL_S = 0.5


class Output:
    """Collects the bytes of a pipe between two calls of `take`."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._buffer, self._dropped = pipe, bytearray(), 0
        self._lock, self._closed = threading.Lock(), threading.Event()
        os.set_blocking(pipe.fileno(), False)
        self._thread = threading.Thread(target=self._pump, name="worker-output", daemon=True)
        self._thread.start()

    def take(self) -> list[str]:
        """The lines printed since the last call. Complete once the worker has asked for its next invocation or has ended."""
        with self._lock:
            self._read()
            text, dropped = self._buffer.decode("utf-8", "replace"), self._dropped
            self._buffer.clear()
            self._dropped = 0
        # The runtime client ends the lines of a record that belong together with a carriage return.
        lines = [line.replace("\r", "\n").rstrip("\n") for line in text.split("\n")]
        if dropped:
            lines.append(f"[the embedded AWS dropped {dropped} further bytes of output]")
        return [line for line in lines if line]

    def close(self) -> None:
        """Stop reading."""
        self._closed.set()

    def _pump(self) -> None:
        with self._pipe:
            while not self._closed.is_set():
                if not select.select([self._pipe], [], [], _POLL_S)[0]:
                    continue
                with self._lock:
                    if not self._read():
                        return

    def _read(self) -> bool:
        """Read what the pipe holds; False at its end. The caller holds the lock."""
        while True:
            try:
                chunk = b"" if self._pipe.closed else os.read(self._pipe.fileno(), _CHUNK_BYTES)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            room = max(0, _LIMIT_BYTES - len(self._buffer))
            self._buffer += chunk[:room]
            self._dropped += len(chunk) - len(chunk[:room])
