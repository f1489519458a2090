"""What takes batches from a stream or queue, and what is told of each batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """One record or message. `key`: of a stream its partition key, of a FIFO queue its group; `put`: when it came in, in nanoseconds."""

    id: str
    key: str = ""
    data: Any = None
    put: int = 0
    deduplication: str = ""


@dataclass(frozen=True)
class Handled:
    """How a consumer handled a batch: how long it took (ns), and the places in the batch of what failed."""

    duration: int
    failed: frozenset[int] = frozenset()


Consumer = Callable[[Sequence[Message], int], Handled]
"""Asked when a batch is handed over, with how often it was handed over before."""


@dataclass(frozen=True)
class Batch:
    """One hand-over that is over. `lane`: the shard and its part, or the poller; `attempt` from 0; times in ns."""

    lane: str
    ids: tuple[str, ...]
    began: int
    ended: int
    attempt: int
    failed: tuple[str, ...]
