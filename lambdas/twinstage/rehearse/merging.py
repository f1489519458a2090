"""The documents of all tasks as one: the result of an exploration, the same whatever order they come in."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from twinstage.model.exploration_config import Exploration
from twinstage.model.finding import weigh
from twinstage.model.invariant import ALWAYS_ASKED
from twinstage.rehearse.answers import distinct_calls, total_answered
from twinstage.rehearse.plan import BASELINE, arms_of
from twinstage.validate.checks.exploration import check_exploration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.exploration_config import CasePlan
    from twinstage.model.finding import Finding
    from twinstage.model.invariant import Invariant
    from twinstage.model.scenario import Scenario

Document = dict[str, Any]
Who = tuple[str, str, str]  # arm, variant ("" for none), case


def merge(scenario: Scenario, tasks: Sequence[Mapping[str, Any]], documents: Iterable[Mapping[str, Any]]) -> Document:
    """The result document (`explore.schema.json`) of what was planned and what came of it, verdict and findings inside.

    A task without a document is named under `missing`: nothing is approved then.
    """
    by_name = {document["task"]["name"]: document for document in documents}
    known = [by_name[task["name"]] for task in tasks if task["name"] in by_name]
    cases = [_case(who, scenario, [d for d in known if _who(d) == who]) for who in _cases(tasks)]
    lags = [_lag(document) for document in known if "safe_lag" in document]
    violations = _violations(scenario, known)
    subject = scenario.subject
    variants = _variants(scenario, cases)
    certified = _certified(_judged(cases, variants, subject))
    document: Document = {
        "schema": "twinstage:explore:1",
        "scenario": scenario.name,
        "schedules": sum(case["schedules"] for case in cases),
        "schedules_per_s": _rate(cases, known),
        "executions": sum(document.get("executions", 0) for document in known),
        "states": sum(case["states"] for case in cases),
        "terminal_states": sum(case["terminal_states"] for case in cases),
        "interleavings": _total([case["interleavings"] for case in cases]),
        "violations": violations,
        "certified": certified,
        "cases": cases,
        "safe_lag": next((lag for lag in lags if lag["arm"] == subject), lags[0] if lags else None),
        "safe_lags": lags,
        **_one_sided(known),
        "unanswered": _distinct(
            f"{service} {operation}" for d in known for service, operation in d.get("unanswered", ())
        ),
        "unanswered_calls": distinct_calls(each for d in known for each in d.get("unanswered_calls", ())),
        "answered": total_answered(known),
        "divergences": _distinct(each for d in known for each in d.get("divergences", ())),
        "gave_up": [{"task": d["task"]["name"], **d["gave_up"]} for d in known if "gave_up" in d],
        "missing": [task["name"] for task in tasks if task["name"] not in by_name],
        "left_out": _distinct(each for d in known for each in d.get("left_out", ())),
        "idle": _idle(scenario, known),
        "broken_at_start": _broken_at_start(known),
        "not_recurring": [each for d in known for each in d.get("not_recurring", ())],
        "refused": _distinct(f"{d['task']['case']}: {each}" for d in known for each in d.get("refused", ())),
        "variants": variants,
    }
    findings = list(check_exploration(document, scenario))
    return {
        **document,
        "certified": certified and not any(map(_withholds, findings)),
        "findings": [finding.document() for finding in findings],
        "verdict": str(weigh(findings)),
        "timing": _timing(known, subject),
    }


def _withholds(finding: Finding) -> bool:
    """Whether a finding leaves nothing to be certified: what is no evidence, and code that does not work, keep every invariant."""
    about = finding.criterion == "evidence" or finding.check == "explored-no-new-failures"
    return about and finding.counts and finding.passed is not True


def _who(document: Mapping[str, Any]) -> Who:
    task = document["task"]
    return task["arm"], task["variant"] or "", task["case"]


def _cases(tasks: Sequence[Mapping[str, Any]]) -> list[Who]:
    """The cases that were planned, in their order; the envelope of the safe lag is none."""
    return list(dict.fromkeys(_who({"task": task}) for task in tasks if task["kind"] != "lag"))


def _case(who: Who, scenario: Scenario, documents: Sequence[Mapping[str, Any]]) -> Document:
    arm, variant, case = who
    whole = next((document for document in documents if "exhausted" in document), next(iter(documents), {}))
    violated = sorted({each["invariant"] for document in documents for each in document.get("violations", ())})
    counting = _counting(scenario)
    covered = whole.get("certificate") is not None and not counting & set(whole.get("uncovered", ()))
    hits: dict[str, dict[str, int]] = {}
    for document in documents:
        for strategy, counts in document.get("hits", {}).items():
            own = hits.setdefault(strategy, {})
            own |= {id_: own.get(id_, 0) + number for id_, number in counts.items()}
    return {
        "case": case,
        "arm": arm,
        "variant": variant or None,
        "certified": covered and not counting & set(violated) and _sound(documents),
        "broken": bool(counting & set(violated)),
        "exhausted": bool(whole.get("exhausted")),
        "certificate": whole.get("certificate"),
        "uncovered": whole.get("uncovered", []),
        "reduction": whole.get("reduction"),
        "capped": bool(whole.get("capped")),
        "must_certify": arm == scenario.subject and any(plan.certify for plan in _plans(scenario) if plan.name == case),
        "containers": whole.get("containers", []),
        "schedules": sum(document.get("schedules", 0) for document in documents),
        "executions": sum(document.get("executions", 0) for document in documents),
        **{name: whole.get(name, 0) for name in ("states", "terminal_states", "transitions")},
        "interleavings": whole.get("interleavings"),
        "bad_interleavings": whole.get("bad_interleavings", {}),
        "depths": whole.get("depths", {}),
        "dpor": whole.get("dpor"),
        "hits": {strategy: hits[strategy] for strategy in sorted(hits)},
        "recorded_breaks": whole.get("recorded_breaks", []),
        "outcomes": whole.get("outcomes", []),
        "baseline_outcomes": whole.get("baseline_outcomes", []),
        "violated": violated,
        "asked": whole.get("asked", []),
        "perturb": whole.get("perturb", {}),
        "never_fired": whole.get("never_fired", []),
    }


def _sound(documents: Sequence[Mapping[str, Any]]) -> bool:
    """Whether something is asked, and all of it was explored: no call without an answer, nothing that nobody controls, nothing that never took place."""
    doubts = ("unanswered", "divergences", "gave_up", "refused", "not_recurring")
    asked = any(document.get("asked") for document in documents)
    return asked and not any(document.get(doubt) for document in documents for doubt in doubts)


def _plans(scenario: Scenario) -> list[CasePlan]:
    asked = scenario.explore or Exploration()
    return [*asked.cases, *([asked.recorded] if asked.recorded is not None else [])]


def _violations(scenario: Scenario, documents: Sequence[Mapping[str, Any]]) -> list[Document]:
    """For each invariant, arm, variant and case the schedule with the fewest switches, then the fewest steps; those that count first."""
    best: dict[tuple[str, ...], Document] = {}
    for document in documents:
        for found in document.get("violations", ()):
            place = (found["invariant"], *_who(document))
            if place not in best or _size(found) < _size(best[place]):
                best[place] = found
    arms = list(reversed(scenario.arms))
    invariants = {each.id: each for each in scenario.invariants}
    told = [_told(found, scenario, invariants.get(found["invariant"])) for found in best.values()]
    return sorted(
        told,
        key=lambda each: (
            not each["counts"],
            arms.index(each["arm"]),
            each["variant"] or "",
            each["case"],
            each["depth"],
            each["invariant"],
        ),
    )


def _size(found: Mapping[str, Any]) -> tuple[Any, ...]:
    switches = found["context_switches"]
    return (switches is None, switches or 0, len(found["schedule"]), found["schedule"])


def _told(found: Mapping[str, Any], scenario: Scenario, invariant: Invariant | None) -> Document:
    id_ = found["invariant"]
    counts = (invariant is None or invariant.counts) and found["arm"] == scenario.subject
    title = invariant.title if invariant is not None else ALWAYS_ASKED.get(id_, id_)
    words = ["twinstage", "explore", scenario.name, "--arm", found["arm"], "--case", found["case"]]
    words += ["--variant", found["variant"]] if found["variant"] else []
    words += ["--schedule", " ".join(found["schedule"])]
    return {**found, "title": title, "counts": counts, "command": shlex.join(words)}


def _counting(scenario: Scenario) -> set[str]:
    return {each.id for each in scenario.explored_invariants if each.counts} | ALWAYS_ASKED.keys()


def _certified(cases: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what was to be certified is, and nothing that counts was seen to break; where nothing was to be, all cases were."""
    wanted = [case for case in cases if case["must_certify"]] or cases
    return bool(cases) and all(case["certified"] for case in wanted) and not any(case["broken"] for case in cases)


def _judged(
    cases: Sequence[Mapping[str, Any]], variants: Sequence[Mapping[str, Any]], subject: str
) -> list[Mapping[str, Any]]:
    """The cases that the verdict is about: of variants that something is expected of, the expectation counts, unless nothing else was explored."""
    own = [case for case in cases if case["arm"] == subject]
    expected = {each["variant"] for each in variants if each["as_expected"] is not None}
    return [case for case in own if case["variant"] not in expected] or own


def _rate(cases: Sequence[Mapping[str, Any]], documents: Sequence[Mapping[str, Any]]) -> float | None:
    took_s = sum(document.get("timing", {}).get("hunt_s", 0.0) for document in documents)
    schedules = sum(case["schedules"] for case in cases)
    return round(schedules / took_s, 1) if took_s else None


def _timing(documents: Sequence[Mapping[str, Any]], subject: str) -> Document:
    """Wall times, seconds: of each task, and (`found_s`) from the start of one to the first schedule that breaks each id, the shortest."""
    found_s: dict[str, float] = {}
    for document in documents:
        for id_, took_s in document.get("timing", {}).get("found_s", {}).items():
            if document["task"]["arm"] == subject:
                found_s[id_] = min(took_s, found_s.get(id_, took_s))
    tasks = {document["task"]["name"]: document["timing"] for document in documents if document.get("timing")}
    return {"found_s": dict(sorted(found_s.items())), "tasks": tasks}


def _total(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None


def _lag(document: Mapping[str, Any]) -> Document:
    return {"arm": document["task"]["arm"], "variant": document["task"]["variant"], **document["safe_lag"]}


def _one_sided(documents: Sequence[Mapping[str, Any]]) -> Document:
    """What only one arm breaks under the same schedules: `only_baseline`, `only_candidate`."""
    only: dict[str, list[Document]] = {BASELINE: [], "candidate": []}
    for document in documents:
        task = document["task"]
        for each in document.get("same_schedule", ()):
            place = {"case": task["case"], "variant": task["variant"] or each["variant"]}
            for arm, broke, kept in (
                (task["arm"], each["here"], each["there"]),
                (each["arm"], each["there"], each["here"]),
            ):
                only[arm] += [{"invariant": id_, **place} for id_ in broke if id_ not in kept]
    return {f"only_{arm}": _unique(entries) for arm, entries in only.items()}


def _unique(entries: Iterable[Document]) -> list[Document]:
    by_key = {(each["invariant"], each["case"], each["variant"] or ""): each for each in entries}
    return [by_key[key] for key in sorted(by_key)]


def _broken_at_start(documents: Sequence[Mapping[str, Any]]) -> list[Document]:
    found = [
        {"invariant": id_, **{name: document["task"][name] for name in ("arm", "case", "variant")}}
        for document in documents
        for id_ in document.get("broken_at_start", ())
    ]
    return sorted(found, key=lambda each: (each["invariant"], each["arm"], each["case"], each["variant"] or ""))


def _idle(scenario: Scenario, documents: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """(id, name) of whatever was asked and never had anything to look at, in any case of any arm."""
    applied = {tuple(each) for document in documents for each in document.get("applied", ())}
    asked = {id_ for document in documents for id_ in document.get("asked", ())}
    wanted = [
        (each.id, name) for each in scenario.explored_invariants if each.id in asked for name in each.names or ("",)
    ]
    return [list(entry) for entry in wanted if entry not in applied]


def _variants(scenario: Scenario, cases: Sequence[Mapping[str, Any]]) -> list[Document]:
    """What came of each variant, and whether that is what was expected of it (null: nothing was)."""
    planned = {each.name: each for each in (scenario.explore.variants if scenario.explore else ())}
    told = []
    for _, name in arms_of(scenario):
        own = [case for case in cases if name is not None and case["variant"] == name]
        if name is None or not own:
            continue
        violated = sorted({id_ for case in own for id_ in case["violated"]} & _counting(scenario))
        certified, expected = _certified(own), planned[name].expected
        as_expected = None if expected is None else certified if not expected else set(violated) == expected
        told.append(
            {
                "variant": name,
                "title": planned[name].title,
                "certified": certified,
                "violated": violated,
                "expected": None if expected is None else sorted(expected),
                "as_expected": as_expected,
            }
        )
    return told


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted(set(values))
