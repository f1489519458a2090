"""One task of an exploration, inside the process that contains the handlers: hunt, exhaust, make small, confirm, compare with the other arm."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from twinstage.explore.behaviour import Diverged
from twinstage.explore.confirm import confirm
from twinstage.explore.dpor import dpor
from twinstage.explore.exhaust import exhaust
from twinstage.explore.fewest_delays import FewestDelays, fewest_delays
from twinstage.explore.hunt import Found, hunt, portfolio
from twinstage.explore.minimal import Minimal, minimal
from twinstage.explore.paths import count_paths
from twinstage.model.exploration_config import RECORDED
from twinstage.rehearse.answers import calls_document
from twinstage.rehearse.certificate import certificate_of, no_certificate
from twinstage.rehearse.first_schedule import FirstSchedule, first_outcomes
from twinstage.rehearse.hunting import Hunting, sampled
from twinstage.rehearse.other_arm import outcome_under
from twinstage.rehearse.plan import BASELINE, arms_of
from twinstage.rehearse.tracing import lanes_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twinstage.explore.exhaust import Exhausted
    from twinstage.rehearse.explored import Explored, Opening

Document = dict[str, Any]
CONFIRMED = 3  # schedules that nobody chose, run in full besides those that break something
COMPARED_SEEDS = 2  # at most, of a short hunt on the other arm
SMALL = 2_500  # states: a case of no more is looked through before it is hunted through
# What a search looks at: a graph that was not exhausted is worked out on the way.
MINIMAL_STATES, MINIMAL_STATES_CAPPED, NEAREST_STATES = 200_000, 4_000, 20_000
DPOR_STATES, DPOR_EXECUTIONS = 5_000, 1_000
KINDS = {
    "crashes": "crash",
    "lost_responses": "lost",
    "throttles": "throttle",
    "stale_reads": "stale",
    "expiries": "time",
}


def explored_document(task: Mapping[str, Any], opening: Opening, say: Callable[[str], None]) -> Document:
    """What came of a task of kind `explore` or `hunt`. Nothing in it is a time but what stands under `timing`, and `schedules_per_s`.

    Handlers that do not do the same twice under the same answers are a result: the document then has no more than the divergence.
    """
    begun = time.monotonic()
    with closing(opening.explored(task["arm"], task["variant"], task["case"])) as explored:
        work = _Work(task, opening, explored, {"made_ready_s": time.monotonic() - begun})
        document = {"task": dict(task), "containers": lanes_of(explored.subject)}
        try:
            document |= work.done(say)
        except Diverged as diverged:
            document |= {**work.evidence(), "divergences": [diverged.message]}
        work.timing["whole_s"] = time.monotonic() - begun
        return {**document, "timing": work.timing}


@dataclass
class _Work:
    """The steps of a task, on one graph. `timing` is filled as they are done."""

    task: Mapping[str, Any]
    opening: Opening
    explored: Explored
    timing: Document = field(default_factory=dict)
    seen: Exhausted | None = None
    nearest: dict[str, FewestDelays | None] = field(default_factory=dict)

    def done(self, say: Callable[[str], None]) -> Document:
        """Everything that is asked of the case."""
        explored, name = self.explored, self.task["name"]
        hunting = Hunting(explored, *self.task["seeds"])
        hunting.recorded()
        hunting.once()
        if not self.looked_through():
            hunting.hunt()
        say(f"{name}: {hunting.schedules} schedules; broken: {', '.join(sorted(explored.found)) or 'nothing'}")
        if explored.subject.plan.name == RECORDED:
            broken = set(hunting.recorded_breaks)
            self.nearest = {id_: self._nearest(id_, broken) for id_ in sorted(explored.found)}
        document = self.exhausted() if self.task["kind"] == "explore" else {}
        if not document.get("exhausted"):
            hunting.hunt(frozenset(each.id for each in explored.subject.invariants if each.counts))
        self.timing |= {"hunt_s": hunting.took_s, "found_s": hunting.found_s}
        say(f"{name}: {explored.graph.states} states; broken: {', '.join(sorted(explored.found)) or 'nothing'}")
        document |= self.worked(hunting.first)
        violations = [self.violation(id_) for id_ in sorted(explored.found)]
        compared = self.same_schedules(violations) if self.task.get("same_schedule", True) else {}
        evidence = {**self.evidence(), "divergences": self.divergences(violations)}
        return {**hunting.document(), **document, "violations": violations, **compared, **evidence}

    def looked_through(self) -> bool:
        """Whether the case is small enough to be looked through at once: what nothing has broken yet is proved sooner than hunted for."""
        explored = self.explored
        if explored.found or self.task["kind"] != "explore":
            return False
        begun = time.monotonic()
        seen = exhaust(explored.graph, max_states=min(SMALL, explored.subject.case.max_states), judge=explored.judge)
        self.timing["exhaust_s"] = time.monotonic() - begun
        if not seen.truncated:
            self.seen = seen
            explored.found |= {id_: first.schedule for id_, first in seen.first.items()}
        return self.seen is not None

    def worked(self, first: FirstSchedule) -> Document:
        """What of the recorded day did not come as it was recorded, and what of a described case never took place."""
        seen = self.seen.order if self.seen is not None else [state for state, _ in first.steps]
        as_production = self.task["arm"] == BASELINE and self.task["case"] == RECORDED
        return {
            "not_recurring": first.not_recurring() if as_production else [],
            "refused": [*self.explored.subject.failed, *first.refused(seen)],
        }

    def exhausted(self) -> Document:
        """Every state of the graph, up to the cap; not begun where nobody asked for a certificate and the hunt filled half of it already."""
        begun, explored = time.monotonic(), self.explored
        plan, graph, most = explored.subject.plan, explored.graph, explored.subject.case.max_states
        if not plan.certify and 2 * graph.states > most:
            return {**no_certificate(), "exhausted": False, "capped": True, "states": graph.states}
        seen = self.seen or exhaust(graph, max_states=most, judge=explored.judge)
        paths = count_paths(explored.graph, seen, judge=explored.judge)
        for id_, first in seen.first.items():
            explored.found.setdefault(id_, first.schedule)
        self.timing["exhaust_s"] = self.timing.get("exhaust_s", 0.0) + time.monotonic() - begun
        self.seen = seen
        capped = seen.truncated or explored.graph.capped
        opening = sorted(graph.opening_breaks)
        return {
            **certificate_of(explored, self.timing, capped=capped),
            "exhausted": not capped,
            "capped": capped,
            "states": seen.states,
            "terminal_states": len(seen.terminal),
            "transitions": seen.transitions,
            "interleavings": None if capped else paths.total,
            "bad_interleavings": {}
            if capped
            else dict(sorted({**paths.bad, **dict.fromkeys(opening, paths.total)}.items())),
            "depths": dict(
                sorted({**{id_: first.depth for id_, first in seen.first.items()}, **dict.fromkeys(opening, 0)}.items())
            ),
            "dpor": None if capped or paths.cyclic else self._cross_checked(seen),
        }

    def _cross_checked(self, seen: Exhausted) -> Document | None:
        """The reduced search over the same graph: it must end in the same states. None where it would take too long."""
        if seen.states > DPOR_STATES:
            return None
        begun = time.monotonic()
        reduced = dpor(self.explored.graph, max_executions=DPOR_EXECUTIONS)
        self.timing["dpor_s"] = time.monotonic() - begun
        agrees = reduced.terminal == frozenset(seen.terminal) if reduced.complete else None
        return {"executions": reduced.executions, "complete": reduced.complete, "agrees": agrees}

    def violation(self, id_: str) -> Document:
        """The easiest schedule that breaks an id, run in full once more, step by step."""
        explored, graph, begun = self.explored, self.explored.graph, time.monotonic()
        judge, known = explored.judge, explored.found[id_]
        most = MINIMAL_STATES if self.seen is not None and not graph.capped else MINIMAL_STATES_CAPPED
        nearest = self.nearest.get(id_)
        if id_ in graph.opening_breaks:
            least: Minimal | None = Minimal((), 0, 0, proven=True)
        else:
            least = minimal(graph, id_, max_states=most, known=nearest.schedule if nearest else known, judge=judge)
        schedule = least.schedule if least is not None else known
        confirmation, steps = confirm(graph, schedule), shown(explored, schedule)
        self.timing.setdefault("shrink_s", {})[id_] = time.monotonic() - begun
        return {
            "invariant": id_,
            **{name: self.task[name] for name in ("arm", "variant", "case")},
            "schedule": [str(action) for action in schedule],
            "context_switches": least.switches if least is not None else None,
            "perturbations": least.perturbations if least is not None else None,
            "minimal": least is not None and least.proven,
            "delays": nearest.delays if nearest is not None else None,
            "nearest": [str(action) for action in nearest.schedule] if nearest is not None else None,
            "confirmed": confirmation.confirmed,
            "divergence": None if confirmation.confirmed else str(confirmation.divergence),
            "depth": len(schedule),
            "detail": steps.details.get(id_, ""),
            "containers": lanes_of(explored.subject),
            "trace": steps.trace,
        }

    def _nearest(self, id_: str, broken_as_recorded: set[str]) -> FewestDelays | None:
        """How far an id is from what production did: no delay at all where the recorded order itself breaks it."""
        if id_ in broken_as_recorded:
            return FewestDelays(self.explored.found[id_], 0)
        return fewest_delays(self.explored.graph, id_, max_states=NEAREST_STATES, judge=self.explored.judge)

    def same_schedules(self, violations: Sequence[Document]) -> Document:
        """What both arms do under the same schedules: those that break something here, those that are found to break the other, and the first.

        The recorded day is explored by each arm's code in a task of its own; in another case the baseline is hunted through here, shortly.
        """
        compared, beside = list[Document](), list[Document]()
        own_is_baseline = self.task["arm"] == BASELINE
        others = [
            each for each in arms_of(self.opening.inputs.scenario) if (each[0] == BASELINE) is not own_is_baseline
        ]
        hunts = self.task["case"] != RECORDED
        for arm, variant in others if violations or hunts else ():
            with closing(self.opening.explored(arm, variant, self.task["case"])) as other:
                theirs = _found(other) if hunts else []
                if hunts and arm == BASELINE:
                    beside = first_outcomes(other.subject, other.graph)
                for schedule in [*(violation["schedule"] for violation in violations), *theirs]:
                    here, there = (outcome_under(each.graph, each.quick, schedule) for each in (self.explored, other))
                    if here or there:
                        told = {"schedule": schedule, "here": sorted(here), "there": sorted(there)}
                        compared.append({"arm": arm, "variant": variant, **told})
        return {"same_schedule": compared, "baseline_outcomes": beside}

    def evidence(self) -> Document:
        """What must be known before anything that was found, or not found, is believed."""
        explored = self.explored
        return {
            "executions": explored.graph.runs,
            **calls_document([explored]),
            "left_out": list(explored.subject.left_out),
            "broken_at_start": sorted(explored.graph.root_breaks),
            "asked": [each.id for each in explored.subject.invariants],
            "applied": [list(each) for each in sorted(explored.properties.applied)],
            "perturb": dict(vars(explored.subject.plan.perturb)),
            "never_fired": self._never_fired(),
        }

    def divergences(self, violations: Sequence[Document]) -> list[str]:
        """Nondeterminism that nobody controls: schedules that the handlers, run in full, did otherwise than the graph."""
        told = {each["divergence"] for each in violations} - {None}
        for schedule in islice(sampled(self.explored, range(1)), CONFIRMED):
            confirmation = confirm(self.explored.graph, schedule)
            if not confirmation.confirmed:
                told.add(str(confirmation.divergence))
        return sorted(told)

    def _never_fired(self) -> list[str]:
        """What may go wrong in this case and had no place to. Known only once the graph was looked through."""
        if self.seen is None:
            return []
        waiting = {KINDS[name]: name for name in self.explored.subject.plan.perturb.asked}
        for state in self.seen.order:
            for edge in self.explored.graph.edges(state) if waiting else ():
                waiting.pop(edge.action.kind, None)
        return sorted(waiting.values())


def _found(explored: Explored) -> list[list[str]]:
    """Schedules that a short hunt finds to break something: of the first seed with which it finds any."""
    strategies, found = portfolio(explored.graph), dict[str, Found]()
    for seed in range(COMPARED_SEEDS):
        found = found or dict(hunt(explored.graph, strategies, (seed,), judge=explored.quick).found)
    opening: list[list[str]] = [[]] if explored.graph.opening_breaks else []
    return opening + [[str(action) for action in found[id_].schedule] for id_ in sorted(found)]
