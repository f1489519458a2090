"""The kinds of actions: a container's call as it should go, the ways in which it may go wrong, and time that passes."""

from __future__ import annotations

from typing import Final

STEP: Final = "step"
CRASH: Final = "crash"
LOST: Final = "lost"
THROTTLE: Final = "throttle"
STALE: Final = "stale"
TIME: Final = "time"
KINDS: Final = (STEP, CRASH, LOST, THROTTLE, STALE, TIME)
