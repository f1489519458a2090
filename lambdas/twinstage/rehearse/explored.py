"""One case by the code of one arm as a state graph, with everything that is asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.explore.graph import Graph
from twinstage.explore.recovery import Recovery, Wedges
from twinstage.explore.searchable import breaks
from twinstage.rehearse.cases import Subject, subject_of
from twinstage.rehearse.properties import InvariantProperties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.explore.searchable import Judge, Schedule
    from twinstage.rehearse.inputs import Inputs


SUSPENDED = (
    2_000  # handlers that wait in the process at once: each spares a run from its beginning, and takes some 20 KB
)


@dataclass
class Explored:
    """`judge` asks everything of every step; `quick` asks for a recovery at the end of a walk only. `found`: a schedule for each id that broke."""

    subject: Subject
    graph: Graph
    properties: InvariantProperties
    judge: Judge
    quick: Judge
    found: dict[str, Schedule] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of what the graph holds."""
        self.graph.close()


@dataclass(frozen=True)
class Opening:
    """Makes the graphs of one exploration's inputs; `max_bytes` caps what each holds in memory."""

    inputs: Inputs
    max_bytes: int

    def explored(self, arm: str, variant: str | None, case: str, lag: int | None = None) -> Explored:
        """The graph of a case, nothing of it walked yet. `lag` for the case of the safe-lag envelope."""
        subject = subject_of(self.inputs, arm, variant, case, lag)
        subject = replace(subject, case=replace(subject.case, max_bytes=self.max_bytes))
        pointers = self.inputs.scenario.explore.follow_ups if self.inputs.scenario.explore else None
        properties = InvariantProperties(subject.invariants, subject.case.start, pointers)
        graph = Graph(subject.case, properties, suspended=SUSPENDED)
        recoveries = tuple(_recoveries(subject, properties))
        wedges = Wedges(graph, recoveries)
        judge, quick = (wedges.judge, _at_the_end(graph, wedges)) if recoveries else (breaks, breaks)
        return Explored(subject, graph, properties, judge, quick)


def _at_the_end(graph: Graph, wedges: Wedges) -> Judge:
    """The judge that looks for a wedge only where nothing can happen any more: one recovery a walk, not one a step."""

    def quick(_source: Any, edge: Any) -> frozenset[str]:
        broken: frozenset[str] = edge.breaks
        return broken if graph.edges(edge.target) else broken | wedges.lost(edge.target)

    return quick


def _recoveries(subject: Subject, properties: InvariantProperties) -> Iterator[Recovery]:
    """What must hold after the recovery messages: one for each invariant that asks for it."""

    def holds(id_: str) -> Any:
        return lambda world: id_ not in properties.lost(world)

    for id_ in properties.recovering:
        yield Recovery(id_, subject.recovery, subject.recovery_at_s, holds(id_))
