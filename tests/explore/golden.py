"""What a contained child process works out for the golden tests: the figures of one case, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.explore.enactors import Invariants, Race
from twinstage.explore.confirm import confirm
from twinstage.explore.dpor import dpor
from twinstage.explore.exhaust import exhaust
from twinstage.explore.fewest_delays import fewest_delays
from twinstage.explore.graph import Graph
from twinstage.explore.hunt import hunt, portfolio
from twinstage.explore.minimal import minimal
from twinstage.explore.paths import count_paths
from twinstage.explore.recovery import judging
from twinstage.explore.safe_lag import safe_lag
from twinstage.explore.searchable import breaks
from twinstage.explore.walk import follow, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twinstage.explore.searchable import Judge


def figures(document: dict[str, Any], say: Callable[..., None]) -> dict[str, Any]:
    """States, terminal states, interleavings and first depths of a case; with `reduce` also what the reduced search sees."""
    race = Race(tuple(map(tuple, document["plans"])), **document.get("race", {}))
    graph = Graph(race.case(), Invariants())
    judge = judging(graph, [race.recovery()] if document.get("recover", True) else [])
    seen = exhaust(graph, max_states=1_000_000, judge=judge)
    say("exhausted")
    paths = count_paths(graph, seen, judge=judge)
    found = {
        "states": seen.states,
        "projected": projected(seen.order, gone),
        "first_problems": projected(seen.order, first_problem),
        "terminal": len(seen.terminal),
        "projected_terminal": projected(seen.terminal, gone),
        "truncated": seen.truncated or graph.capped,
        "interleavings": paths.total,
        "bad": dict(paths.bad),
        "first": {name: one.depth for name, one in seen.first.items()},
        "unanswered": graph.unanswered,
    }
    if document.get("reduce"):
        reduced = dpor(graph, max_executions=document["reduce"], judge=judge)
        found["reduced"] = {
            "executions": reduced.executions,
            "bad": reduced.bad,
            "first_bad": reduced.first_bad,
            "complete": reduced.complete,
            "same_terminal_states": reduced.terminal == set(seen.terminal),
        }
    return found


def projected(states: Iterable[Any], told: Callable[[Any], Any]) -> int:
    """How many states there are if answers count as equal that `told` tells the same of."""
    classes: dict[Any, Any] = {None: ()}

    def of(node: Any) -> Any:
        path = []
        while node not in classes:
            path.append(node)
            node = node.parent
        found = classes[node]
        for one in reversed(path):
            found = classes[one] = (id(one.serving), found, None if one.answer is None else told(one))
        return found

    return len({(state.world, state.moment, *map(of, state.nodes)) for state in states})


def gone(node: Any) -> Any:
    """The reference model does not tell a deletion that found nothing from one that deleted; Route 53 refuses the first."""
    return "gone" if deletes(node.parent.request) else node.answer.id


def first_problem(node: Any) -> Any:
    """The reference model names the first problem of a refused batch; Route 53 names all of them.

    "This exception contains a list of messages that might contain one or more error messages. Each error message indicates one error
    in the change batch." https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    So a batch that finds an alias moved and the tree gone as well is another answer than one that finds only the alias moved.
    """
    reply = node.answer.reply
    return node.answer.id if node.answer.outcome == "success" else reply.message.partition(", Tried to ")[0]


def deletes(request: Any) -> bool:
    """Whether a call is a batch that only deletes (and asserts what it creates again)."""
    if request.operation != "ChangeResourceRecordSets":
        return False
    return all(change["Action"] == "DELETE" for change in request.parameters["ChangeBatch"]["Changes"])


def least(document: dict[str, Any], say: Callable[..., None]) -> dict[str, Any]:
    """For each id the least schedule that breaks it, the one nearest to the recorded order, and what running them in full says."""
    race = Race(tuple(map(tuple, document["plans"])), **document.get("race", {}))
    graph = Graph(race.case(), Invariants())
    judge = judging(graph, [race.recovery()])
    found = {}
    for name in document["ids"]:
        say(f"looking for {name}")
        one = minimal(graph, name, max_states=1_000_000, judge=judge)
        near = fewest_delays(graph, name, max_states=1_000_000, judge=judge)
        if one is None or near is None:
            found[name] = None
            continue
        found[name] = {
            "switches": one.switches,
            "proven": one.proven,
            "schedule": [str(action) for action in one.schedule],
            "delays": near.delays,
            "confirmed": [asdict(confirm(graph, each)) for each in (one.schedule, near.schedule)],
            "breaks_again": name in follow(graph, one.schedule, judge=judge).broken,
        }
    return found


def hunted(document: dict[str, Any], say: Callable[..., None]) -> dict[str, Any]:
    """What a hunt finds, and whether handlers that run in full do the same on its walks' schedules."""
    race = Race(tuple(map(tuple, document["plans"])), **document.get("race", {}))
    graph = Graph(race.case(), Invariants())
    judge = judging(graph, [race.recovery()])
    strategies = portfolio(graph)
    found = hunt(graph, strategies, range(document["seeds"]), judge=judge)
    walks = [
        walk(graph, strategy, seed, judge=judge)
        for strategy in strategies
        for seed in range(document.get("confirm", 0))
    ]
    confirmed = []
    for one in walks:
        confirmed.append(asdict(confirm(graph, one.schedule)))
        say("confirmed")
    return {
        "schedules": found.schedules,
        "found": {name: [str(action) for action in one.schedule] for name, one in found.found.items()},
        "hits": found.hits,
        "confirmed": confirmed,
        "unanswered": graph.unanswered,
    }


def lags(document: dict[str, Any], say: Callable[..., None]) -> dict[str, Any]:
    """The safe-lag envelope of the race with one stale plan, for a retention."""

    def graph_of(lag: int) -> tuple[Graph, Judge]:
        say(f"lag {lag}")
        return behind(lag, document["retention"]), breaks

    found = safe_lag(graph_of, document["upto"], max_states=100_000)
    return {**asdict(found), "broken": sorted(found.broken), "states": list(found.states.values())}


def reachable(document: dict[str, Any], say: Callable[..., None]) -> dict[str, bool]:
    """For each lag whether some schedule breaks I1."""
    found = {}
    for lag in document["lags"]:
        say(f"lag {lag}")
        found[str(lag)] = bool(exhaust(behind(lag, document["retention"]), max_states=100_000).first)
    return found


def behind(lag: int, retention: int) -> Graph:
    """The race of A, whose plan is `lag` generations older than B's, where `retention` generations are kept."""
    return Graph(Race(((11,), (11 + lag,)), retention=retention).case(), OnlyI1())


class OnlyI1(Invariants):
    """I1 alone: that the stale plan overwrites a newer one (I3) does no harm while its tree still stands."""

    def broken(self, world: Any) -> frozenset[str]:
        return super().broken(world) & {"I1"}

    def broken_by(self, before: Any, after: Any) -> frozenset[str]:
        return frozenset()
