"""Where a run of the handlers and the graph part, in words: which container, which call, and what differs in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHOWN = 3  # parameters that differ; more of them tell no more


@dataclass(frozen=True)
class Divergence:
    """Where a run and the graph part: after `step` actions of the schedule, in `container`, at its call number `call` (from 1)."""

    step: int
    container: str
    call: int
    expected: str
    got: str

    def __str__(self) -> str:
        return f"after step {self.step}, {self.container}, call {self.call}: {self.got} where the graph has {self.expected}"


def apart(expected: tuple[Any, ...], got: tuple[Any, ...]) -> tuple[str, str]:
    """In words: what was expected and what was got, where both are calls of one operation only the first parameters that differ."""
    match expected, got:
        case (service, operation, _, asked), (other, same, _, parameters) if (service, operation) == (other, same):
            before, after = dict(_leaves(asked)), dict(_leaves(parameters))
            places = [place for place in {**before, **after} if before.get(place) != after.get(place)][:SHOWN]
            call = f"{service} {operation} with "
            return call + _values(before, places), call + _values(after, places)
    return _words(expected), _words(got)


def _values(leaves: Mapping[str, Any], places: Sequence[str]) -> str:
    return ", ".join(f"{place} {leaves.get(place, 'absent')}" for place in places)


def _words(told: tuple[Any, ...]) -> str:
    match told:
        case (_, {"outcome": "error", "error": error, "message": message}):
            return f"its end ({error}: {message})"
        case (service, operation, _, _):
            return f"{service} {operation}"
    return "its end"


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every value inside, by its JSON pointer."""
    inside = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else None
    )
    if inside is None:
        yield place, value
        return
    for name, one in inside:
        yield from _leaves(one, f"{place}/{name}")
