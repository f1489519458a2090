"""What was compiled before, kept by what decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

_P = TypeVar("_P")


class Plans(Generic[_P]):
    """A bounded cache: when full it starts anew, so that texts made up for each request cost no memory. What it holds is immutable."""

    LIMIT = 2048

    def __init__(self) -> None:
        self._plans: dict[Hashable, _P] = {}

    def get(self, key: Hashable) -> _P | None:
        """The plan kept under a key, or None."""
        return self._plans.get(key)

    def keep(self, key: Hashable, plan: _P) -> _P:
        """Keeps a plan, and gives it back."""
        if len(self._plans) >= self.LIMIT:
            self._plans.clear()
        self._plans[key] = plan
        return plan
