"""What the processes that contain handlers have in common: which clients they make before any task, and how seldom they look for garbage."""

from __future__ import annotations

import gc
from typing import Final

ANSWERED_SERVICES: Final = ("route53", "dynamodb")
"""The services that the exact memory world answers."""
_SELDOM: Final = (100_000, 50, 1_000)


def collect_seldom() -> None:
    """Look for garbage seldom, and never among what is there already: what a task holds lives as long as its process, millions of objects, and looking through them again and again would take half the time."""
    gc.freeze()
    gc.set_threshold(*_SELDOM)
