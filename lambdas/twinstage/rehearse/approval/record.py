"""The change-management record: what was changed, on which evidence, who decided, in the form that other systems read (`twinstage:change-record:1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.rehearse.approval.trail import PROMOTED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.rehearse.approval.rules import Standing
    from twinstage.rehearse.approval.trail import Entry

PENDING = "pending"


def change_record(standing: Standing, entries: Sequence[Entry], change: Mapping[str, Any]) -> dict[str, Any]:
    """The record of an approval. `change`: `summary`, and the `functions` that it replaces."""
    request, outcome = standing.request, standing.outcome
    return {
        "schema": "twinstage:change-record:1",
        "run": request.run,
        "change": {"scenario": request.scenario, "title": request.title, **change},
        "submitter": request.submitter,
        "risk": {"level": request.risk, "reasons": list(request.reasons)},
        "policy": {"needed": request.needed, "approvers": list(request.approvers), "expires_at": request.expires_at},
        "requested_at": request.requested_at,
        "request": request.digest,
        "evidence": {**request.evidence.parts, "digest": request.evidence.digest},
        "outcome": {
            "state": outcome.state if outcome else PENDING,
            "by": list(outcome.by) if outcome else [],
            "at": outcome.at if outcome else None,
            "reason": outcome.reason if outcome else "",
        },
        "decisions": [
            {"by": each.by, "decision": each.decision, "at": each.at, "reason": each.reason}
            for each in standing.decisions
        ],
        "refused": [{"at": entry.at, **entry.body} for entry in entries if entry.kind == REFUSED],
        "promoted": [{"at": entry.at, **entry.body} for entry in entries if entry.kind == PROMOTED],
        "trail": {"entries": len(entries), "head": entries[-1].digest},
    }
