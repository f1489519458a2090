"""What one operation of the target came to, and what its handlers called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.stress.metrics.bounded import ERRORS, bounded_counts
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.keys import KeyUse
from twinstage.stress.metrics.resource_use import MICRO, added

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class OperationResult:
    """The requests of one operation. `intended` = sent + unsent; `sent` = answered + `unanswered`; `answered` = ok + failed; `throttled` are among the failed.

    `errors`: by class, of those failed and those never answered (their class says why not). `read_units`, `write_units`: consumed capacity, multiples of a half.
    Histograms in microseconds: `latency` from the intended start to the end (those given up included, at the moment they were); `lateness` from the intended
    start until it was sent; `wait` from then until it was begun on, and `service` from then to the end, both where the target tells. `cpu`: processor
    time of the handler, where told; `memory_bytes`: the most it took. `keys`: requests and units by key.
    """

    intended: int = 0
    sent: int = 0
    answered: int = 0
    ok: int = 0
    failed: int = 0
    throttled: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    read_units: float = 0.0
    write_units: float = 0.0
    latency: Histogram = field(default_factory=Histogram)
    lateness: Histogram = field(default_factory=Histogram)
    wait: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    cpu: Histogram = field(default_factory=Histogram)
    memory_bytes: int = 0
    keys: KeyUse = field(default_factory=KeyUse)

    @property
    def unsent(self) -> int:
        """Meant to begin, and never sent: the generator fell behind for good."""
        return self.intended - self.sent

    @property
    def unanswered(self) -> int:
        """Sent, and given up before an answer came."""
        return self.sent - self.answered

    def merged(self, other: OperationResult) -> OperationResult:
        """Both."""
        return OperationResult(
            self.intended + other.intended,
            self.sent + other.sent,
            self.answered + other.answered,
            self.ok + other.ok,
            self.failed + other.failed,
            self.throttled + other.throttled,
            bounded_counts(added(self.errors, other.errors), ERRORS),
            self.read_units + other.read_units,
            self.write_units + other.write_units,
            Histogram.merged(self.latency, other.latency),
            Histogram.merged(self.lateness, other.lateness),
            Histogram.merged(self.wait, other.wait),
            Histogram.merged(self.service, other.service),
            Histogram.merged(self.cpu, other.cpu),
            max(self.memory_bytes, other.memory_bytes),
            self.keys.merged(other.keys),
        )


@dataclass(frozen=True)
class CallUse:
    """What handlers called of one API operation in the whole run: `calls` admitted, `refused` by error code, the time they took together, capacity consumed."""

    calls: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    busy_us: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    def merged(self, other: CallUse) -> CallUse:
        """Both."""
        return CallUse(
            self.calls + other.calls,
            added(self.refused, other.refused),
            self.busy_us + other.busy_us,
            self.read_units + other.read_units,
            self.write_units + other.write_units,
        )


@dataclass(frozen=True)
class FunctionUse:
    """What a function's invocations take on the bill: `billed_us` together, at `memory_mb`; `cold_starts` among them."""

    invocations: int = 0
    billed_us: int = 0
    memory_mb: int = 0
    cold_starts: int = 0

    @property
    def billed_s(self) -> float:
        """Seconds billed, together."""
        return self.billed_us / MICRO

    def merged(self, other: FunctionUse) -> FunctionUse:
        """Both; the larger memory, should they differ."""
        return FunctionUse(
            self.invocations + other.invocations,
            self.billed_us + other.billed_us,
            max(self.memory_mb, other.memory_mb),
            self.cold_starts + other.cold_starts,
        )
