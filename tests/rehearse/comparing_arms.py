"""Three replays of small events, made up, and what comparing them comes to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.validate.evidence_parts import DOCUMENT, FIDELITY, Day, get_item, outcome
from twinstage.rehearse.ab.document import ab_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.validate.evidence import Evidence

Outcome = dict[str, Any]
Difference = dict[str, Any]
ASKED: dict[str, Any] = {"criteria": {"consistency": {}, "performance": {}}, "invariants": []}


def came_to(seq: int, response: Any = None, latency_ms: float = 10.0, calls: int = 1, **fields: Any) -> Outcome:
    """An event of the function `enactor` that reads so many items."""
    made = [get_item(n) for n in range(calls)]
    return outcome(seq, *made, response=response, latency_ms=latency_ms, **fields)


def record(key: str, **ends: Any) -> Difference:
    """A record set that an arm ended with otherwise: `before` and `after`, a TTL each; one alone was removed or added."""
    sides = {side: {"Name": key, "Type": "A", "TTL": ttl} for side, ttl in ends.items()}
    kind = "changed" if len(sides) == 2 else "removed" if "before" in sides else "added"
    return {"type": "record_set", "service": "route53", "zone": "ex.test.", "key": f"{key} A", "kind": kind, **sides}


def item(key: str, before: Any, after: Any) -> Difference:
    """An item of the table `plans`; None: there is none."""
    kind = "added" if before is None else "removed" if after is None else "changed"
    sides = {side: value for side, value in (("before", before), ("after", after)) if value is not None}
    return {"type": "item", "service": "dynamodb", "table": "plans", "key": key, "kind": kind, **sides}


def compared(
    baseline: Sequence[Outcome],
    repeat: Sequence[Outcome],
    candidate: Sequence[Outcome],
    *,
    ends: tuple[Sequence[Difference], Sequence[Difference]] | None = ((), ()),
    section: dict[str, Any] | None = None,
    fidelity: dict[str, Any] | None = FIDELITY,
    **scenario: Any,
) -> Evidence:
    """The evidence of three arms; `ends`: what candidate and repeat ended with otherwise than the baseline."""
    document = DOCUMENT | ASKED | {"ab": section or {}} | scenario
    day = Day(document, baseline=tuple(baseline), candidate=tuple(candidate), events=len(baseline))
    asked = day.scenario.ab
    assert asked is not None
    outcomes = {"baseline": baseline, "repeat": repeat, "candidate": candidate}
    return replace(day.evidence(), ab=ab_document(asked, outcomes, ends, day.scenario.may_differ, fidelity))
