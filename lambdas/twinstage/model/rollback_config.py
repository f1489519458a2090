"""What a scenario asks of its way back: the `rollback` section, every default filled in.

Messages are in the scenario's own form, as in an exploration (`exploration_config`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.dns_name import canonical_name
from twinstage.model.exploration_config import RECOVERY_AFTER_S, Recovery

if TYPE_CHECKING:
    from collections.abc import Mapping

PROPAGATION_S: Final = 60.0
"""Until every name server of Route 53 serves a change, seconds, under normal conditions.

Source: https://aws.amazon.com/route53/faqs/ ("designed to propagate updates ... within 60 seconds under normal conditions").
"""
MAX_STATES: Final = 20_000
CALLS, RESTORED, AGAIN, RECOVERY = "calls", "restored", "again", "recovery"
OWN_CHECKS: Final = {
    CALLS: "every call of the way back is taken",
    RESTORED: "what the change touched is again what it was",
    AGAIN: "interrupted anywhere and run again, the way back comes to the same",
    RECOVERY: "the old code handles the recovery's messages",
}
"""What is asked of every way back beside the scenario's invariants, in words."""

Document = dict[str, Any]


@dataclass(frozen=True)
class OwnBatch:
    """A change batch of the scenario's own way back, for a zone by its canonical name."""

    zone: str
    changes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Rollback:
    """The whole section. `records` None: the inverse of the change's own; `recovery` None: the exploration's; `asked` None: what the baseline keeps, but for `excepted`.

    `within_s`: how long resolvers may answer otherwise than rolled back, seconds, None: any time; `leaves_nothing`: nothing that only the candidate writes may be left.
    """

    records: tuple[OwnBatch, ...] | None = None
    messages: tuple[Document, ...] = ()
    recovery: Recovery | None = None
    asked: tuple[str, ...] | None = None
    excepted: frozenset[str] = frozenset()
    leaves_nothing: bool = False
    within_s: float | None = None
    propagation_s: float = PROPAGATION_S
    max_states: int = MAX_STATES


def rollback_of(document: Mapping[str, Any]) -> Rollback:
    """The section of a valid, compiled scenario."""
    recovery = document.get("recovery")
    return Rollback(
        records=tuple(OwnBatch(canonical_name(each["zone"]), tuple(each["changes"])) for each in document["records"])
        if "records" in document
        else None,
        messages=tuple(document.get("messages", ())),
        recovery=Recovery(tuple(recovery["messages"]), recovery.get("after_s", RECOVERY_AFTER_S)) if recovery else None,
        asked=tuple(document["invariants"]) if "invariants" in document else None,
        excepted=frozenset(document.get("except", ())),
        leaves_nothing=document.get("leaves_nothing", False),
        within_s=document.get("within_s"),
        propagation_s=document.get("propagation_s", PROPAGATION_S),
        max_states=document.get("max_states", MAX_STATES),
    )
