"""A store in memory whose owner may be killed at any of its calls, before the call does anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults.small_twins import Killed
from twinstage.world.store import missing

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Calls:
    """Every call of an account or a ledger counts here; the one that `left` comes to dies, before it does anything."""

    left: int | None = None

    def count(self) -> None:
        if self.left is None:
            return
        if self.left == 0:
            raise Killed
        self.left -= 1


@dataclass
class MortalStore:
    """A store in memory, whose owner may die at any put, get, list or delete."""

    calls: Calls
    held: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, data: bytes) -> None:
        self.calls.count()
        self.held[key] = data

    def get(self, key: str) -> bytes:
        self.calls.count()
        if key not in self.held:
            raise missing(key)
        return self.held[key]

    def exists(self, key: str) -> bool:
        self.calls.count()
        return key in self.held

    def list(self, prefix: str) -> Iterator[str]:
        self.calls.count()
        return iter(sorted(key for key in self.held if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        self.calls.count()
        self.held.pop(key, None)

    def put_new(self, key: str, data: bytes) -> bool:
        self.calls.count()
        return self.held.setdefault(key, data) == data

    def copy(self, key: str, to: str) -> None:
        self.put(to, self.get(key))
