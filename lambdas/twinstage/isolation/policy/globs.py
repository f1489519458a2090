"""Is there a text that patterns allow and no other pattern excludes? The product of their automata, searched breadth first.

A glob is an automaton whose states are the positions in it; a set of positions is the bits of an integer, and all patterns of one question share one integer.
Sources: IAM's wildcards, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html; the subset construction, Rabin and Scott
1959.
"""

from __future__ import annotations

import re
from collections import deque
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_STATES = 100_000
"""Where a question has more states than this, it is not decided."""

UNDECIDED = "(not decided)"
# Stand for "any character that no pattern names", the most readable first.
_OTHERS = "xyzabcdefghijklmnopqrstuvwXYZ0123456789-_./"
_BEYOND = "\U0010fffd"


def witness(groups: Sequence[Sequence[str]], excluded: Sequence[str]) -> str | None:
    """A shortest text that some pattern of every group covers and no excluded one does; None where there is none.

    UNDECIDED where the search was given up: whoever asks takes that for a yes.
    """
    if any(not group for group in groups):
        return None
    return _Product(groups, excluded).search()


class _Product:
    """The automata of all patterns, side by side in one integer."""

    def __init__(self, groups: Sequence[Sequence[str]], excluded: Sequence[str]) -> None:
        self._at = 0
        self._chars: dict[str, int] = {}
        self._any = self._stars = self._start = 0
        self._masks: list[int] = []
        self._accepting: list[int] = []
        for group in groups:
            parts = [self._add(pattern) for pattern in group]
            self._masks.append(_union(mask for mask, _ in parts))
            self._accepting.append(_union(final for _, final in parts))
        self._excluded = _union(final for _, final in map(self._add, excluded))
        self._start = self._closed(self._start)

    def _add(self, pattern: str) -> tuple[int, int]:
        """Lay one pattern out. Gives the bits of its positions, and that of its end."""
        symbols, first = re.sub(r"\*+", "*", pattern), self._at
        for offset, symbol in enumerate(symbols):
            bit = 1 << (first + offset)
            if symbol == "*":
                self._stars |= bit
            elif symbol == "?":
                self._any |= bit
            else:
                self._chars[symbol] = self._chars.get(symbol, 0) | bit
        self._at += len(symbols) + 1
        self._start |= 1 << first
        final = 1 << (self._at - 1)
        return ((final << 1) - 1) & ~((1 << first) - 1), final

    def _closed(self, states: int) -> int:
        """A star may stand for nothing: whoever is at it is behind it too. Two stars never follow each other."""
        return states | (states & self._stars) << 1

    def _step(self, states: int, char: str) -> int:
        moved = states & (self._any | self._chars.get(char, 0))
        return self._closed(moved << 1 | (states & self._stars))

    def search(self) -> str | None:
        """Breadth first, so that the first text found is a shortest one."""
        seen, waiting = {self._start}, deque([(self._start, "")])
        while waiting:
            states, text = waiting.popleft()
            if not states & self._excluded and all(states & final for final in self._accepting):
                return text
            for char in self._branches(states):
                after = self._step(states, char)
                if after not in seen and all(after & mask for mask in self._masks):
                    seen.add(after)
                    waiting.append((after, text + char))
            if len(seen) > MOST_STATES:
                return UNDECIDED
        return None

    def _branches(self, states: int) -> list[str]:
        """The characters that lead to different places from here, and one that stands for all others."""
        named = sorted(char for char, bits in self._chars.items() if bits & states)
        other = next((char for char in _OTHERS if char not in named), _BEYOND)
        return [other, *named]


def _union(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)
