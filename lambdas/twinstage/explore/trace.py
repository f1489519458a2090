"""A schedule as people read it: what each action called, what came of it, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twinstage.explore.kinds import TIME
from twinstage.explore.walk import along
from twinstage.model.record_set import printable_key
from twinstage.world.contained import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.explore.graph import Graph
    from twinstage.explore.request import Request
    from twinstage.explore.states import Action, Edge, State
    from twinstage.world.memory.aws import AwsState


@dataclass(frozen=True)
class TraceStep:
    """One action of a schedule, counted from 1. `container` is None for time that passes.

    `what` says the call's parameters in a few words; `outcome` is `success`, the service's error code, `crashed` or `passed`; `message` the
    error's text. `changed` names every record set and item that the call left otherwise, and every zone and table it made or deleted. `at_s`: the container's clock at the call.
    """

    number: int
    action: str
    kind: str
    container: str | None
    at_s: float
    service: str
    operation: str
    what: str
    outcome: str
    message: str
    changed: tuple[str, ...]
    breaks: tuple[str, ...]
    ended: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The step as JSON data."""
        at = datetime.fromtimestamp(self.at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "n": self.number,
            "schedule": self.action,
            "container": self.container,
            "action": self.kind,
            "at_s": self.at_s,
            "at": at,
            "service": self.service,
            "operation": self.operation,
            "what": self.what,
            "outcome": self.outcome,
            **({"message": self.message} if self.message else {}),
            "changed": list(self.changed),
            "breaks": list(self.breaks),
            **({"ended": list(self.ended)} if self.ended else {}),
        }


def edges_along(graph: Graph, schedule: Sequence[Action]) -> Iterator[tuple[State, Edge]]:
    """Each state of a schedule with the edge taken in it. Raises NoSuchStep where the graph does not offer an action."""
    return along(graph, schedule)


def trace(graph: Graph, schedule: Sequence[Action]) -> tuple[TraceStep, ...]:
    """What happens on a schedule of this graph, step by step."""
    return tuple(
        _told(graph, number, state, edge) for number, (state, edge) in enumerate(edges_along(graph, schedule), 1)
    )


def _told(graph: Graph, number: int, state: State, edge: Edge) -> TraceStep:
    action = edge.action
    changed = tuple(changes(graph.world_of(state), graph.world_of(edge.target)))
    breaks = tuple(sorted(edge.breaks))
    if action.kind == TIME:
        at_s = graph.world.now(edge.target.time)
        what = f"{graph.case.perturbations.expiry_s:g} s pass for everybody"
        return TraceStep(number, str(action), TIME, None, at_s, "", "", what, "passed", "", changed, breaks, ())
    node = state.nodes[action.container]
    request, answer = node.request, graph.answer_on(state, edge)
    if request is None:
        raise ValueError(f"{action} is no call")
    reply = answer.reply if answer is not None else None
    return TraceStep(
        number,
        str(action),
        action.kind,
        action.name,
        graph.behaviours.clock_s(node, state.time),
        request.service,
        request.operation,
        summary(request),
        "crashed" if answer is None else answer.outcome,
        reply.message if isinstance(reply, Failed) else "",
        changed,
        breaks,
        tuple(_ending(outcome) for _, _, outcome in graph.endings(state, edge)),
    )


def _ending(outcome: Mapping[str, Any]) -> str:
    return "success" if outcome.get("outcome") == "success" else f"{outcome.get('error')}: {outcome.get('message')}"


def summary(request: Request) -> str:
    """A request's parameters in a few words."""
    parameters = request.parameters
    if request.operation == "ChangeResourceRecordSets":
        zone = parameters["HostedZoneId"].removeprefix("/hostedzone/")
        told = [
            f"{change['Action']} {change['ResourceRecordSet']['Name']} {change['ResourceRecordSet']['Type']}"
            for change in parameters["ChangeBatch"]["Changes"]
        ]
        return f"{zone}: {', '.join(told)}"
    if request.operation == "ListResourceRecordSets":
        zone = parameters["HostedZoneId"].removeprefix("/hostedzone/")
        start = " ".join(str(parameters[name]) for name in ("StartRecordName", "StartRecordType") if name in parameters)
        most = f", at most {parameters['MaxItems']}" if "MaxItems" in parameters else ""
        return f"{zone}: from {start or 'the beginning'}{most}"
    table = parameters.get("TableName", "")
    key = parameters.get("Key") or parameters.get("Item")
    if table and key:
        place = next(iter(request.footprint.writes), None)
        shown = place[1][1:] if place is not None else tuple(next(iter(value.values())) for value in key.values())
        return f"{table}: {', '.join(map(str, shown))}"
    return table or ", ".join(f"{name}={value}" for name, value in sorted(parameters.items()) if isinstance(value, str))


def changes(before: AwsState, after: AwsState) -> Iterator[str]:
    """The names of what differs between two worlds: record sets as `name type`, items as `table key`, and zones and tables made or deleted."""
    if before is after:
        return
    zones = before.route53.zones, after.route53.zones
    for zone_id in sorted({*zones[0], *zones[1]}):
        old, new = zones[0].get(zone_id), zones[1].get(zone_id)
        if old is new:
            continue
        if old is None or new is None:
            yield from (f"zone {one.zone.name}" for one in (old, new) if one is not None)
        records = [{} if one is None else one.zone.records for one in (old, new)]
        keys = {*records[0], *records[1]}
        for key in sorted(keys, key=printable_key):
            if records[0].get(key) != records[1].get(key):
                yield printable_key(key)
    for region in sorted({*before.databases, *after.databases}):
        tables = [one.databases[region].tables if region in one.databases else {} for one in (before, after)]
        for name in sorted({*tables[0], *tables[1]}):
            yield from _items(name, tables[0].get(name), tables[1].get(name))


def _items(name: str, before: Any, after: Any) -> Iterator[str]:
    if before is after:
        return
    if before is None or after is None:
        yield f"table {name}"
    items = [{} if one is None else one.items for one in (before, after)]
    for place in sorted({*items[0], *items[1]}):
        old, new = items[0].get(place), items[1].get(place)
        if (old.item if old else None) != (new.item if new else None):
            yield f"{name} {', '.join(map(str, place[1:]))}"
