"""What `twinstage replay` says: its one document, its lines for people, its exit code."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from twinstage.cli.replay_tally import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.cli.console import Console
    from twinstage.cli.replay_worlds import Replayed
    from twinstage.replay.intake import Intake
    from twinstage.replay.settle import Settled
    from twinstage.validate.invariants import Watch

DONE, REJECTED, INCONCLUSIVE = 0, 1, 3
COMPLETE, INCOMPLETE = "complete", "incomplete"
Document = dict[str, Any]


def document_of(done: Replayed, intake: Intake, order: Settled, *, pace: str, met: Document | None) -> Document:
    """`replay --json`. `evidence` is complete where every recorded outcome recurred, nothing was quarantined, the pace was kept and the expectation met."""
    document = {"schema": "twinstage:replay:1", **done.tally.document(), **intake_members(intake, order)}
    document |= {"pace": pace, "lateness": done.lateness, "invariants": [_watched(each) for each in done.watches]}
    document |= {"final_snapshot": done.final.id, "digest": done.final.digest, "expectation": met}
    gaps = list(evidence_gaps(document))
    return document | {"evidence": INCOMPLETE if gaps else COMPLETE, "evidence_gaps": gaps}


def intake_members(intake: Intake, order: Settled) -> Document:
    """What `replay --json` tells of what was read, and of its order."""
    return {
        "quarantined": len(intake.quarantined),
        "quarantined_records": [problem.__dict__ for problem in itertools.islice(intake.quarantined, SHOWN)],
        "duplicates": intake.duplicates,
        "ignored": intake.ignored,
        "ignored_kinds": dict(intake.ignored_kinds),
        "expired": intake.expired,
        "out_of_scope": intake.out_of_scope,
        "shared_seconds": order.shared_seconds,
        "ambiguous_seconds": order.ambiguous_seconds,
    }


def evidence_gaps(document: Mapping[str, Any]) -> Iterator[str]:
    """Why the log is not all of what happened, or this was not a replay of it; one sentence each."""
    if number := len(document["diverging"]) + document["diverging_left_out"]:
        yield f"{number} events did not come out as production recorded them"
    if document["quarantined"]:
        yield f"{document['quarantined']} malformed records were quarantined"
    if document["lateness"] and not document["lateness"]["valid"]:
        late = document["lateness"]
        yield f"an event began {late['max_ms'] / 1000:.3f} s late, more than the {late['max_late_s']:g} s allowed: the pace was not kept"
    if document["expectation"] and not document["expectation"]["equal"]:
        found = document["expectation"]["differences_found"]
        yield f"snapshot and log do not come to {document['expectation']['snapshot']}: {found} differences"


def exit_code(document: Mapping[str, Any]) -> int:
    """1 where an invariant that counts broke, 3 where the replay is no evidence of what was asked of it, else 0."""
    if any(each["counts"] and not each["held"] for each in document["invariants"]):
        return REJECTED
    late, met = document["lateness"], document["expectation"]
    return INCONCLUSIVE if (late and not late["valid"]) or (met and not met["equal"]) else DONE


def tell(console: Console, document: Mapping[str, Any]) -> None:
    """The same for people."""
    for entry in document["refused"]:
        kind = "consequence" if entry["consequence"] else "first cause"
        console.say(
            f"{entry['timestamp']}  {entry['code']}  {kind:11}  {entry['cause']}: {entry['name']} {entry['type']}  ({entry['event']})"
        )
    for each in document["invariants"]:
        if not each["held"]:
            first = (
                each["violations"][0]
                if each["violations"]
                else {"event": "the end", "detail": "; ".join(each["at_end"])}
            )
            console.say(f"{each['invariant']} broke at {first['event']}: {first['detail']}")
    for missing in document["not_recurring"]:
        console.say(
            f"{missing['events']} events failed in production with {missing['error']}, which says nothing about the state"
        )
    if met := document["expectation"]:
        for difference in met["differences"]:
            place = difference.get("zone") or difference.get("table")
            console.say(f"expected otherwise: {place} {difference['key']} {difference['kind']}")
    if document["pace"] != "fast":
        late = document["lateness"]
        console.say(
            f"pace {document['pace']}: late p50 {late['p50_ms']} ms, p99 {late['p99_ms']} ms, max {late['max_ms']} ms"
        )
    for gap in document["evidence_gaps"]:
        console.say(f"evidence incomplete: {gap}")
    refused = len(document["refused"]) + document["refused_left_out"]
    console.say(
        f"{document['events']} events: {document['applied']} applied, {refused} refused; {document['duplicates']} duplicates, {document['quarantined']} quarantined, {document['ambiguous_seconds']} ambiguous seconds"
    )
    if document["out_of_scope"]:
        console.say(f"{document['out_of_scope']} events of zones that the snapshot does not hold were left out")
    console.say(f"final state: {document['final_snapshot']}")


def _watched(each: Watch) -> Document:
    return {
        "invariant": each.invariant.id,
        "title": each.invariant.title,
        "counts": each.invariant.counts,
        "held": not (each.at_start or each.violations or each.at_end),
        "at_start": list(each.at_start),
        "violations": [violation.document() for violation in each.violations],
        "at_end": list(each.at_end),
    }
