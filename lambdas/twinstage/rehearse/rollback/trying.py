"""The way back tried from the states of one case: of the recorded path, or all that its graph reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.exhaust import exhaust
from twinstage.explore.walk import follow
from twinstage.model.change_step import RecordsStep, TableStep
from twinstage.rehearse.answers import calls_document
from twinstage.rehearse.plan import BASELINE
from twinstage.rehearse.properties import InvariantProperties
from twinstage.rehearse.rollback.kept import baseline_document
from twinstage.rehearse.rollback.left import Names, left_behind
from twinstage.rehearse.rollback.places import NoSuchPlace, recorded_places
from twinstage.rehearse.rollback.seen import Seen, questions, worst
from twinstage.rehearse.rollback.trial import Messages, Trials
from twinstage.rehearse.rollback.way_back import WayBack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.model.change_step import ChangeStep
    from twinstage.rehearse.explored import Explored, Opening
    from twinstage.rehearse.rollback.places import Place
    from twinstage.rehearse.rollback.trial import Trial

Document = dict[str, Any]
MOST_PLACES: Final = 5_000
"""A recorded path is followed no further than this; the document says so."""
ALL_APPLIED: Final = 1 << 30
"""More calls than any change makes."""
SHOWN: Final = 500
"""So many places of the recorded path are told one by one."""


class Trying:
    """The way back tried from the states of one case. Closed with `explored`."""

    def __init__(self, opening: Opening, explored: Explored) -> None:
        inputs, subject = opening.inputs, explored.subject
        scenario = inputs.scenario
        if scenario.rollback is None:
            raise ValueError("the scenario has no section `rollback`")
        self.opening, self.explored, self.asked = opening, explored, scenario.rollback
        self.before, self.steps = inputs.start, scenario.steps
        self.way = WayBack(self.steps, self.before, self.asked)
        named = self.asked.asked
        self.invariants = tuple(
            each
            for each in subject.invariants
            if (named is None or each.id in named) and each.id not in self.asked.excepted
        )
        pointers = scenario.explore.follow_ups if scenario.explore else None
        self.properties = InvariantProperties(self.invariants, self.before, pointers)
        old = explored.graph.by_code(inputs.functions[BASELINE])
        messages = Messages(subject.rollback, subject.ends_at_s, subject.recovery, subject.recovery_at_s)
        self.trials = Trials(explored.graph, old, self.way, messages, self.properties, named or ())

    def recorded(self) -> Document:
        """From every place of the recorded path, and what is asked of this path alone."""
        explored = self.explored
        everywhere = recorded_places(explored, self.before, self.steps)
        places = everywhere[:MOST_PLACES]
        seen = Seen(questions(self.way, self.invariants), self.asked.propagation_s, explored.graph.judging.state)
        kept, back, ended = list[Document](), Names(), Names()
        tried: list[tuple[Place, Trial]] = []
        for place in places:
            trial = self.trials.trial(place.world, place.applied)
            kept += seen.kept(place, trial)
            back.add(explored.graph.judging.state(trial.back))
            ended.add(explored.graph.judging.state(trial.end))
            tried.append((place, trial))
        baseline, names = baseline_document(self.opening)
        return {
            "states": len(places),
            "worlds": self.trials.worlds,
            "exhausted": None,
            "capped": len(everywhere) > len(places),
            **self._counted([trial for _, trial in tried]),
            "failures": _failures(tried),
            "path": [_told(place, trial) for place, trial in tried[:SHOWN]],
            "resolvers": worst(kept),
            "left_behind": left_behind(back, ended, names),
            **baseline,
        }

    def place(self, event: str, call: int) -> Place:
        """The place of the recorded path that is named so. Raises NoSuchPlace."""
        places = recorded_places(self.explored, self.before, self.steps)
        found = next((each for each in places if (each.event, each.call) == (event, call)), None)
        if found is None:
            raise NoSuchPlace(event, call, places)
        return found

    def every_state(self) -> Document:
        """From every state that the graph of a case reaches."""
        graph = self.explored.graph

        def failing(_source: Any, edge: Any) -> frozenset[str]:
            return frozenset(self.trials.trial(edge.target.world, ALL_APPLIED).broken)

        most = min(self.asked.max_states, self.explored.subject.case.max_states)
        looked = exhaust(graph, max_states=most, judge=failing)
        begun = self.trials.trial(graph.root.world, ALL_APPLIED)
        trials = [self.trials.trial(state.world, ALL_APPLIED) for state in looked.order]
        first = {id_: (found.depth, found.schedule) for id_, found in looked.first.items()}
        first |= dict.fromkeys(begun.broken, (0, ()))
        failures = []
        for id_, (depth, schedule) in sorted(first.items(), key=lambda each: (each[1][0], each[0])):
            world = follow(graph, schedule).edges[-1].target.world if schedule else graph.root.world
            failures.append(
                {
                    "check": id_,
                    "event": None,
                    "call": None,
                    "schedule": [str(action) for action in schedule],
                    "depth": depth,
                    "states": sum(id_ in trial.broken for trial in trials),
                    "detail": self.trials.trial(world, ALL_APPLIED).broken[id_],
                }
            )
        return {
            "states": looked.states,
            "worlds": self.trials.worlds,
            "exhausted": not looked.truncated,
            "capped": looked.truncated,
            **self._counted(trials),
            "failures": failures,
        }

    def evidence(self) -> Document:
        """What must be known before anything that was found, or not found, is believed."""
        explored, subject = self.explored, self.explored.subject
        return {
            **calls_document([explored]),
            "way_back": self._way_back(),
            "refused": list(subject.failed),
            "left_out": list(subject.left_out),
            "asked": [each.id for each in self.invariants],
            "spoken_of": sorted({id_ for id_, _ in self.properties.applied}),
        }

    def _way_back(self) -> list[Document]:
        """The steps of the way back, and the messages after them."""
        steps = [{"id": step.id, "kind": step.kind, **_of_step(step)} for step in self.way.due(ALL_APPLIED)]
        subject = self.explored.subject
        given = {"message": subject.rollback, "recovery": subject.recovery}
        return steps + [
            {"id": f"{kind}-{n}", "kind": kind, "what": each.function, "changes": []}
            for kind, messages in given.items()
            for n, each in enumerate(messages, 1)
        ]

    def _counted(self, trials: Sequence[Trial]) -> Document:
        return {
            "failing_states": sum(1 for trial in trials if trial.broken),
            "calls": max((trial.calls for trial in trials), default=0),
            "seconds": max((trial.seconds for trial in trials), default=0.0),
        }


def _of_step(step: ChangeStep) -> Document:
    if isinstance(step, RecordsStep):
        return {"what": step.zone, "changes": [dict(each) for each in step.changes]}
    return {"what": step.table if isinstance(step, TableStep) else step.function, "changes": []}


def _failures(tried: Sequence[tuple[Place, Trial]]) -> list[Document]:
    """For each id that breaks, the place of the fewest calls from which it does, and from how many it does."""
    first: dict[str, tuple[Place, str]] = {}
    states: dict[str, int] = {}
    for place, trial in tried:
        for id_, detail in trial.broken.items():
            first.setdefault(id_, (place, detail))
            states[id_] = states.get(id_, 0) + 1
    return [
        {
            "check": id_,
            "event": place.event,
            "call": place.call,
            "schedule": None,
            "depth": place.depth,
            "states": states[id_],
            "detail": detail,
        }
        for id_, (place, detail) in sorted(first.items(), key=lambda each: (each[1][0].depth, each[0]))
    ]


def _told(place: Place, trial: Trial) -> Document:
    return {
        "event": place.event,
        "call": place.call,
        "at_s": place.at_s,
        "what": place.what,
        "calls": trial.calls,
        "broken": sorted(trial.broken),
    }
