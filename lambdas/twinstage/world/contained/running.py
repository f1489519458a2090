"""Which environment's code is running: what the patched parts of the process ask before anything else.

None means that the process's own code runs (the explorer's), for which every patched function is the real one. One thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

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


def outside(make: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """Call as the process's own code does: what is made once for all may not draw from the randomness of whoever came first."""
    environment, running.environment = running.environment, None
    try:
        return make(*args, **keywords)
    finally:
        running.environment = environment


def told_inside(real: Callable[[], Any], told: Any) -> Callable[[], Any]:
    """A function that tells environments always the same; outside of them it is `real`."""

    def tell() -> Any:
        return real() if running.environment is None else told

    return tell
