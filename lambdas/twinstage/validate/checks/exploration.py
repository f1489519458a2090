"""Exploration: what other schedules of the same calls do. One finding an invariant and arm, and what its evidence lacks.

What the baseline breaks is shown, not counted; so is what a variant breaks or keeps as the scenario expects of it: then the expectation counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding
from twinstage.model.invariant import may_be_idle
from twinstage.validate.checks.explored_outcomes import check_no_new_failures, check_outcomes_recur

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.invariant import Invariant
    from twinstage.model.scenario import Scenario

SHOWN = 20
REFUSED = "handler "  # what a call begins with that is none of a service: what contained code wanted of its machine


def check_exploration(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    """Every finding of a merged exploration: the evidence first, then safety, what counts and broke first."""
    yield from check_exploration_evidence(document, scenario)
    yield from check_explored_safety(document, scenario)


def check_exploration_evidence(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    """Is what was found to be believed? What is missing makes a run INCONCLUSIVE."""
    lacking = list(_lacking(document, scenario))
    if lacking:
        evidence = {"lacking": lacking[:SHOWN], "found": len(lacking)}
        yield Finding("explore-complete", "evidence", None, "; ".join(lacking[:SHOWN]), evidence=evidence)
    else:
        done = f"{len(document['cases'])} cases, {document['schedules']} schedules, {document['states']} states"
        message = f"{done}: every task came to its end, and the handlers run in full did the same"
        yield Finding("explore-complete", "evidence", passed=True, message=message)
    yield from _idle(document, scenario)
    yield from _broken_at_start(document, scenario)
    yield from _never_fired(document)
    yield from _answered(document)
    yield from check_outcomes_recur(document, scenario)


def check_explored_safety(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    """Invariants over every schedule that was explored, variants as expected, and how far apart things may be."""
    findings = [*_invariants(document, scenario), *check_no_new_failures(document), *_variants(document)]
    findings += _safe_lags(document, scenario)
    yield from sorted(findings, key=lambda finding: (finding.passed is not False, not finding.counts))


def _lacking(document: Mapping[str, Any], scenario: Scenario) -> Iterator[str]:
    """In words, whatever keeps the exploration from being evidence."""
    counting = {each.id for each in scenario.explored_invariants if each.counts}
    if not document["cases"] and not document["safe_lags"]:
        yield "there was nothing to explore: no case, and no event that runs a function"
    yield from (f"{task} left no result" for task in document["missing"])
    yield from (f"{entry['task']} was given up: {entry['message']}" for entry in document["gave_up"])
    yield from _unanswered(document)
    yield from document["refused"]
    if document["cases"] and not document["violations"] and not any(case["asked"] for case in document["cases"]):
        yield "nothing is asked: the scenario has no invariant that an exploration asks"
    yield from (f"uncontrolled nondeterminism: {told}" for told in document["divergences"])
    for case in document["cases"]:
        # A counterexample needs no certificate.
        if case["must_certify"] and not case["broken"]:
            yield from _uncertified(case, counting)
        if case["dpor"] is not None and case["dpor"]["agrees"] is False:
            yield f"the reduced search over {_place(case)} ends in other states than the whole one"
    for lag in document["safe_lags"]:
        if lag["undecided"] is not None:
            yield f"the safe lag of the {_arm(lag)} is not known: the cap was hit at lag {lag['undecided']}"


def _unanswered(document: Mapping[str, Any]) -> Iterator[str]:
    """Each operation that nobody answers, with the entry that would answer its first call, where one can."""
    entries = {
        f"{each['service']} {each['operation']}": each for each in reversed(document.get("unanswered_calls", ()))
    }
    for call in document["unanswered"]:
        if call.startswith(REFUSED):
            yield f"a handler was refused: {call.removeprefix(REFUSED)}"
            continue
        entry = entries.get(call, {}).get("entry")
        more = f"; say under explore.answers what it is answered with: {entry}" if entry else ""
        yield f"nobody in the memory world answers {call}{more}"


def _answered(document: Mapping[str, Any]) -> Iterator[Finding]:
    """What rests on answers that the scenario gives, not on a service: shown."""
    if not (answered := document.get("answered")):
        return
    calls = ", ".join(f"{each['service']} {each['operation']} ({each['times']} times)" for each in answered)
    message = f"these calls were answered as the scenario says, by no service: {calls}"
    yield Finding("explore-answered", "evidence", True, message, counts=False, evidence={"answered": [*answered]})


def _uncertified(case: Mapping[str, Any], counting: set[str]) -> Iterator[str]:
    """Why a case that was to be certified is not."""
    capped = f"the cap was hit after {case['states']} states"
    untold = sorted(counting.intersection(case["uncovered"]))
    if case["certificate"] is None:
        cut = case["reduction"]
        short = f", and the reduced search was cut short after {cut['executions']} executions" if cut else ""
        yield f"{_place(case)} was to be certified and is not: {capped}{short}"
    elif untold:
        told = f"{capped}, and a reduced search does not reach every state, which {', '.join(untold)} is asked of"
        yield f"{_place(case)} was to be certified and is not for {', '.join(untold)}: {told}"


def _never_fired(document: Mapping[str, Any]) -> Iterator[Finding]:
    """What was to go wrong and had no place to, in no arm's code: shown, for nothing was learnt from it."""
    by_case: dict[str, list[set[str]]] = {}
    for case in document["cases"]:
        if case["exhausted"]:
            by_case.setdefault(case["case"], []).append(set(case["never_fired"]))
    for name, missed in by_case.items():
        for budget in sorted(set.intersection(*missed)):
            message = f"{budget} were asked for in {name}, and nothing there could go wrong so"
            evidence = {"case": name, "perturbation": budget}
            yield Finding("explore-perturbs", "evidence", None, message, counts=False, evidence=evidence)


def _idle(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    """What never had anything to look at says nothing; where it speaks of what the code itself makes, that is shown only."""
    counting = {each.id: each for each in scenario.explored_invariants if each.counts}
    names: dict[str, list[str]] = {}
    for id_, name in document["idle"]:
        if id_ in counting:
            names.setdefault(id_, []).append(name)
    for id_, found in names.items():
        where = (
            f"at {', '.join(found)} there is nothing it speaks of" if any(found) else "nothing that it judges happened"
        )
        message = f"{id_} never had anything to look at in any schedule: {where}"
        evidence = {"invariant": id_, "names": found}
        shown = may_be_idle(counting[id_])
        passed = None if shown else False
        yield Finding("explore-applies", "evidence", passed, message, counts=not shown, evidence=evidence)


def _broken_at_start(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    """What does not hold before anything was explored says nothing of the schedules."""
    counting = {each.id for each in scenario.explored_invariants if each.counts}
    places: dict[str, list[str]] = {}
    for each in document["broken_at_start"]:
        if each["invariant"] in counting:
            places.setdefault(each["invariant"], []).append(_place(each))
    for id_, found in places.items():
        message = f"{id_} does not hold where {', '.join(found)} begins"
        evidence = {"invariant": id_, "cases": found}
        yield Finding("explore-holds-at-start", "evidence", passed=False, message=message, evidence=evidence)


def _invariants(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    explored = {each.id: each for each in scenario.explored_invariants}
    for arm, variant in _arms(document):
        cases = [case for case in document["cases"] if (case["arm"], case["variant"]) == (arm, variant)]
        found = [each for each in document["violations"] if (each["arm"], each["variant"]) == (arm, variant)]
        asked = {id_ for case in cases for id_ in case["asked"]} | {each["invariant"] for each in found}
        for id_ in [*(name for name in explored if name in asked), *sorted(asked - explored.keys())]:
            own = [each for each in found if each["invariant"] == id_]
            yield _invariant(id_, explored.get(id_), scenario, document, cases, own)


def _invariant(
    id_: str,
    invariant: Invariant | None,
    scenario: Scenario,
    document: Mapping[str, Any],
    cases: list[Mapping[str, Any]],
    found: list[Mapping[str, Any]],
) -> Finding:
    arm, variant = cases[0]["arm"], cases[0]["variant"]
    expected = any(each["variant"] == variant and each["as_expected"] is not None for each in document["variants"])
    title = invariant.title if invariant else found[0]["title"]
    own = [case for case in cases if id_ in case["asked"] or id_ in case["violated"]]
    incomplete = any(entry["task"].startswith(_tasks_of(arm, variant)) for entry in document["gave_up"])
    return Finding(
        f"explored-{id_}",
        "safety",
        False if found else None if incomplete else True,
        f"{title}{f' ({variant})' if variant else ''}: {_told(id_, found, own)}",
        arm=arm,
        counts=(invariant is None or invariant.counts) and arm == scenario.subject and not expected,
        evidence={
            "title": title,
            "variant": variant,
            "every_schedule": not found and all(_covers(case, id_) for case in own),
            "counterexamples": [
                {name: each[name] for name in ("case", "schedule", "context_switches", "minimal", "delays", "detail")}
                for each in found
            ],
        },
    )


def _covers(case: Mapping[str, Any], id_: str) -> bool:
    """Whether what was looked at stands for every schedule of a case, as far as one id is concerned."""
    return case["certificate"] is not None and id_ not in case["uncovered"]


def _told(id_: str, found: list[Mapping[str, Any]], cases: list[Mapping[str, Any]]) -> str:
    if found:
        first = found[0]
        switches = first["context_switches"]
        how = f"{len(first['schedule'])} steps" + (f", {switches} context switches" if switches is not None else "")
        near = f", {_delays(first['delays'])} from the recorded order" if first["delays"] is not None else ""
        return f"a schedule of {first['case']} breaks it ({how}{near}): {first['detail']}"
    states, schedules = sum(case["states"] for case in cases), sum(case["schedules"] for case in cases)
    if all(_covers(case, id_) for case in cases):
        reduced = [case["reduction"]["executions"] for case in cases if case["certificate"] == "reduction"]
        looked = f"all {states} states were looked at" if not reduced else f"{sum(reduced)} executions stand for them"
        return f"no schedule of {', '.join(case['case'] for case in cases)} breaks it: {looked}"
    return f"none of {schedules} schedules and {states} states breaks it; there are more"


def _delays(number: int) -> str:
    return f"{number} delay{'' if number == 1 else 's'}"


def _variants(document: Mapping[str, Any]) -> Iterator[Finding]:
    for each in document["variants"]:
        if each["as_expected"] is None:
            continue
        wanted = f"breaks {', '.join(each['expected'])}" if each["expected"] else "is certified"
        came = f"breaks {', '.join(each['violated'])}" if each["violated"] else "breaks nothing"
        came += "" if each["certified"] or each["violated"] else ", and is not certified"
        message = f"{each['title']}: expected that it {wanted}; it {came}"
        evidence = {name: each[name] for name in ("variant", "expected", "violated", "certified")}
        yield Finding("variant-expected", "safety", each["as_expected"], message, arm="candidate", evidence=evidence)


def _safe_lags(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    for lag in document["safe_lags"]:
        unsafe, unit = lag["first_unsafe"], lag["unit"]
        safe = f"a lag of up to {lag['largest']} {unit} breaks nothing"
        broken = f"; {unsafe} {unit} break {', '.join(lag['broken'])}" if unsafe is not None else ""
        passed = unsafe is None if lag["undecided"] is None else None
        yield Finding("safe-lag", "safety", passed, safe + broken, arm=lag["arm"], counts=False, evidence={**lag})


def _arms(document: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    return list(dict.fromkeys((case["arm"], case["variant"]) for case in document["cases"]))


def _place(case: Mapping[str, Any]) -> str:
    return f"{case['case']} of the {_arm(case)}"


def _arm(entry: Mapping[str, Any]) -> str:
    return f"{entry['arm']} ({entry['variant']})" if entry["variant"] else str(entry["arm"])


def _tasks_of(arm: str, variant: str | None) -> tuple[str, ...]:
    who = f"{arm}-{variant}-" if variant else f"{arm}-"
    return tuple(f"{kind}-{who}" for kind in ("explore", "hunt"))
