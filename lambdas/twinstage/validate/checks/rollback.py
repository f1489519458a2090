"""The rehearsed way back: one finding for each thing that is asked of it, and what its evidence lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding
from twinstage.model.rollback_config import OWN_CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.scenario import Scenario

SHOWN = 20


def check_rollback(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    """Every finding of a merged way back: the evidence first, then safety, what counts and fails first."""
    yield from check_rollback_evidence(document)
    yield from check_rolled_back(document, scenario)


def check_rollback_evidence(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Was the way back tried from everywhere? What is missing makes a run INCONCLUSIVE."""
    lacking = document["problems"]
    if lacking:
        evidence = {"lacking": lacking[:SHOWN], "found": len(lacking)}
        yield Finding("rollback-complete", "evidence", None, "; ".join(lacking[:SHOWN]), evidence=evidence)
        return
    message = f"{_from(document)}: every task came to its end"
    yield Finding("rollback-complete", "evidence", passed=True, message=message)


def check_rolled_back(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    """What is asked of every way back, the scenario's invariants, what is left, and what resolvers see."""
    if not document["cases"]:
        return
    findings = [_finding(check, title, document) for check, title in OWN_CHECKS.items()]
    findings += [_invariant(document, id_, scenario) for id_ in document["asked"]]
    findings += [
        _shown(document, each, scenario) for each in document["not_asked"] if _fails(document, each["invariant"])
    ]
    findings += [*_left(document), *_seen(document)]
    yield from sorted(findings, key=lambda finding: (finding.passed is not False, not finding.counts))


def _fails(document: Mapping[str, Any], check: str) -> list[Mapping[str, Any]]:
    """The places from which a check fails, the nearest of each case, the nearest case first."""
    return [each for each in document["failures"] if each["check"] == check]


def _finding(check: str, title: str, document: Mapping[str, Any], *, counts: bool = True, why: str = "") -> Finding:
    found = _fails(document, check)
    told = f"the way back fails from {_place(found[0])}: {found[0]['detail']}" if found else f"kept {_from(document)}"
    shown = ("case", "event", "call", "schedule", "depth", "states", "detail", "command")
    return Finding(
        f"rollback-{check}",
        "safety",
        not found,
        f"{title}: {told}" + (f" ({why})" if why else ""),
        arm="candidate",
        counts=counts,
        evidence={"title": title, "places": [{name: each[name] for name in shown} for each in found[:SHOWN]]},
    )


def _invariant(document: Mapping[str, Any], id_: str, scenario: Scenario) -> Finding:
    invariant = next(each for each in scenario.invariants if each.id == id_)
    return _finding(id_, invariant.title, document, counts=invariant.counts)


def _shown(document: Mapping[str, Any], each: Mapping[str, Any], scenario: Scenario) -> Finding:
    """What breaks and is not asked."""
    invariant = next(known for known in scenario.invariants if known.id == each["invariant"])
    return _finding(invariant.id, invariant.title, document, counts=False, why=f"not asked: {each['why']}")


def _left(document: Mapping[str, Any]) -> Iterator[Finding]:
    left = document["left_behind"]
    names = [name for kind in left.values() for name in kind]
    if not names and not document["leaves_nothing"]:
        return
    told = f"left behind: {', '.join(names[:SHOWN])}" + (
        f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    )
    counts = bool(document["leaves_nothing"])
    yield Finding(
        "rollback-leaves-nothing",
        "safety",
        False if names and counts else None if names else True,
        f"what only the change's code writes is gone after the recovery: {told if names else 'nothing is left behind'}{_path_only(document)}",
        arm="candidate",
        counts=counts,
        evidence={"left_behind": {kind: found[:SHOWN] for kind, found in left.items()}},
    )


def _seen(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Until when resolvers answer otherwise: judged where there is a limit, else shown."""
    seen = document["resolvers"]
    limit, worst_s = seen["within_s"], seen["worst_s"]
    if worst_s is None or (limit is None and not seen["names"]):
        return
    first = seen["names"][0] if seen["names"] else None
    told = "no resolver answers otherwise once it is over"
    if first is not None:
        answers = ", ".join(first["answers"][0]["values"]) or "a negative answer"
        told = f"resolvers may answer {first['name']} {first['type']} with {answers} for {worst_s:g} s after it"
        gone = f", an address that nobody holds any more: {', '.join(first['gone'])}" if first["gone"] else ""
        told += gone
    allowed = f"; at most {limit:g} s are allowed" if limit is not None else ""
    yield Finding(
        "rollback-seen",
        "safety",
        None if limit is None else worst_s <= limit,
        f"rolled back as resolvers see it: {told}{allowed}{_path_only(document)}",
        arm="candidate",
        counts=limit is not None,
        evidence={"resolvers": {**seen, "names": seen["names"][:SHOWN]}},
    )


def _path_only(document: Mapping[str, Any]) -> str:
    """From where what is left, and what resolvers see, was not looked for, where that is anywhere."""
    others = [each["case"] for each in document["cases"] if each["exhausted"] is not None]
    return f" (on the recorded path; not looked for from every state of {', '.join(others)})" if others else ""


def _place(failure: Mapping[str, Any]) -> str:
    more = f" and {failure['states'] - 1} other states" if failure["states"] > 1 else ""
    if failure["schedule"] is None:
        where = (
            f"after call {failure['call']} of {failure['event']}"
            if failure["call"]
            else f"the beginning of {failure['event']}"
        )
        return f"{where}{more}"
    return f"a state of {failure['case']}, {failure['depth']} steps in{more}"


def _from(document: Mapping[str, Any]) -> str:
    """From how many states, and how many of the cases were looked through."""
    states, cases = sum(each["states"] for each in document["cases"]), document["cases"]
    whole = sum(1 for each in cases if each["exhausted"])
    path = next((each["states"] for each in cases if each["exhausted"] is None), 0)
    told = f"from {states} states: {path} on the recorded path"
    return told + (f", and every state of {whole} cases" if whole else "")
