"""What the baseline keeps by itself: a way back to it cannot be asked for more."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from twinstage.explore.walk import along
from twinstage.model.exploration_config import RECORDED
from twinstage.model.rollback_config import RECOVERY, Rollback
from twinstage.rehearse.as_recorded import as_recorded
from twinstage.rehearse.plan import BASELINE
from twinstage.rehearse.rollback.left import Names
from twinstage.rehearse.rollback.trial import Messages, Trials
from twinstage.rehearse.rollback.way_back import WayBack

if TYPE_CHECKING:
    from twinstage.rehearse.explored import Opening

Document = dict[str, Any]


def baseline_document(opening: Opening) -> tuple[Document, Names]:
    """`baseline_breaks` and `baseline_speaks_of`, ids of invariants: those that the baseline's own recorded day breaks, and those that it has anything for; and the names of all that it ever holds.

    The same recovery is run from every state of that day. What it comes to is asked of the day's beginning only: that the old code leads into states without
    a way out is no reason to let a way back end in one.
    """
    with closing(opening.explored(BASELINE, None, RECORDED)) as explored:
        graph, subject, names = explored.graph, explored.subject, Names()
        broken = set(graph.root_breaks | graph.opening_breaks)
        late = {RECOVERY, *explored.properties.recovering}
        worlds = {graph.root.world: None}
        for _, edge in along(graph, as_recorded(graph, subject.order)):
            broken |= edge.breaks
            worlds[edge.target.world] = None
        nothing = WayBack((), opening.inputs.start, Rollback())
        messages = Messages((), subject.ends_at_s, subject.recovery, subject.recovery_at_s)
        trials = Trials(graph, graph.by_code(subject.case.functions), nothing, messages, explored.properties)
        for world in worlds:
            trial = trials.trial(world, 0)
            broken |= trial.broken.keys() - late
            names.add(graph.judging.state(world))
            names.add(graph.judging.state(trial.end))
        broken |= trials.trial(graph.root.world, 0).broken.keys()
        speaks_of = sorted({id_ for id_, _ in explored.properties.applied})
        return {"baseline_breaks": sorted(broken), "baseline_speaks_of": speaks_of}, names
