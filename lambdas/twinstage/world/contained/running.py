"""Which environment's code is running: what the patched parts of the process ask before anything else.

None means that the process's own code runs (the explorer's), for which every patched function is the real one. One thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinstage.world.contained.environment import Environment


class Running:
    """A mutable cell, looked up once a patched call."""

    __slots__ = ("environment",)

    environment: Environment | None

    def __init__(self) -> None:
        self.environment = None


running = Running()

# Every greenlet that is suspended in contained code: one that was dropped would be unwound, and run the code's `finally` and `except:`.
suspended: set[Any] = set()
