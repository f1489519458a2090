"""Every decision of the gate, in one order, kept in a file: a long rehearsal must not grow with it."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Record:
    """One action of one request. `n` counts from 1, over all; `principal` is the caller's ARN, `owner` its user's or role's.

    `account` is the caller's, `resource_account` the one that has the resource. `ms` is the gate's whole time for the request.
    """

    n: int
    at: str
    account: str
    principal: str
    owner: str
    action: str
    resource: str
    resource_account: str
    allowed: bool
    why: str
    ms: float


class AccessLog:
    """The log of one engine, in the file `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w", encoding="utf-8")
        self._lock = threading.Lock()
        self._count = 0

    def add(self, records: list[Record]) -> None:
        """Append a request's records; they get their numbers here."""
        with self._lock:
            for record in records:
                self._count += 1
                self._file.write(json.dumps({**asdict(record), "n": self._count}, separators=(",", ":")) + "\n")

    @property
    def count(self) -> int:
        """How many there are: the number of the last one."""
        return self._count

    def since(self, count: int = 0) -> Iterator[Record]:
        """Those after the first `count`, in order."""
        with self._lock:
            self._file.flush()
            last = self._count
        with self._path.open(encoding="utf-8") as lines:
            for at, line in enumerate(lines, start=1):
                if at > last:
                    return
                if at > count:
                    yield Record(**json.loads(line))

    def close(self) -> None:
        """Close the file; nothing is added any more."""
        with self._lock:
            self._file.close()
