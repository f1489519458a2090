"""When and how each thing of a snapshot was read: what a manifest tells beside the state, outside its digest."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Sources:
    """Notes of one capture. `clock` gives the time in RFC 3339, UTC."""

    def __init__(self, clock: Callable[[], str]) -> None:
        self._clock = clock
        self._noted: dict[str, dict[str, dict[str, str]]] = {}

    @contextmanager
    def reading(self, kind: str, name: str, by: str) -> Iterator[None]:
        """Note from when to when a thing is read; `kind` is `zones`, `tables` or `functions`."""
        begun = self._clock()
        yield
        self._noted.setdefault(kind, {})[name] = {"from": begun, "to": self._clock(), "by": by}

    def document(self) -> dict[str, Any]:
        """As a manifest's `captured` carries it."""
        return {"sources": self._noted} if self._noted else {}
