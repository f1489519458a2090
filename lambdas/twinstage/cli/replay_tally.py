"""What `twinstage replay` tells of outcomes: one fold over them, in memory that does not grow with their number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.recurrence import NOT_RECURRING, recurrence
from twinstage.replay.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.route53.refusals import Refusal

Document = dict[str, Any]
SHOWN = 10_000
"""How many entries a list holds; of those beyond it the number is told."""


@dataclass
class Bounded:
    """The first entries of a list that may have any number."""

    entries: list[Document] = field(default_factory=list)
    count: int = 0

    def add(self, entry: Document) -> None:
        """Count one, and keep it where there is room."""
        self.count += 1
        if len(self.entries) < SHOWN:
            self.entries.append(entry)

    @property
    def left_out(self) -> int:
        """How many were counted and are not kept."""
        return self.count - len(self.entries)


@dataclass
class ReplayTally:
    """Outcomes counted by class and by whether they recur; refusals with their first causes; the profile."""

    profile: Profile = field(default_factory=Profile)
    refused: Bounded = field(default_factory=Bounded)
    diverging: Bounded = field(default_factory=Bounded)
    not_recurring: Counter[str] = field(default_factory=Counter)
    events: int = 0
    applied: int = 0

    def take(self, outcome: Mapping[str, Any], refusals: Mapping[int, tuple[str, Refusal]]) -> None:
        """Count one outcome. `refusals`: of which of its calls the exact rules know the cause, with the zone's name."""
        self.events += 1
        self.applied += outcome["outcome"] == "success" and outcome.get("committed", True)
        self.profile.add(outcome)
        for call in outcome["calls"] or ():
            if call["n"] in refusals:
                self.refused.add(_by_rule(outcome, call, *refusals[call["n"]]))
            elif call["outcome"] == "error" and outcome["type"] != "lambda_invoke":
                self.refused.add(_by_code(outcome, call))
        match recurrence(outcome):
            case "diverged":
                self.diverging.add(divergence(outcome))
            case "not_recurring":
                self.not_recurring[outcome.get("error") or NOT_RECURRING] += 1
            case "recurred":
                pass

    def document(self) -> Document:
        """The members of `replay --json` that outcomes say."""
        return {
            "events": self.events,
            "applied": self.applied,
            "refused": self.refused.entries,
            "refused_left_out": self.refused.left_out,
            "diverging": self.diverging.entries,
            "diverging_left_out": self.diverging.left_out,
            "not_recurring": [
                {"error": error, "events": number} for error, number in sorted(self.not_recurring.items())
            ],
            "profile": self.profile.document(),
        }


def divergence(outcome: Mapping[str, Any]) -> Document:
    """An event that did not come out as production recorded it."""
    came = {name: outcome[name] for name in ("outcome", "error", "message") if outcome.get(name)}
    return {
        "event": outcome["event"],
        "timestamp": outcome["timestamp"],
        "type": outcome["type"],
        "recorded": outcome["recorded"],
        "replayed": came,
    }


def _by_rule(outcome: Mapping[str, Any], call: Mapping[str, Any], zone: str, refusal: Refusal) -> Document:
    return {
        "event": outcome["event"],
        "timestamp": outcome["timestamp"],
        "zone": zone,
        "code": refusal.error,
        "cause": refusal.cause,
        "name": refusal.name,
        "type": refusal.type,
        "consequence": refusal.consequence,
        "changes": len(call["parameters"]["ChangeBatch"]["Changes"]),
        "message": refusal.message,
        "recorded": outcome["recorded"]["outcome"],
    }


def _by_code(outcome: Mapping[str, Any], call: Mapping[str, Any]) -> Document:
    """A refusal that has no record set to name: of a zone that is not there, or of an item that is not what it was."""
    parameters = call["parameters"]
    zone = str(parameters.get("HostedZoneId") or parameters.get("Id") or parameters.get("Name") or "")
    return {
        "event": outcome["event"],
        "timestamp": outcome["timestamp"],
        **({"table": parameters["TableName"]} if "TableName" in parameters else {"zone": zone}),
        "code": call["error"],
        "cause": call["error"],
        "name": zone or parameters.get("TableName", ""),
        "type": outcome["type"],
        "consequence": False,
        "changes": len(parameters.get("ChangeBatch", {}).get("Changes", ())) or 1,
        "message": call["message"],
        "recorded": outcome["recorded"]["outcome"],
    }
