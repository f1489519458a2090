"""What certifies a case: all of its states; or, where they do not fit, the reduced search."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.reduction import reduce
from twinstage.model.invariant import ALWAYS_ASKED

if TYPE_CHECKING:
    from twinstage.explore.reduction import Reduction
    from twinstage.rehearse.explored import Explored

Document = dict[str, Any]
EXECUTIONS: Final = 50_000
"""So many schedules a reduced search walks at most."""

MORE_MEMORY: Final = 1.25
"""The reduced search goes on with a full graph, whose worlds and behaviours still grow: up to so many times what the graph may take."""


def no_certificate() -> Document:
    """The members of a case that nothing certifies."""
    return {"certificate": None, "uncovered": [], "reduction": None}


def certificate_of(explored: Explored, timing: Document, *, capped: bool) -> Document:
    """The members `certificate`, `uncovered` and `reduction` of a case whose graph was looked through, or (`capped`) did not fit.

    A case that must be certified, has no counterexample yet, and in which nothing may go wrong is reduced. What that finds broken is added to
    `explored.found`. `uncovered`: ids that are asked and that a reduction cannot tell of, as they ask every state that is reached.
    """
    if not capped:
        return {**no_certificate(), "certificate": "states"}
    plan = explored.subject.plan
    counting = {each.id for each in explored.subject.invariants if each.counts} | ALWAYS_ASKED.keys()
    if not plan.certify or plan.perturb.asked or counting & explored.found.keys():
        return no_certificate()
    begun = time.monotonic()
    reduced = _reduced(explored)
    timing["reduce_s"] = time.monotonic() - begun
    told = {"executions": reduced.executions, "complete": reduced.complete}
    if not reduced.complete:
        return {**no_certificate(), "reduction": told}
    return {"certificate": "reduction", "uncovered": sorted(explored.properties.recovering), "reduction": told}


def _reduced(explored: Explored) -> Reduction:
    most_bytes = int(MORE_MEMORY * explored.subject.case.max_bytes)
    reduced = reduce(explored.graph, explored.properties, max_executions=EXECUTIONS, max_bytes=most_bytes)
    for id_, schedule in reduced.broken.items():
        explored.found.setdefault(id_, schedule)
    return reduced
