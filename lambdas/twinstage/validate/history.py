"""The history of one arm: the exact state of production's zones after every call, rebuilt from what was recorded.

Every recorded record change is applied to the exact rules, in order, and zones come and go as the log made and deleted them. Where the rules and the twin's
Route 53 disagree, that is a discrepancy, and the evidence is not to be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.world.memory.route53 import ChangeRefused, Zone, apply_changes, changes_from
from twinstage.world.memory.route53.refusals import RefusalLog
from twinstage.world.memory.route53.refused import Route53Refused
from twinstage.world.memory.route53.zone_life import need_deletable, new_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.world.memory.route53.refusals import Refusal

OPERATION = "ChangeResourceRecordSets"
CREATE_ZONE, DELETE_ZONE = "CreateHostedZone", "DeleteHostedZone"
# Refusals by the rules of record changes. Others (throttles, denials) say nothing about the zone.
RULED = frozenset({"InvalidChangeBatch", "InvalidInput"})


@dataclass(frozen=True)
class Step:
    """One change of zones that a handler, or an event of the log, asked for: of record sets, or of a whole zone (then without `changes`).

    `call` is its index among the calls of its event. `before` and `after` hold every zone by production id; they are equal where it was refused.
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
    operation: str = OPERATION

    def place(self) -> dict[str, Any]:
        """Where in the recorded day this is, for a finding's evidence."""
        return {
            "event": self.event,
            "seq": self.seq,
            "timestamp": self.timestamp,
            "function": self.function,
            "call": self.call,
            "operation": self.operation,
            "zone": self.zone.name,
        }


@dataclass
class History:
    """Replays outcomes over the exact rules. `zones` is the state after what has been consumed."""

    zones: dict[str, Zone]
    _log: RefusalLog = field(default_factory=RefusalLog)

    def steps(self, outcomes: Iterable[Mapping[str, Any]]) -> Iterator[Step]:
        """Every change of these outcomes, in their order. What was only judged, and not carried out, is none."""
        for outcome in outcomes:
            if not outcome.get("committed", True):
                continue
            for call in outcome["calls"] or ():
                if call["service"] != "route53":
                    continue
                step = None
                if call["operation"] == OPERATION:
                    step = self._changed(outcome, call)
                elif call["operation"] in (CREATE_ZONE, DELETE_ZONE) and call["outcome"] == "success":
                    step = self._came_or_went(outcome, call)
                if step is not None:
                    yield step

    def _changed(self, outcome: Mapping[str, Any], call: Mapping[str, Any]) -> Step | None:
        parameters = call["parameters"]
        zone = self.zones.get(str(parameters.get("HostedZoneId", "")).removeprefix("/hostedzone/"))
        accepted, error = call["outcome"] == "success", call.get("error")
        if zone is None or not (accepted or error in RULED):
            return None
        batch = tuple(parameters["ChangeBatch"]["Changes"])
        changes = changes_from(batch)
        before, refusal, discrepancy, result = dict(self.zones), None, None, zone
        try:
            result = apply_changes(zone, changes)
            if not accepted:
                discrepancy, result = f"the twin refused ({error}) what the exact rules accept", zone
        except ChangeRefused as refused:
            refusal = self._log.refusal(zone.id, refused)
            if accepted:
                discrepancy = f"the twin accepted what the exact rules refuse: {refused.message}"
            elif error != refused.error:
                discrepancy = f"the twin refused with {error}, the exact rules with {refused.error}"
        if not accepted:
            self._log.touch(zone.id, changes)
        self.zones[zone.id] = result
        return self._step(outcome, call, zone, before, changes=batch, refusal=refusal, discrepancy=discrepancy)

    def _came_or_went(self, outcome: Mapping[str, Any], call: Mapping[str, Any]) -> Step:
        parameters, before, discrepancy = call["parameters"], dict(self.zones), None
        created = call["operation"] == CREATE_ZONE
        id_ = outcome["response"]["HostedZone"]["Id"] if created else parameters["Id"]
        zone_id = str(id_).removeprefix("/hostedzone/")
        try:
            if created:
                private = bool(parameters.get("HostedZoneConfig", {}).get("PrivateZone"))
                zone = new_zone(self.zones, zone_id, canonical_name(parameters["Name"]), private=private)
                self.zones[zone_id] = zone
            else:
                need_deletable(self.zones, zone_id)
                zone = self.zones.pop(zone_id)
        except Route53Refused as refused:
            discrepancy = f"the twin accepted what the exact rules refuse: {refused.message}"
            zone = self.zones.get(zone_id) or new_zone({}, zone_id, parameters.get("Name", "unknown."), private=True)
        return self._step(outcome, call, zone, before, discrepancy=discrepancy)

    def _step(
        self,
        outcome: Mapping[str, Any],
        call: Mapping[str, Any],
        zone: Zone,
        before: Mapping[str, Zone],
        *,
        changes: tuple[Mapping[str, Any], ...] = (),
        refusal: Refusal | None = None,
        discrepancy: str | None = None,
    ) -> Step:
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
            operation=call["operation"],
        )
