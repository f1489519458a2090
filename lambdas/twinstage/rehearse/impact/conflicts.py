"""The conflict map: the keys at which two handlers meet of whom one writes. Their calls there may not be exchanged; everywhere else they may."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.world.memory.dynamodb.keys import TOP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.explore.footprint import Place, Span
    from twinstage.rehearse.impact.touched import Key, Touched, Touches

MOST_KEYS: Final = 1_000
"""So many keys are listed, those that most handlers meet at first; all are counted."""


@dataclass(frozen=True)
class Meeting:
    """One key that somebody writes: how many calls of each handler write and read it."""

    key: Key
    writers: Mapping[str, int]
    readers: Mapping[str, int]

    @property
    def handlers(self) -> frozenset[str]:
        """Everybody who touches the key."""
        return frozenset(self.writers) | frozenset(self.readers)

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "resource": self.key.resource,
            "key": self.key.key,
            "writers": dict(sorted(self.writers.items())),
            "readers": dict(sorted(self.readers.items())),
        }


def meetings(touches: Touches) -> tuple[Meeting, ...]:
    """Every key that is written, with who writes and who reads it, in the order of the keys.

    A handler that may have changed anything in a resource stands at each of its keys that are known.
    """
    writers: dict[Place, dict[str, int]] = defaultdict(dict)
    for handler, touched in touches.by_handler.items():
        for place, count in touched.writes.items():
            writers[place][handler] = count
    for handler, touched in touches.by_handler.items():
        for place, by in writers.items():
            if touched.floods[place[0]]:
                by[handler] = by.get(handler, 0) + touched.floods[place[0]]
    spans = {handler: _Spans(touched) for handler, touched in touches.by_handler.items()}
    found = [
        Meeting(
            touches.key(place),
            by,
            {handler: count for handler, index in spans.items() if (count := index.at(place))},
        )
        for place, by in writers.items()
    ]
    return tuple(sorted(found, key=lambda each: each.key))


def conflicts(found: tuple[Meeting, ...]) -> Iterator[dict[str, Any]]:
    """Each pair of handlers that conflict, one of them production's own changes perhaps: at how many keys, and the first of them. A handler that two messages run at once conflicts with itself wherever it writes what it reads."""
    pairs: dict[tuple[str, str], list[Meeting]] = defaultdict(list)
    for meeting in found:
        for writer in meeting.writers:
            for other in meeting.handlers:
                if other != writer or writer in meeting.readers:
                    pairs[min(writer, other), max(writer, other)].append(meeting)
    for (one, other), several in sorted(pairs.items()):
        keys = sorted({meeting.key for meeting in several})
        yield {
            "handlers": [one, other],
            "keys": len(keys),
            "both_write": len({each.key for each in several if {one, other} <= set(each.writers)}),
            "first": {"resource": keys[0].resource, "key": keys[0].key},
        }


class _Spans:
    """What one handler reads. Nearly every span is all that begins with some key: it is found by the beginnings of a place, not by going through all of them."""

    def __init__(self, touched: Touched) -> None:
        self._beginnings: dict[Place, int] = defaultdict(int)
        self._others: dict[int, list[tuple[Span, int]]] = defaultdict(list)
        for span, count in touched.reads.items():
            if span.high == (*span.low, TOP):
                self._beginnings[span.shard, span.low] += count
            else:
                self._others[span.shard].append((span, count))

    def at(self, place: Place) -> int:
        """How many calls read a place."""
        shard, key = place
        begun = sum(self._beginnings.get((shard, key[:length]), 0) for length in range(len(key) + 1))
        return begun + sum(count for span, count in self._others.get(shard, ()) if span.holds((place,)))
