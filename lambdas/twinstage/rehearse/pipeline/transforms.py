"""Real transforms for a simulation that is run many times: each call is made once, and what came of it is remembered.

Runs of one simulation differ in times alone. What a call gives follows from its input and from how often it was made with it: a function that fails the first time
and succeeds the second does so in every run.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import digest
from twinstage.simulate.pipeline.failures import StateFailure

if TYPE_CHECKING:
    from collections.abc import Callable

Outcome = tuple[Any, StateFailure | None]


class RememberedTransforms:
    """Transforms around `tasks`, which are called for what is not known yet. `calls` counts those."""

    def __init__(self, tasks: Callable[[str, Any], Any]) -> None:
        self._tasks = tasks
        self._known: dict[tuple[str, str], list[Outcome]] = {}
        self.calls = 0

    def run(self) -> Callable[[str, Any], Any]:
        """The transforms of one run: every count begins at nothing."""
        made: Counter[tuple[str, str]] = Counter()

        def transform(resource: str, given: Any) -> Any:
            key = (resource, digest(given))
            number, known = made[key], self._known.setdefault(key, [])
            made[key] += 1
            if number >= len(known):
                known.append(self._call(resource, given))
            output, failure = known[number]
            if failure is not None:
                raise StateFailure(failure.error, failure.cause)
            return output

        return transform

    def _call(self, resource: str, given: Any) -> Outcome:
        self.calls += 1
        try:
            return self._tasks(resource, given), None
        except StateFailure as failure:
            return None, failure
