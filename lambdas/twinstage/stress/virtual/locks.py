"""Locks that handlers make of items and record sets, seen from outside: who holds one, for how long, and who waits for it.

An invocation takes a lock by a conditional write that succeeds, and holds it until its own last write of the same item, which gives it back. Where that never comes, it was
held as long as others were refused it: at the latest until somebody else's conditional write succeeds. What only one invocation ever took, and never gave back, is no lock,
however many were refused it: an idempotency key says that something is done. An item that nobody was refused and only one invocation wrote takes no room in a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Items of which a holder is known; those that were taken longest ago are forgotten first.
_REMEMBERED: Final = 10_000
# Locks that are told of: more are no bottleneck of anything.
_TOLD: Final = 200


@dataclass(slots=True)
class _Hold:
    """By the invocation `holder`, from `since_ns` until `until_ns` as far as is known. `given_back`: whether it wrote the item again."""

    holder: int
    since_ns: int
    until_ns: int
    given_back: bool = False


class Locks:
    """The locks of one run. `held(key, begin_ns, end_ns)` is told of every hold of a shared item once it is over, in the order in which they end."""

    def __init__(self, held: Callable[[str, int, int], None]) -> None:
        self._told = held
        self._holds: dict[str, _Hold] = {}
        self._first: dict[str, tuple[int, int, int]] = {}
        self._shared: set[str] = set()
        self._taken_again: set[str] = set()

    def refused(self, key: str, now_ns: int) -> bool:
        """A condition on the item did not hold; whether it is a lock that is told of."""
        hold = self._holds.get(key)
        if hold is not None:
            hold.until_ns = now_ns
        return self._is_shared(key)

    def written(self, key: str, holder: int, now_ns: int, *, conditional: bool) -> None:
        """An invocation wrote the item."""
        hold = self._holds.get(key)
        if hold is not None and hold.holder == holder:
            hold.until_ns, hold.given_back = now_ns, True
        elif conditional:
            if hold is not None:
                self._over(key, self._holds.pop(key))
            self._holds[key] = _Hold(holder, now_ns, now_ns)
            if len(self._holds) > _REMEMBERED:
                oldest = next(iter(self._holds))
                self._last_seen(oldest, self._holds.pop(oldest))

    def ended(self, holder: int, keys: list[str]) -> None:
        """An invocation that wrote these items is over."""
        for key in keys:
            hold = self._holds.get(key)
            if hold is not None and hold.holder == holder and hold.given_back:
                del self._holds[key]
                self._over(key, hold)

    def close(self) -> None:
        """The run is over: so is every hold."""
        for key, hold in self._holds.items():
            self._last_seen(key, hold)
        self._holds = {}

    def _last_seen(self, key: str, hold: _Hold) -> None:
        """Nothing more will be known of a hold."""
        if key not in self._shared or key in self._taken_again or hold.given_back:
            self._over(key, hold)

    def _over(self, key: str, hold: _Hold) -> None:
        if key in self._shared:
            self._taken_again.add(key)
            self._told(key, hold.since_ns, hold.until_ns)
            return
        first = self._first.pop(key, None)
        if first is None or first[0] == hold.holder:
            self._first[key] = (hold.holder, hold.since_ns, hold.until_ns)
            if len(self._first) > _REMEMBERED:
                del self._first[next(iter(self._first))]
        elif self._is_shared(key):
            self._taken_again.add(key)
            self._told(key, *first[1:])
            self._told(key, hold.since_ns, hold.until_ns)

    def _is_shared(self, key: str) -> bool:
        if key not in self._shared and len(self._shared) < _TOLD:
            self._shared.add(key)
        return key in self._shared
