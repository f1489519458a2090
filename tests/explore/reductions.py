"""What a contained child process works out for the tests of reductions: a race exhausted, and reduced on a graph that holds a few states only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.explore.enactors import Race
from twinstage.explore.dpor import dpor
from twinstage.explore.exhaust import exhaust
from twinstage.explore.graph import Graph
from twinstage.explore.reduction import reduce
from twinstage.explore.walk import follow
from twinstage.model.invariant import invariant_of
from twinstage.rehearse.properties import InvariantProperties

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.model.invariant import Invariant

PLENTY = 8 << 30


def asked(race: Race) -> list[Invariant]:
    """I1 to I4 of the reference, at every endpoint."""
    api, rollback = ([f"{label}.{each['zone']}" for each in race.targets] for label in ("api", "rollback"))
    entries: list[dict[str, Any]] = [
        {"id": "I1", "kind": "resolves", "names": api},
        {"id": "I2", "kind": "alias_target_exists", "names": api},
        {"id": "I3", "kind": "never_decreases", "names": api, "generation": "g{generation}."},
        {"id": "I4", "kind": "alias_target_exists", "names": rollback},
    ]
    return [invariant_of(entry) for entry in entries]


def beside(document: dict[str, Any], say: Callable[..., None]) -> dict[str, Any]:
    """What exhausting finds, what the reduction finds where the graph keeps `kept` states, and whether its schedules break what they are said to."""
    race = Race(tuple(map(tuple, document["plans"])), **document.get("race", {}))
    whole, small = race.case(), replace(race.case(), max_states=document["kept"])
    seen = exhaust(Graph(whole, InvariantProperties(asked(race), whole.start)), max_states=PLENTY)
    say("exhausted")
    properties = InvariantProperties(asked(race), small.start)
    graph = Graph(small, properties)
    reduced = reduce(graph, properties, max_executions=document.get("executions", 5_000), max_bytes=PLENTY)
    again = all(name in follow(graph, schedule).broken for name, schedule in reduced.broken.items())
    plain = dpor(graph, max_executions=5_000, remember_ends=False)
    return {
        "states": seen.states,
        "exhausting": sorted(seen.first),
        "reducing": sorted(reduced.broken),
        "complete": reduced.complete,
        "executions": reduced.executions,
        "plain": plain.executions,
        "kept": graph.states,
        "capped": graph.capped,
        "broken_again": again,
    }
