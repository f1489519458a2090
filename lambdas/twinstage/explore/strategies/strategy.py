"""What a strategy is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twinstage.explore.kinds import STEP, TIME

if TYPE_CHECKING:
    from collections.abc import Sequence


class Strategy(Protocol):
    """Chooses the edges of one walk after another. A walk follows from its seed alone, never from the walks before it."""

    @property
    def name(self) -> str:
        """Its name in results, parameters included."""

    def begin(self, seed: int) -> None:
        """A new walk begins at the root."""

    def choose(self, state: Any, edges: Sequence[Any], step: int) -> Any:
        """One of the two or more edges. `step` counts the actions taken so far, also those that left no choice."""


def steps_of(edges: Sequence[Any]) -> Sequence[Any]:
    """The edges that are containers' steps; where every container waits: time that passes, else whatever there is."""
    if edges[-1].action.kind == STEP:
        return edges
    steps = [one for one in edges if one.action.kind == STEP]
    return steps or [one for one in edges if one.action.kind == TIME] or edges
