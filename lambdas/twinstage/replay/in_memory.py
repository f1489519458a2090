"""Replay on the memory world: the exact rules, microseconds a change, no AWS at all.

What production's services refused is never applied: it is judged by the rules, and an event that they would have taken is told as one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.recurrence import depends_on_the_moment
from twinstage.replay.calls import call_of
from twinstage.replay.outcomes import not_recurring, outcome_of
from twinstage.replay.scope import ZONE_EVENTS, made_id, zone_reference
from twinstage.world.interface import CONDITION_FAILED, CONDITION_FAILED_MESSAGE
from twinstage.world.memory.route53 import ChangeRefused, apply_changes, changes_from
from twinstage.world.memory.route53.refusals import RefusalLog
from twinstage.world.memory.route53.refused import Route53Refused
from twinstage.world.memory.route53.zone_life import need_deletable, new_zone, standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from twinstage.model.event import Event
    from twinstage.replay.outcomes import Outcome
    from twinstage.world.items_on_disk import ItemTables
    from twinstage.world.memory.route53 import Zone
    from twinstage.world.memory.route53.refusals import Refusal

NOT_APPLIED = "production refused this ({}), the exact rules take it: it was not applied"


@dataclass
class MemoryReplay:
    """Zones by production id, and tables, as events change them. `zones` is updated in place, and holds the state after the last event.

    `health_checks` are those that the snapshot holds. `refusal` is that of the last event's batch, None where it was none.
    """

    zones: dict[str, Zone]
    tables: ItemTables | None = None
    health_checks: Collection[str] = ()
    refusal: Refusal | None = None
    _log: RefusalLog = field(default_factory=RefusalLog)
    _ids: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._ids = {zone.name: id_ for id_, zone in self.zones.items()}

    def execute(self, event: Event) -> Outcome:
        """Carry out one event. Raises InputError for a `lambda_invoke`: functions need a world with Lambda; and for a table without `tables`."""
        self.refusal = None
        if depends_on_the_moment(event.type, event.expected.document()):
            return outcome_of(event, [], not_recurring(event))
        call = call_of(event, self._zone_id(event) if event.type in ZONE_EVENTS else "")
        commit = event.expected.outcome == "success"
        try:
            self._carry_out(event, commit=commit)
        except (ChangeRefused, Route53Refused) as refused:
            failure = {"error": refused.error, "message": refused.message}
            return outcome_of(event, [call | {"outcome": "error"} | failure], {"outcome": "refused"} | failure)
        if not commit:
            told = {"committed": False, "message": NOT_APPLIED.format(event.expected.error)}
            return outcome_of(event, [call | {"outcome": "success"}], {"outcome": "success"} | told)
        made = {"response": {"HostedZone": {"Id": made_id(event)}}} if event.type == "zone_create" else {}
        return outcome_of(event, [call | {"outcome": "success"}], {"outcome": "success"} | made)

    def _carry_out(self, event: Event, *, commit: bool) -> None:
        match event.type:
            case "dns_update":
                self._change(event, commit=commit)
            case "item_change":
                self._item(event, commit=commit)
            case "zone_create":
                self._create(event, commit=commit)
            case "zone_delete":
                self._delete(event, commit=commit)
            case "lambda_invoke":
                message = f"event {event.id}: the memory world runs no functions"
                raise InputError([InputProblem("events", 0, "/type", message, "use --world local")])

    def _zone_id(self, event: Event) -> str:
        if event.type == "zone_create":
            return made_id(event)
        reference = zone_reference(event)
        return self._ids.get(reference, reference)

    def _change(self, event: Event, *, commit: bool) -> None:
        zone_id = self._zone_id(event)
        changes = changes_from(event.payload["changes"])
        zone = standing(self.zones, zone_id)
        if event.expected.error == "NoSuchHealthCheck":
            self._need_health_checks(event)
        try:
            after = apply_changes(zone, changes)
        except ChangeRefused as refused:
            self.refusal = self._log.refusal(zone.id, refused)
            if commit:
                self._log.touch(zone.id, changes)
            raise
        if commit:
            self.zones[zone_id] = after

    def _need_health_checks(self, event: Event) -> None:
        for change in event.payload["changes"]:
            wanted = change["ResourceRecordSet"].get("HealthCheckId")
            if wanted and change["Action"] != "DELETE" and wanted not in self.health_checks:
                raise Route53Refused("NoSuchHealthCheck", f"No health check found with ID: {wanted}")

    def _create(self, event: Event, *, commit: bool) -> None:
        name = canonical_name(event.payload["zone"])
        zone = new_zone(self.zones, self._zone_id(event), name, private=bool(event.payload.get("private")))
        if commit:
            self.zones[zone.id] = zone
            self._ids[name] = zone.id

    def _delete(self, event: Event, *, commit: bool) -> None:
        zone_id = self._zone_id(event)
        need_deletable(self.zones, zone_id)
        if commit:
            name = self.zones.pop(zone_id).name
            if self._ids.get(name) == zone_id:
                others = [id_ for id_, zone in self.zones.items() if zone.name == name]
                self._ids |= {name: others[0]} if others else {name: zone_id}

    def _item(self, event: Event, *, commit: bool) -> None:
        if self.tables is None:
            raise InputError([InputProblem("events", 0, "/type", f"event {event.id}: there are no tables to change")])
        if not self.tables.change(event.payload, commit=commit):
            raise Route53Refused(CONDITION_FAILED, CONDITION_FAILED_MESSAGE)


def replay_in_memory(
    events: Iterable[Event], zones: dict[str, Zone], tables: ItemTables | None = None
) -> Iterator[Outcome]:
    """Apply each event to `zones` (by production id; updated in place) and `tables`, and give its outcome. Nothing is held of what went before."""
    replay = MemoryReplay(zones, tables)
    return map(replay.execute, events)
