"""The documents of all tasks of a way back as one: `rollback.json`, the same whatever order they come in."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from twinstage.model.exploration_config import RECORDED, RECORDED_TITLE, Exploration
from twinstage.model.finding import weigh
from twinstage.model.invariant import only_at_end
from twinstage.model.rollback_config import OWN_CHECKS, RECOVERY
from twinstage.rehearse.answers import distinct_calls
from twinstage.rehearse.properties import asked_after_recovery
from twinstage.rehearse.rollback.left import KINDS
from twinstage.rehearse.rollback.plan import PATH
from twinstage.validate.checks.rollback import check_rollback

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from twinstage.model.scenario import Scenario

Document = dict[str, Any]


def merge_rollback(
    scenario: Scenario, tasks: Sequence[Mapping[str, Any]], documents: Iterable[Mapping[str, Any]]
) -> Document:
    """The result document (`rollback.schema.json`) of what was planned and what came of it, findings inside. A task without a document is a problem, which leaves nothing approved."""
    by_name = {document["task"]["name"]: document for document in documents}
    known = [by_name[task["name"]] for task in tasks if task["name"] in by_name]
    recorded = next((each for each in known if each["task"]["from"] == PATH), None)
    asked, not_asked = asked_of(scenario, known, recorded)
    config = scenario.rollback
    resolvers = (recorded or {}).get("resolvers", [])
    document: Document = {
        "schema": "twinstage:rollback:1",
        "scenario": scenario.name,
        "way_back": next((each["way_back"] for each in known if "way_back" in each), []),
        "asked": asked,
        "not_asked": not_asked,
        "cases": [_case(scenario, each) for each in known],
        "failures": sorted(
            _failures(scenario, known, counting_of(scenario, asked)),
            key=lambda each: (not each["counts"], each["depth"]),
        ),
        "timed": {
            "calls": max((each.get("calls", 0) for each in known), default=0),
            "seconds": max((each.get("seconds", 0.0) for each in known), default=0.0),
        },
        "resolvers": {
            "propagation_s": config.propagation_s if config else 0.0,
            "within_s": config.within_s if config else None,
            "worst_s": resolvers[0]["seconds"] if resolvers else 0.0 if recorded and "resolvers" in recorded else None,
            "names": resolvers,
        },
        "left_behind": (recorded or {}).get("left_behind", {kind: [] for kind in KINDS}),
        "leaves_nothing": bool(config and config.leaves_nothing),
        "path": (recorded or {}).get("path", []),
        "problems": list(dict.fromkeys(_problems(tasks, by_name, known, recorded))),
    }
    findings = list(check_rollback(document, scenario))
    timing = {each["task"]["name"]: each["timing"] for each in known}
    return {
        **document,
        "findings": [finding.document() for finding in findings],
        "verdict": str(weigh(findings)),
        "timing": timing,
    }


def asked_of(
    scenario: Scenario, known: Sequence[Mapping[str, Any]], recorded: Mapping[str, Any] | None
) -> tuple[list[str], list[Document]]:
    """The invariants that count, in the scenario's order, and why the others do not."""
    config, judged = scenario.rollback, {id_ for each in known for id_ in each.get("asked", ())}
    breaks = set((recorded or {}).get("baseline_breaks", ()))
    speaks_of = set((recorded or {}).get("baseline_speaks_of", ()))
    asked, not_asked = list[str](), list[Document]()
    for each in scenario.explored_invariants:
        why = ""
        if each.id not in judged:
            why = "the scenario leaves it out" if config and each.id in config.excepted else "no case asks it"
        elif config is not None and config.asked is not None:
            pass
        elif only_at_end(each):
            why = "it is asked of what a whole day comes to"
        elif each.id in breaks:
            late = asked_after_recovery(each)
            why = (
                "the old code does not come to it from production's own state either"
                if late
                else "the baseline breaks it in its own day"
            )
        elif each.id not in speaks_of and not asked_after_recovery(each):
            why = "the baseline's own day has nothing that it speaks of"
        if why:
            not_asked.append({"invariant": each.id, "why": why})
        else:
            asked.append(each.id)
    return asked, not_asked


def counting_of(scenario: Scenario, asked: Collection[str]) -> set[str]:
    """What a way back is judged by: its own checks, and the invariants that are asked and count."""
    return {each.id for each in scenario.invariants if each.counts and each.id in asked} | OWN_CHECKS.keys()


def _case(scenario: Scenario, document: Mapping[str, Any]) -> Document:
    case = document["task"]["case"]
    titles = {each.name: each.title for each in (scenario.explore or Exploration()).cases} | {RECORDED: RECORDED_TITLE}
    told = {name: document.get(name, default) for name, default in _COUNTS.items()}
    return {"case": case, "from": document["task"]["from"], "title": titles.get(case, case), **told}


_COUNTS: Mapping[str, Any] = {"states": 0, "worlds": 0, "exhausted": None, "capped": False, "failing_states": 0}


def _failures(scenario: Scenario, known: Sequence[Mapping[str, Any]], counting: set[str]) -> Iterator[Document]:
    titles = {each.id: each.title for each in scenario.invariants} | OWN_CHECKS
    for document in known:
        case = document["task"]["case"]
        for each in document.get("failures", ()):
            yield {
                "title": titles.get(each["check"], ""),
                "case": case,
                "counts": each["check"] in counting,
                **each,
                "command": command_of(scenario.name, case, each),
            }


def command_of(scenario: str, case: str, failure: Mapping[str, Any]) -> str:
    """The command that tries the way back from there, and shows it."""
    if failure["schedule"] is None:
        return shlex.join(["twinstage", "rollback", scenario, "--from", f"{failure['event']}:{failure['call']}"])
    schedule = " ".join(failure["schedule"])
    return shlex.join(["twinstage", "rollback", scenario, "--case", case, "--schedule", schedule])


def _problems(
    tasks: Sequence[Mapping[str, Any]],
    by_name: Mapping[str, Any],
    known: Sequence[Mapping[str, Any]],
    recorded: Mapping[str, Any] | None,
) -> Iterator[str]:
    """In words, whatever keeps this from being evidence."""
    if not tasks:
        yield "nothing was planned: nothing changes, so that there is no way back"
    elif all(task["from"] != PATH for task in tasks):
        yield "the recorded path was not tried: what the baseline keeps by itself is not known"
    yield from (f"{task['name']} left no result" for task in tasks if task["name"] not in by_name)
    for document in known:
        name, case = document["task"]["name"], document["task"]["case"]
        if "gave_up" in document:
            yield f"{name} was given up: {document['gave_up']['message']}"
        yield from (f"uncontrolled nondeterminism: {told}" for told in document.get("divergences", ()))
        yield from (f"{case}: {told}" for told in document.get("refused", ()))
        yield from (f"nobody in the memory world answers {' '.join(call)}" for call in document.get("unanswered", ()))
        yield from (_entry(call) for call in distinct_calls(document.get("unanswered_calls", ())) if call["entry"])
        if document.get("capped"):
            yield f"{case}: the cap was hit after {document['states']} states: it was not tried from the others"
    if recorded is not None and RECOVERY in recorded.get("baseline_breaks", ()):
        yield "the recovery fails by the old code from production's own state already: it says nothing of the way back"


def _entry(call: Mapping[str, Any]) -> str:
    return f"say under explore.answers what {call['service']} {call['operation']} is answered with: {call['entry']}"
