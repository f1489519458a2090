"""The decorator: a test body is run under every schedule of its handlers' calls."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.explore.exhaust import exhaust
from twinstage.explore.minimal import minimal
from twinstage.testing.schedules import FAILS, Run, Schedules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.testing.race import Race

FAILURES = (Exception, pytest.fail.Exception)


def explore(max_states: int = 5_000) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test under every schedule of the handlers that it adds to its fixture `race`.

    The test is run again and again from its first line, with what its other fixtures gave it; only the memory world begins anew. It passes where it holds
    under every schedule. Else it fails as it does under the schedule with the fewest context switches, which the failure names together with the option
    that replays it. It fails as well where the schedules lead to more than `max_states` states: then not every one was tried.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def explored(*arguments: Any, race: Race, **named: Any) -> None:
            __tracebackhide__ = True
            body = functools.partial(test, *arguments, race=race, **named)
            _explored(race, body, max_states)

        return explored

    return decorate


def _explored(race: Race, body: Callable[[], None], max_states: int) -> None:
    __tracebackhide__ = True
    again = race.beginning_anew(body)
    if race.replayed:
        race.begin(Run({}, race.replayed).choose)
        again()
        return
    graph = Schedules(race, again, FAILURES)
    found = minimal(graph, FAILS, max_states=max_states)
    if found is None:
        seen = exhaust(graph, max_states=max_states)
        if seen.truncated:
            pytest.fail(
                f"not every schedule was tried: they lead to more than {max_states} states; "
                "let the test's handlers make fewer calls, or raise max_states"
            )
        return
    way = [turn.container for turn in found.schedule]
    error = graph.failing(way)
    if error is None:
        pytest.fail("a schedule under which the test failed holds now: something nobody controls decides what it does")
    error.add_note(_told(race, graph, way, found.switches))
    raise error


def _told(race: Race, graph: Schedules, way: Sequence[int], switches: int) -> str:
    state, lines = graph.root, []
    for container in way:
        service, operation = state.turns[container]
        lines.append(f"  {race.names[container]}  {service} {operation}")
        state = state.edges[container].target
    schedule = " ".join(race.names[container] for container in way)
    return "\n".join(
        [
            f"under this schedule, which has the fewest context switches ({switches}):",
            *lines,
            f"replay it: pytest {race.test!r} --twinstage-schedule {schedule!r}",
        ]
    )
