"""How the process that contains handlers shows that it lives: a few bytes shared with its parent, written at every turn of a handler.

The parent reads them while the child can be in any loop; no thread and no lock is needed for that.
"""

from __future__ import annotations

import mmap
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from twinstage.world.contained.environment import Environment

# Turns so far, calls of the environment so far, whether its code runs; then its identity and its last call, as UTF-8, cut to fit.
_FORM: Final = struct.Struct("<QQ?64s64s")
_INSIDE: Final = 16
_PROCESS: Final = struct.Struct("<I")
SIZE: Final = _FORM.size + _PROCESS.size


@dataclass(frozen=True)
class Beat:
    """What the child was doing: `turns` grows whenever a handler begins or goes on, `inside` says whether one is running."""

    turns: int
    calls: int
    inside: bool
    container: str
    call: str

    def __str__(self) -> str:
        if not self.turns:
            return "before any container ran"
        where = "in" if self.inside else "after a turn of"
        since = f" after its call {self.calls} ({self.call})" if self.calls else " before its first call"
        return f"{where} container {self.container}{since}"


class Heart:
    """The child's side. `turns` counts the turns of handlers since the process began."""

    def __init__(self) -> None:
        self.turns = 0
        self._shared: mmap.mmap | bytearray = bytearray(SIZE)

    def share(self, descriptor: int) -> None:
        """Beat into this file from now on; it has SIZE bytes."""
        self._shared = mmap.mmap(descriptor, SIZE)

    def begin(self) -> None:
        """A run begins, in this process: no turn yet."""
        self.turns = 0
        _PROCESS.pack_into(self._shared, _FORM.size, os.getpid())

    def enter(self, environment: Environment) -> None:
        """A turn of the environment's code begins."""
        self.turns += 1
        _FORM.pack_into(
            self._shared, 0, self.turns, environment.calls, True, environment.identity_bytes, environment.last_call
        )

    def leave(self) -> None:
        """Its turn is over."""
        self._shared[_INSIDE] = 0


def clear(shared: mmap.mmap) -> None:
    """The parent's side, before a run: nothing of an earlier one is left."""
    shared[:] = bytes(SIZE)


def read(shared: mmap.mmap) -> Beat:
    """The parent's side: the last beat."""
    turns, calls, inside, container, call = _FORM.unpack_from(shared)
    return Beat(turns, calls, inside, _text(container), _text(call))


def process(shared: mmap.mmap) -> int:
    """The parent's side: the process of the run, 0 before there is one."""
    (found,) = _PROCESS.unpack_from(shared, _FORM.size)
    return int(found)


def _text(field: bytes) -> str:
    return field.rstrip(b"\0").decode(errors="ignore")


heart: Final = Heart()
