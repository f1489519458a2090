"""Execution of one event against one arm of the twin: what was asked, what came back, every call that was made.

Nothing is a success because no exception was raised: a `dns_update` succeeds when Route 53 accepted the batch and it is in sync, an `item_change` when DynamoDB
took it on its condition, a `lambda_invoke` when the function returned. Names and ids are mapped on the way in and on the way back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import TwinstageError
from twinstage.model.kept_changes import twin_changes
from twinstage.model.record_set import key_of
from twinstage.model.recurrence import depends_on_the_moment
from twinstage.model.tokens import replace_in, replace_tokens
from twinstage.replay.calls import call_of
from twinstage.replay.outcomes import Outcome, not_recurring, outcome_of
from twinstage.replay.scope import made_id, zone_reference
from twinstage.replay.standing import Standing
from twinstage.world.interface import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from twinstage.model.event import Event
    from twinstage.model.kept_changes import TwinChanges
    from twinstage.model.twin import Twin
    from twinstage.model.zone_map import ZoneMap
    from twinstage.world.interface import Invocation, ItemChanges, Zones

NOT_EMPTY = "The specified hosted zone contains non-required resource record sets  and so cannot be deleted."


class Invoker(Protocol):
    """What invokes a function."""

    def invoke(self, function: str, payload: Mapping[str, Any]) -> Invocation:
        """Invoke one function by its name in the twin, and wait for what it gives back."""


@dataclass(frozen=True)
class ArmWorld:
    """One arm of a twin, as events are executed in it. `clock` gives seconds that only grow.

    `inexact` names tables whose items are sampled or masked: recorded old images say nothing about them.
    """

    twin: Twin
    arm: str
    zones: Zones
    functions: Invoker
    clock: Callable[[], float]
    items: ItemChanges | None = None
    inexact: Collection[str] = field(default=())


class Executor:
    """Executes the events of one shard, one after the other, in one arm. `standing` are the zones that stand when it begins."""

    def __init__(
        self, world: ArmWorld, *, tables: list[str], functions: list[str], standing: Standing | None = None
    ) -> None:
        self.world = world
        self.standing = standing or Standing(world.twin)
        arm_names = {world.twin.table(world.arm, name): name for name in tables}
        self.arm_names = arm_names | {world.twin.function(world.arm, name): name for name in functions}
        self.stubbed: set[Any] = set()
        self.kept: dict[str, dict[str, Any]] = {}

    @property
    def names_in(self) -> dict[str, str]:
        """Production's ids of zones and health checks to the twin's: what an event's payload is searched for, since ids cannot be mistaken for words."""
        return self.standing.names_in()

    @property
    def names_back(self) -> dict[str, str]:
        """The twin's zones, health checks, tables and functions to production's."""
        return self.standing.names_back() | self.arm_names

    def execute(self, event: Event) -> Outcome:
        """Execute one event and give its outcome. Raises AwsError where the twin itself failed: then nobody knows what happened."""
        if depends_on_the_moment(event.type, event.expected.document()):
            return outcome_of(event, [], not_recurring(event))
        started = self.world.clock()
        result = self._invoke(event) if event.type == "lambda_invoke" else self._carried_out(event)
        latency_ms = round((self.world.clock() - started) * 1000, 3)
        calls = result.pop("calls")
        if event.type != "lambda_invoke":
            calls[0]["latency_ms"] = latency_ms
        return outcome_of(event, calls, result) | {"latency_ms": latency_ms}

    def _carried_out(self, event: Event) -> dict[str, Any]:
        """What an event of production's own log came to: one call, accepted or refused."""
        call = call_of(event, self._zone_id(event))
        try:
            made = self._made(event)
        except Refused as refusal:
            failure = {"error": refusal.error, "message": replace_tokens(refusal.message, self.names_back)}
            return {"outcome": "refused", **failure, "calls": [call | {"outcome": "error", **failure}]}
        return {"outcome": "success", "calls": [call | {"outcome": "success"}], **made}

    def _made(self, event: Event) -> dict[str, Any]:
        """Carry out an event of production's own log; what its outcome tells beside its class. Raises Refused."""
        match event.type:
            case "dns_update":
                self._change(event)
            case "item_change":
                self._item(event)
            case "zone_create":
                return {"response": {"HostedZone": {"Id": self._create(event)}}}
            case "zone_delete":
                self._delete(event)
        return {}

    def _zone_id(self, event: Event) -> str:
        """Production's id of the zone that an event is about, where it stands; else as the event names it."""
        if event.type in ("item_change", "zone_create"):
            return ""
        zone = self.standing.zone(zone_reference(event))
        return zone.production_id if zone else zone_reference(event)

    def _change(self, event: Event) -> None:
        zone = self.standing.need(zone_reference(event))
        changes = event.payload["changes"]
        self._put_stubs(zone, changes)
        mapped = twin_changes(zone, changes, self._standing(zone))
        self.world.zones.change(zone.twin_id, mapped.own)
        self._put_beside(zone, mapped)

    def _create(self, event: Event) -> str:
        zone_id, name = made_id(event), canonical_name(event.payload["zone"])
        self.standing.create(zone_id, name, private=bool(event.payload.get("private")))
        return zone_id

    def _delete(self, event: Event) -> None:
        """Set a zone aside, if it holds nothing that Route 53 would ask to be deleted first; what only a twin has goes."""
        zone = self.standing.need(zone_reference(event))
        held = [record for record in self.world.zones.record_sets(zone.twin_id) if not zone.is_own(record)]
        if any(not zone.is_ours(record) for record in held):
            raise Refused("HostedZoneNotEmpty", NOT_EMPTY)
        if held:
            self._beside(zone, [{"Action": "DELETE", "ResourceRecordSet": record} for record in held])
        self.stubbed = {key for key in self.stubbed if key[0] != zone.twin_id}
        self.kept.pop(zone.twin_id, None)
        self.standing.delete(zone.production_id)

    def _item(self, event: Event) -> None:
        payload, table = event.payload, event.payload["table"]
        if self.world.items is None:
            raise TwinstageError(
                "NO_TABLES", f"event {event.id} changes an item, and this world has no tables to change"
            )
        conditional = "old_image" in payload and table not in self.world.inexact
        twin_table = self.world.twin.table(self.world.arm, table)
        old = payload.get("old_image")
        self.world.items.change(twin_table, payload["keys"], payload["new_image"], old=old, conditional=conditional)

    def _standing(self, zone: ZoneMap) -> dict[str, Any]:
        """The TXTs that keep what record sets of a twin's zone cannot hold, read when they are first asked for."""
        if zone.twin_id not in self.kept:
            self.kept[zone.twin_id] = zone.standing(self.world.zones.record_sets(zone.twin_id))
        return self.kept[zone.twin_id]

    def _put_beside(self, zone: ZoneMap, mapped: TwinChanges) -> None:
        """TXTs go last, in batches of their own, once the event's own batch was taken: as with stubs, it must count as production's did."""
        for batch in mapped.batches(self._standing(zone)):
            self._beside(zone, batch)
        self.kept[zone.twin_id] = mapped.after(self._standing(zone))

    def _beside(self, zone: ZoneMap, batch: list[dict[str, Any]]) -> None:
        try:
            self.world.zones.change(zone.twin_id, batch, wait=False)
        except Refused as refusal:
            message = f"{zone.name}: what is kept beside record sets could not be changed: {refusal}"
            raise TwinstageError("KEPT_REFUSED", message) from refusal

    def _put_stubs(self, zone: ZoneMap, changes: list[Mapping[str, Any]]) -> None:
        """Stubs of new outside targets go first, in a batch of their own: the event's own batch must count against the limits as production's did."""
        wanted = {key_of(s): s for c in changes if c["Action"] != "DELETE" for s in zone.stubs(c["ResourceRecordSet"])}
        fresh = {key: stub for key, stub in wanted.items() if (zone.twin_id, key) not in self.stubbed}
        if fresh:
            upserts = [{"Action": "UPSERT", "ResourceRecordSet": stub} for stub in fresh.values()]
            self.world.zones.change(zone.twin_id, upserts, wait=False)
            self.stubbed |= {(zone.twin_id, key) for key in fresh}

    def _invoke(self, event: Event) -> Outcome:
        function = self.world.twin.function(self.world.arm, event.payload["function"])
        # A function may delete whatever it does not know.
        self.kept = {zone: standing for zone, standing in self.kept.items() if not standing}
        answer = self.world.functions.invoke(function, replace_in(event.payload["event"], self.names_in))
        if answer.error is not None or not isinstance(answer.payload, dict) or answer.payload.get("recorder") != 1:
            # The recorder itself did not come back (killed, out of time or memory): what the function did until then is not known.
            return {
                "outcome": "error",
                "error": answer.error or "Recorder.NoAnswer",
                "message": answer.message,
                "calls": None,
            }
        result = {"outcome": "success", "calls": answer.payload["calls"]}
        if failure := answer.payload.get("error"):
            result |= {"outcome": "error", "error": failure["type"], "message": failure["message"]}
        else:
            result["response"] = answer.payload["response"]
        if unrecorded := answer.payload.get("unrecorded"):
            said = f"{result['message']}; " if failure else ""
            unknown = f"what it did beyond the recorded calls is not known: {', '.join(unrecorded)}"
            result |= {"message": said + unknown, "unrecorded": unrecorded, "calls": None}
        mapped: Outcome = replace_in(result, self.names_back)
        return mapped
