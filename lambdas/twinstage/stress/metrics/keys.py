"""Requests and capacity by key, in bounded room: exact for as long as there are no more than MOST keys, of the heaviest ones after that.

Both forms, and which of them it is, depend on the requests alone: so what several recorders counted merges, in any order, into exactly what one would have. Not exact are, past MOST keys,
the figures themselves: those told are upper bounds, and of keys with less than about 3 % of the requests nothing is told (see `key_sketch`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twinstage.stress.metrics.key_sketch import KeySketch

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST: Final = 2048


@dataclass(frozen=True)
class HeavyKey:
    """A key with its requests and consumed capacity units; where not `exact`, at most so many. Long names are cut then, and end in their hash."""

    key: str
    count: int
    units: float
    exact: bool


@dataclass(frozen=True)
class KeyUse:
    """`counts`: (requests, half units) by key, in the order of keys; where there were more than MOST, empty, and `sketch` holds all of them."""

    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    sketch: KeySketch | None = None

    def with_counts(self, counts: Mapping[str, tuple[int, int]]) -> KeyUse:
        """And so many (requests, half units) of each key."""
        if self.sketch is not None:
            return KeyUse(sketch=self.sketch.with_counts(counts))
        both = dict(self.counts)
        for key, (count, half_units) in counts.items():
            known = both.get(key, (0, 0))
            both[key] = known[0] + count, known[1] + half_units
        if len(both) > MOST:
            return KeyUse(sketch=KeySketch().with_counts(both))
        return KeyUse(dict(sorted(both.items())))

    def merged(self, other: KeyUse) -> KeyUse:
        """Both."""
        if self.sketch is not None and other.sketch is not None:
            return KeyUse(sketch=self.sketch.merged(other.sketch))
        if other.sketch is not None:
            return other.with_counts(self.counts)
        return self.with_counts(other.counts)

    def heaviest(self, number: int = 10) -> tuple[HeavyKey, ...]:
        """Those with the most requests, the heaviest first, of equal ones by name; at most so many."""
        if self.sketch is not None:
            return tuple(
                HeavyKey(e.key, e.requests, e.half_units / 2, exact=False) for e in self.sketch.found()[:number]
            )
        ordered = sorted(self.counts.items(), key=lambda item: (-item[1][0], item[0]))
        return tuple(HeavyKey(key, count, half / 2, exact=True) for key, (count, half) in ordered[:number])
