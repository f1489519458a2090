"""Small cases over one table, for what goes wrong with calls. Runs in a contained child process."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.explore.enactors import HANDLERS, NOON
from twinstage.explore.case import Case, ContainerSpec, FollowUps, Message, Perturbations
from twinstage.explore.confirm import confirm
from twinstage.explore.dpor import dpor
from twinstage.explore.exhaust import exhaust
from twinstage.explore.graph import Graph
from twinstage.explore.hunt import portfolio
from twinstage.explore.walk import walk
from twinstage.world.contained import Function
from twinstage.world.memory.aws import MemoryAws

if TYPE_CHECKING:
    from collections.abc import Callable


def graph_of(document: dict[str, Any]) -> Graph:
    world = MemoryAws(clock=lambda: NOON)
    world.answer(
        "dynamodb",
        "CreateTable",
        {
            "TableName": "counts",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        },
    )
    world.answer("dynamodb", "PutItem", {"TableName": "counts", "Item": {"pk": {"S": "old"}, "count": {"N": "1"}}})
    handler, times = document.get("handler", "counter"), document.get("times", 1)
    containers = tuple(
        ContainerSpec(by, (Message(handler, {"by": by, "name": "new", "times": times}, NOON),)) for by in document["by"]
    )
    functions = {handler: Function(handler, HANDLERS, f"{handler}.lambda_handler", {"TABLE": "counts"}, timeout_s=900)}
    perturbations = Perturbations(**document.get("perturb", {}))
    return Graph(Case("counts", world.state, functions, containers, FollowUps(), perturbations))


def confirmed(document: dict[str, Any], say: Callable[..., None]) -> dict[str, Any]:
    """Walks of every strategy, each run in full: which kinds of actions they had, and what came of them."""
    graph = graph_of(document)
    kinds: set[str] = set()
    found = []
    for strategy in portfolio(graph):
        for seed in range(document["seeds"]):
            schedule = walk(graph, strategy, seed).schedule
            kinds |= {action.kind for action in schedule}
            found.append(asdict(confirm(graph, schedule)))
            say("confirmed")
    return {"kinds": sorted(kinds), "confirmed": found}


def reduced(document: dict[str, Any], say: Callable[..., None]) -> dict[str, Any]:
    """Whether the reduced search ends wherever the full one does."""
    graph = graph_of(document)
    seen, found = exhaust(graph, max_states=200_000), dpor(graph, max_executions=20_000)
    return {
        "complete": found.complete,
        "same": found.terminal == set(seen.terminal),
    }
