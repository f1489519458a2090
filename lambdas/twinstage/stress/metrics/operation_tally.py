"""The requests of one operation while they are recorded."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from twinstage.stress.metrics.bounded import ERRORS, bounded_counts
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.keys import MOST, KeyUse
from twinstage.stress.metrics.operation import OperationResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Keys put into a sketch at one time: few, because it holds up whoever measures.
_FEW: Final = 128


class OperationTally:
    """An operation that is being filled: see `OperationResult`."""

    def __init__(self) -> None:
        self.intended = self.sent = self.answered = self.failed = self.throttled = 0
        self.errors: Counter[str] = Counter()
        self.read_units = self.write_units = 0.0
        self.latency, self.lateness, self.wait, self.service, self.cpu = (Histogram() for _ in range(5))
        self.memory_bytes = 0
        self._keys: Counter[str] = Counter()
        self._half_units: Counter[str] = Counter()
        self._known_keys = KeyUse()

    def count_error(self, error: str) -> None:
        """One request failed, or was given up, for a reason of this class."""
        self.errors[error] += 1
        if len(self.errors) > 4 * ERRORS:
            self.errors = Counter(bounded_counts(self.errors, ERRORS))

    def count_keys(self, keys: Sequence[str], units: Mapping[str, float]) -> None:
        """One request of each key, a key as often as it comes; `units`: the capacity they consumed, by key."""
        self._keys.update(keys)
        for key, consumed in units.items():
            self._half_units[key] += round(2 * consumed)
        if len(self._keys) > (MOST if self._known_keys.sketch is None else _FEW):
            self._settle_keys()

    def result(self) -> OperationResult:
        """As it is now."""
        self._settle_keys()
        return OperationResult(
            self.intended,
            self.sent,
            self.answered,
            self.answered - self.failed,
            self.failed,
            self.throttled,
            bounded_counts(self.errors, ERRORS),
            self.read_units,
            self.write_units,
            Histogram.merged(self.latency),
            Histogram.merged(self.lateness),
            Histogram.merged(self.wait),
            Histogram.merged(self.service),
            Histogram.merged(self.cpu),
            self.memory_bytes,
            self._known_keys,
        )

    def _settle_keys(self) -> None:
        counts = {key: (count, self._half_units[key]) for key, count in self._keys.items()}
        self._known_keys = self._known_keys.with_counts(counts)
        self._keys.clear()
        self._half_units.clear()
