"""How a load is getting on, for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Progress:
    """Of the whole run so far, but `offered_per_s` and `answered_per_s`: of the last whole window before `at_s`.

    Latencies in seconds, from the intended start; `lateness_p99_s`: how late the generator itself was. `unanswered`: given up; `unsent`: of those whose turn has come. `in_flight`: now.
    """

    at_s: float
    offered: int
    sent: int
    answered: int
    failed: int
    throttled: int
    unanswered: int
    unsent: int
    in_flight: int
    offered_per_s: float
    answered_per_s: float
    p50_s: float
    p99_s: float
    most_s: float
    lateness_p99_s: float
    errors: Mapping[str, int] = field(default_factory=dict)
