"""Is the evidence whole? What is missing or wrong here makes a rehearsal INCONCLUSIVE, never a rejection."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding
from twinstage.model.invariant import may_be_idle
from twinstage.model.record_set import printable_key
from twinstage.model.recurrence import recurrence
from twinstage.validate.checks.replay_evidence import came_to_later, kept_pace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.validate.evidence import ArmEvidence, Evidence
    from twinstage.validate.tables_rebuilt import TablesRebuilt

SHOWN = 50


def check_evidence(evidence: Evidence) -> Iterator[Finding]:
    """Every finding about the evidence itself."""
    yield _completed(evidence)
    yield _intake(evidence)
    for name in evidence.scenario.arms:
        arm = evidence.arm(name)
        if arm is None:
            yield _finding("fidelity", name, passed=None, message=f"the {name} was not reached")
            continue
        yield _fidelity(arm)
        yield _accounted(evidence, arm)
        yield _exact_rules(arm)
        yield _final_state(arm)
        yield from kept_pace(evidence.scenario, arm)
        if name == "baseline":
            yield _recorded_outcomes(arm)
            yield from came_to_later(evidence)
            yield from _broken_at_start(arm)
    yield from _never_applied(evidence)


def _finding(check: str, arm: Any, *, passed: bool | None, message: str, **evidence: Any) -> Finding:
    return Finding(check, "evidence", passed, message, arm=arm, evidence=evidence)


def _completed(evidence: Evidence) -> Finding:
    failure = evidence.failure
    if failure is None:
        return _finding("completed", None, passed=True, message="every state of the rehearsal did its work")
    where = f"{failure['state']}" + (f" of the {failure['arm']}" if failure.get("arm") else "")
    message = f"{where} failed: {failure['error']}"
    return _finding(
        "completed",
        None,
        passed=False,
        message=message,
        state=failure["state"],
        failed_arm=failure.get("arm"),
        error=failure["error"],
    )


def _intake(evidence: Evidence) -> Finding:
    total = len(evidence.events)
    if evidence.quarantined:
        message = f"{evidence.quarantined} malformed records were quarantined beside {total} events"
        return _finding("intake", None, passed=False, message=message, events=total, quarantined=evidence.quarantined)
    return _finding(
        "intake",
        None,
        passed=total > 0,
        message=f"{total} events were read, none malformed",
        events=total,
        quarantined=0,
    )


def _fidelity(arm: ArmEvidence) -> Finding:
    document = arm.fidelity
    if document is None:
        return _finding("fidelity", arm.arm, passed=None, message="the twin was not compared with the snapshot")
    if document["equal"]:
        counts = document["counts"]
        message = f"the twin equals the snapshot: {counts['record_sets']} record sets, {counts['items']} items, {len(document['substitutions'])} substitutions"
        return _finding("fidelity", arm.arm, passed=True, message=message, digest=document["snapshot"])
    if not document.get("settled", True):
        message = "unsettled: one reading of the twin after the other said something else"
        return _finding("fidelity", arm.arm, passed=None, message=message, differences=document["differences"])
    message = f"the twin differs from the snapshot in {document['differences_found']} places"
    return _finding("fidelity", arm.arm, passed=False, message=message, differences=document["differences"])


def _accounted(evidence: Evidence, arm: ArmEvidence) -> Finding:
    seen = Counter(outcome["event"] for outcome in arm.outcomes)
    lost = [event.id for event in evidence.events if event.id not in seen]
    repeated = sorted(event for event, number in seen.items() if number > 1)
    unknown = [
        outcome["event"] for outcome in arm.outcomes if outcome["outcome"] == "unknown" or outcome["calls"] is None
    ]
    if not (lost or repeated or unknown):
        return _finding(
            "accounted",
            arm.arm,
            passed=True,
            message=f"each of the {len(seen)} events has one known outcome",
            events=len(seen),
        )
    message = f"{len(lost)} events without an outcome, {len(repeated)} with more than one, {len(unknown)} whose effect nobody knows"
    return _finding(
        "accounted",
        arm.arm,
        passed=False,
        message=message,
        lost=lost[:SHOWN],
        repeated=repeated[:SHOWN],
        unknown=unknown[:SHOWN],
    )


def _exact_rules(arm: ArmEvidence) -> Finding:
    """An independent proof where the twin is on AWS. The embedded AWS answers by these very rules, so there it shows only that calls were recorded."""
    steps, _ = arm.history
    wrong = [{**step.place(), "discrepancy": step.discrepancy} for step in steps if step.discrepancy]
    if not wrong:
        return _finding(
            "exact-rules",
            arm.arm,
            passed=True,
            message=(
                f"the twin answered all {len(steps)} record changes as the exact rules do; "
                "this proves something where AWS answered: the embedded AWS answers by the same rules"
            ),
            changes=len(steps),
        )
    message = f"the twin answered {len(wrong)} of {len(steps)} record changes otherwise than the exact rules"
    return _finding("exact-rules", arm.arm, passed=False, message=message, discrepancies=wrong[:SHOWN])


def _final_state(arm: ArmEvidence) -> Finding:
    """Zones, and tables where every write to them is in the recorded calls."""
    if arm.final_zones is None:
        return _finding("final-state", arm.arm, passed=None, message="the state after the replay was not captured")
    _, zones = arm.history
    wrong = []
    for zone in zones.values():
        rebuilt = {
            printable_key(key): record
            for key, record in zone.records.items()
            if not (key[0] == zone.name and key[1] in ("NS", "SOA"))
        }
        captured = arm.final_zones.get(zone.name, {})
        wrong += [
            f"{zone.name}: {key}"
            for key in sorted(rebuilt.keys() | captured.keys())
            if rebuilt.get(key) != captured.get(key)
        ]
    standing = {zone.name for zone in zones.values()}
    wrong += [f"{name}: the whole zone" for name in sorted(standing ^ arm.final_zones.keys())]
    items = arm.tables.differences if arm.tables else ()
    if not wrong and not items:
        return _finding("final-state", arm.arm, passed=True, message=_added_up(arm.tables))
    things = [(len(wrong), "record sets of the final zones"), (len(items), "items of the final tables")]
    message = " and ".join(f"{number} {what}" for number, what in things if number)
    message += " are not what snapshot and recorded calls add up to"
    return _finding(
        "final-state", arm.arm, passed=False, message=message, record_sets=wrong[:SHOWN], items=list(items[:SHOWN])
    )


def _added_up(tables: TablesRebuilt | None) -> str:
    if tables is None or (tables.tables == 0 and not tables.untold):
        return "snapshot and recorded calls add up to the zones the twin ended with; tables are not rebuilt from calls"
    if tables.untold:
        return f"snapshot and recorded calls add up to the zones the twin ended with; tables are not rebuilt: {tables.untold}"
    return f"snapshot and recorded calls add up to the zones and the {tables.tables} tables the twin ended with"


def _recorded_outcomes(arm: ArmEvidence) -> Finding:
    """Production ran the baseline: what was recorded must come out again."""
    counts = Counter(recurrence(outcome) for outcome in arm.outcomes)
    moment = counts["not_recurring"]
    apart = f"; {moment} more failed in production for reasons of the moment, and were not executed" if moment else ""
    diverging = [_divergence(outcome) for outcome in arm.outcomes if recurrence(outcome) == "diverged"]
    if moment and moment == len(arm.outcomes):
        message = (
            f"all {moment} recorded outcomes failed in production for reasons of the moment: none could come out again"
        )
        return _finding("recorded-outcomes", arm.arm, passed=None, message=message, not_recurring=moment)
    if not diverging:
        return _finding(
            "recorded-outcomes",
            arm.arm,
            passed=True,
            message=f"all {counts['recurred']} recorded outcomes came out again{apart}",
            events=len(arm.outcomes),
            **({"not_recurring": moment} if moment else {}),
        )
    first = next(outcome for outcome in arm.outcomes if recurrence(outcome) == "diverged")
    message = (
        f"{len(diverging)} of {len(arm.outcomes)} events did not come out as production recorded them"
        f"{apart}; the first is {first['event']}: {_how(first)}"
    )
    return _finding("recorded-outcomes", arm.arm, passed=False, message=message, diverging=diverging[:SHOWN])


def _how(outcome: Mapping[str, Any]) -> str:
    """How an event came out instead, with the last call that was refused to it: names only, as messages hold what differs from run to run."""
    came = outcome.get("error") or outcome["outcome"]
    refused = [call for call in outcome.get("calls", ()) if call["outcome"] == "error"]
    if not refused:
        return str(came)
    last = refused[-1]
    return f"{came} ({last['service']} {last['operation']}: {last['error']})"


def _divergence(outcome: Mapping[str, Any]) -> dict[str, Any]:
    came = {"outcome": outcome["outcome"]} | ({"error": outcome["error"]} if outcome.get("error") else {})
    return {"event": outcome["event"], "seq": outcome["seq"], "recorded": outcome["recorded"], "replayed": came}


def _broken_at_start(arm: ArmEvidence) -> Iterator[Finding]:
    for each in arm.watches:
        if each.at_start and each.invariant.counts:
            message = f"{each.invariant.id} does not hold in the snapshot: {'; '.join(each.at_start)}"
            yield _finding("holds-at-start", None, passed=False, message=message, invariant=each.invariant.id)


def _never_applied(evidence: Evidence) -> Iterator[Finding]:
    """An invariant that had nothing to look at in any arm, such as one with a slip in a name, has not held: it was never asked."""
    for watches in zip(*(arm.watches for arm in evidence.arms), strict=True):
        invariant, idle = watches[0].invariant, set.intersection(*(each.idle for each in watches))
        if idle and invariant.counts:
            names = sorted(idle)
            message = (
                f"{invariant.id} never had anything to look at: at {', '.join(names)} there is nothing it speaks of"
            )
            shown = may_be_idle(invariant)
            found = {"invariant": invariant.id, "names": names}
            passed = None if shown else False
            yield Finding("invariant-applies", "evidence", passed, message, counts=not shown, evidence=found)
