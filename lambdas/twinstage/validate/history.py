"""The history of one arm: the exact state of production's zones after every call, rebuilt from what was recorded.

Every recorded record change is applied to the exact rules, in order. Where the rules and the twin's Route 53 disagree, that is a discrepancy, and
the evidence is not to be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.route53 import ChangeRefused, Zone, apply_changes, changes_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OPERATION = "ChangeResourceRecordSets"
# Refusals by the rules of record changes. Others (throttles, denials) say nothing about the zone.
RULED = frozenset({"InvalidChangeBatch", "InvalidInput"})


@dataclass(frozen=True)
class Refusal:
    """Why the exact rules refuse a batch: the first cause, and whether an earlier refused batch touched the same name."""

    error: str
    cause: str
    name: str
    type: str
    message: str
    consequence: bool


@dataclass(frozen=True)
class Step:
    """One record change that a handler, or a recorded batch, asked for.

    `call` is its index among the calls of its event. `before` and `after` hold every zone by production id; they are equal where the batch was refused.
    """

    event: str
    seq: int
    timestamp: str
    function: str | None
    call: int
    zone: Zone
    changes: tuple[Mapping[str, Any], ...]
    before: Mapping[str, Zone]
    after: Mapping[str, Zone]
    refusal: Refusal | None = None
    discrepancy: str | None = None

    def place(self) -> dict[str, Any]:
        """Where in the recorded day this is, for a finding's evidence."""
        return {
            "event": self.event,
            "seq": self.seq,
            "timestamp": self.timestamp,
            "function": self.function,
            "call": self.call,
            "operation": OPERATION,
            "zone": self.zone.name,
        }


@dataclass
class History:
    """Replays outcomes over the exact rules. `zones` is the state after what has been consumed."""

    zones: dict[str, Zone]
    _tainted: set[tuple[str, str]] = field(default_factory=set)

    def steps(self, outcomes: Iterable[Mapping[str, Any]]) -> Iterator[Step]:
        """Every record change of these outcomes, in their order."""
        for outcome in outcomes:
            for call in outcome["calls"] or ():
                if call["service"] == "route53" and call["operation"] == OPERATION:
                    step = self._step(outcome, call)
                    if step is not None:
                        yield step

    def _step(self, outcome: Mapping[str, Any], call: Mapping[str, Any]) -> Step | None:
        parameters = call["parameters"]
        zone = self.zones.get(str(parameters.get("HostedZoneId", "")).removeprefix("/hostedzone/"))
        accepted, error = call["outcome"] == "success", call.get("error")
        if zone is None or not (accepted or error in RULED):
            return None
        changes = tuple(parameters["ChangeBatch"]["Changes"])
        before, refusal, discrepancy, result = dict(self.zones), None, None, zone
        try:
            result = apply_changes(zone, changes_from(changes))
            if not accepted:
                discrepancy, result = f"the twin refused ({error}) what the exact rules accept", zone
        except ChangeRefused as refused:
            refusal = self._refusal(zone, refused)
            if accepted:
                discrepancy = f"the twin accepted what the exact rules refuse: {refused.message}"
            elif error != refused.error:
                discrepancy = f"the twin refused with {error}, the exact rules with {refused.error}"
        if not accepted:
            self._tainted |= {(zone.id, change.key[0]) for change in changes_from(changes)}
        self.zones[zone.id] = result
        return Step(
            event=outcome["event"],
            seq=outcome["seq"],
            timestamp=outcome["timestamp"],
            function=outcome.get("function"),
            call=call["n"],
            zone=zone,
            changes=changes,
            before=before,
            after=dict(self.zones),
            refusal=refusal,
            discrepancy=discrepancy,
        )

    def _refusal(self, zone: Zone, refused: ChangeRefused) -> Refusal:
        first = refused.problems[0]
        tainted = any((zone.id, problem.name) in self._tainted for problem in refused.problems)
        return Refusal(refused.error, str(first.cause), first.name, first.type, refused.message, tainted)
