"""The states of a graph that are kept, up to a cap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.explore.states import Moment

_CHECK_EVERY: Final = 1024


class KeptStates:
    """Interns states and moments: one object for equal ones. `full` once there are as many, or take as much memory, as there may be.

    States beyond that are made and not kept.
    """

    def __init__(self, most: int, most_bytes: int, size_bytes: Callable[[], int]) -> None:
        self._most, self._most_bytes, self._size_bytes = most, most_bytes, size_bytes
        self._states: dict[tuple[Any, ...], State] = {}
        self._moments: dict[Moment, Moment] = {}
        self.full = False

    def __len__(self) -> int:
        return len(self._states)

    def state(self, key: tuple[Any, ...]) -> State:
        """The state of a key."""
        state = self._states.get(key)
        if state is None:
            state = State(key)
            if not self.full:
                self._states[key] = state
                count = len(self._states)
                self.full = count >= self._most or (count % _CHECK_EVERY == 0 and self._size_bytes() > self._most_bytes)
        return state

    def moment(self, moment: Moment) -> Moment:
        """The one object of a moment."""
        return self._moments.setdefault(moment, moment)

    def holds(self, state: State) -> bool:
        """Whether a state is kept."""
        return self._states.get(state.key) is state
