"""An exploration in sentences, the same in every rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.report.text import count, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.report.exploration import Counterexample, Exploration, ExploredCase, SafeLag, VariantResult

PERTURBATIONS = {
    "crashes": ("crash", "crashes"),
    "lost_responses": ("lost answer", "lost answers"),
    "throttles": ("throttled call", "throttled calls"),
    "stale_reads": ("stale read", "stale reads"),
    "expiries": ("expiry", "expiries"),
}
EVENTS_NAMED = 5
REFUSED = "handler "  # what a call begins with that is none of a service: what contained code wanted of its machine


def certificate(found: Exploration) -> str:
    """What was proven, and what was not."""
    tried = f"{count(found.schedules, 'schedule')} of the same calls tried, {count(found.states, 'state')} reached"
    ways = f" ({count(found.interleavings, 'interleaving')})" if found.interleavings is not None else ""
    counting = list(dict.fromkeys(v.invariant for v in found.violations if v.counts))
    if counting:
        return f"{tried}{ways}: there are schedules that break {joined(counting)}."
    if found.certified:
        return _certified(found)
    exhausted = found.cases and all(case.exhausted or case.reduced is not None for case in found.cases)
    lacking = "Not all of the evidence is there" if exhausted else "Not every state was reached"
    return f"{tried}{ways}: none broke an invariant that counts. {lacking}, so this is no certificate."


def _certified(found: Exploration) -> str:
    """Of which cases it is a certificate: of those of the arm that the verdict is about, as far as they were exhausted."""
    subject = "candidate" if any(case.arm == "candidate" for case in found.cases) else "baseline"
    own = [case for case in found.cases if case.arm == subject]
    proven, open_ = [case for case in own if case.certified], [case for case in own if not case.certified]
    whole, reduced = (
        [case for case in proven if case.reduced is None],
        [case for case in proven if case.reduced is not None],
    )
    ways = sum(case.interleavings or 0 for case in whole)
    counted = f"{count(sum(case.states for case in whole), 'state')}, {count(ways, 'interleaving')}"
    where = f" in {count(len(proven), 'case')} of {len(own):,}" if open_ else ""
    sentence = f"Certified{where}: " + (_whole_graphs(counted) if whole else _reductions(reduced))
    if whole and reduced:
        sentence += f" In {joined([case.case for case in reduced])}, {_reductions(reduced)}"
    if not open_:
        return sentence
    tried = count(sum(case.schedules for case in open_), "schedule")
    return f"{sentence} Not exhausted: {joined([case.case for case in open_])}, where nothing broke in {tried}."


def _whole_graphs(counted: str) -> str:
    return f"every state that any schedule of these calls can reach was reached ({counted}), and no invariant that counts breaks in one."


def _reductions(cases: list[ExploredCase]) -> str:
    tried = count(sum(case.reduced or 0 for case in cases), "execution")
    return f"every schedule of these calls is like one of {tried} in whatever an invariant sees, and no invariant that counts breaks in one."


def case_result(case: ExploredCase) -> str:
    """What came of one case."""
    if case.violated:
        return f"breaks {joined(list(case.violated))}" + ("" if case.exhausted else "; not exhausted")
    if case.certified:
        by = "exhausted" if case.reduced is None else f"{count(case.reduced, 'execution')} stand for every schedule"
        return f"certified: {by}, nothing breaks"
    return "nothing breaks" if case.exhausted else "nothing broke; not exhausted"


def safe_lag(lag: SafeLag) -> str:
    """The envelope in one sentence."""
    where = f" ({lag.place})" if lag.place else ""
    if lag.undecided and lag.first_unsafe is None:
        held = f"everything holds up to {lag.largest:,} {lag.unit}; " if lag.largest else ""
        return f"Safe lag{where}: {held}beyond that it is undecided, for not every state was reached."
    if lag.first_unsafe is None:
        return (
            f"Safe lag{where}: everything holds at every lag up to {lag.upto:,} {lag.unit}."
            if lag.upto
            else f"Safe lag{where}: not decided."
        )
    held = f"everything holds up to {lag.largest:,}" if lag.largest else "not even the smallest holds"
    return f"Safe lag{where}: {held}; at a lag of {lag.first_unsafe:,} {lag.unit} an invariant breaks."


def perturbed(allowed: Mapping[str, int]) -> str:
    """What was allowed to go wrong in every schedule of a case."""
    return "with up to " + joined(
        [count(number, *PERTURBATIONS.get(name, (name, name))) for name, number in allowed.items()]
    )


def switches(found: Counterexample) -> str:
    """How often another container goes on, and whether that can be done with less."""
    if found.switches is None:
        return ""
    return count(found.switches, "context switch", "context switches") + (
        ", no schedule has fewer" if found.proven else ", the fewest found"
    )


def schedule_facts(found: Counterexample) -> str:
    """The figures of a schedule in one line."""
    facts = [count(len(found.schedule), "step"), switches(found)]
    if found.delays is not None:
        facts.append(f"{count(found.delays, 'delay')} against what was recorded")
    if found.confirmed is not None:
        facts.append("confirmed" if found.confirmed else "not confirmed by the handlers run in full")
    return "; ".join(filter(None, facts))


def warnings(found: Exploration) -> list[str]:
    """Why what was found, or not found, may not be believed."""
    told = []
    refused = [call.removeprefix(REFUSED) for call in found.unanswered if call.startswith(REFUSED)]
    calls = [call for call in found.unanswered if not call.startswith(REFUSED)]
    if calls:
        told.append(f"nobody answered {', '.join(calls)}: what these calls would have done was not explored.")
    told += [f"a handler was refused: {each}." for each in refused]
    if found.answered:
        told.append(f"answered as the scenario says, by no service: {', '.join(found.answered)}.")
    told += [f"run in full, the handlers did something else: {each}" for each in found.divergences]
    told += [f"the handlers never came back: {each}" for each in found.gave_up]
    if found.missing:
        told.append(f"not explored: {', '.join(found.missing)}.")
    if found.left_out:
        more = len(found.left_out) - EVENTS_NAMED
        named = ", ".join(found.left_out[:EVENTS_NAMED]) + (f" and {more:,} more" if more > 0 else "")
        told.append(f"no part of what was explored: {count(len(found.left_out), 'recorded event')} ({named}).")
    return told


def variant_result(variant: VariantResult) -> str:
    """What came of a variant, and whether it is what was said of it."""
    result = (
        f"breaks {joined(list(variant.violated))}"
        if variant.violated
        else "certified"
        if variant.certified
        else "nothing broke; not certified"
    )
    return result + {True: ", as expected", False: ", which was not expected", None: ""}[variant.as_expected]
