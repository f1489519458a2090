"""Where a run of the handlers and the graph part, in words: which container, which call, and what differs in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHOWN = 3  # values that differ; more of them tell no more
_ABSENT = "absent"


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
    """In words: what was expected and what was got, of two calls of one operation and of two ends only the first values that differ."""
    match expected, got:
        case (service, operation, region, asked), (other, same, elsewhere, parameters):
            if (service, operation) == (other, same):
                return _told_apart(
                    f"{service} {operation}", {"region": region, **asked}, {"region": elsewhere, **parameters}
                )
        case (_, before), (_, after):
            return _told_apart("its end", before, after)
    return _words(expected), _words(got)


def _told_apart(what: str, expected: Any, got: Any) -> tuple[str, str]:
    before, after = dict(_leaves(expected)), dict(_leaves(got))
    places = [place for place in {**before, **after} if before.get(place, _ABSENT) != after.get(place, _ABSENT)][:SHOWN]
    return f"{what} with {_values(before, places)}", f"{what} with {_values(after, places)}"


def _values(leaves: Mapping[str, Any], places: Sequence[str]) -> str:
    return ", ".join(f"{place} {leaves.get(place, _ABSENT)}" for place in places)


def _words(told: tuple[Any, ...]) -> str:
    match told:
        case (_, {"outcome": "error", "error": error, "message": message}):
            return f"its end ({error}: {message})"
        case (service, operation, _, _):
            return f"{service} {operation}"
    return "its end"


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every value inside, by its JSON pointer."""
    if not value or not isinstance(value, Mapping | list | tuple):
        yield place, value
        return
    for name, one in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from _leaves(one, f"{place}/{name}")
