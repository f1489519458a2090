"""Execution of one event against one arm of the twin: what was asked, what came back, every call that was made.

Nothing is a success because no exception was raised: a `dns_update` succeeds when Route 53 accepted the batch and it is in sync; a `lambda_invoke`
when the function returned. Names and ids are mapped on the way in and on the way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from twinstage.model.errors import TwinstageError
from twinstage.model.kept_changes import twin_changes
from twinstage.model.record_set import key_of
from twinstage.model.tokens import replace_in, replace_tokens
from twinstage.replay.shards import zone_reference
from twinstage.world.interface import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.model.event import Event
    from twinstage.model.kept_changes import TwinChanges
    from twinstage.model.twin import Twin
    from twinstage.model.zone_map import ZoneMap
    from twinstage.world.interface import Invocation, Zones

Outcome = dict[str, Any]


class Invoker(Protocol):
    """What invokes a function."""

    def invoke(self, function: str, payload: Mapping[str, Any]) -> Invocation:
        """Invoke one function by its name in the twin, and wait for what it gives back."""


@dataclass(frozen=True)
class ArmWorld:
    """One arm of a twin, as events are executed in it. `clock` gives seconds that only grow."""

    twin: Twin
    arm: str
    zones: Zones
    functions: Invoker
    clock: Callable[[], float]

    def names_in(self) -> dict[str, str]:
        """Production's ids of zones and health checks to the twin's: what an event's payload is searched for, since ids cannot be mistaken for words."""
        return {zone.production_id: zone.twin_id for zone in self.twin.zones} | dict(self.twin.health_checks)

    def names_back(self, tables: list[str], functions: list[str]) -> dict[str, str]:
        """The twin's zones, health checks, tables and functions to production's."""
        back = {twin_id: id_ for id_, twin_id in self.names_in().items()}
        back |= {self.twin.table(self.arm, name): name for name in tables}
        return back | {self.twin.function(self.arm, name): name for name in functions}


class Executor:
    """Executes the events of one shard, one after the other, in one arm."""

    def __init__(self, world: ArmWorld, *, tables: list[str], functions: list[str]) -> None:
        self.world = world
        self.names_in, self.names_back = world.names_in(), world.names_back(tables, functions)
        self.stubbed: set[Any] = set()
        self.kept: dict[str, dict[str, Any]] = {}

    def execute(self, event: Event) -> Outcome:
        """Execute one event and give its outcome. Raises AwsError where the twin itself failed: then nobody knows what happened."""
        started = self.world.clock()
        result = self._update(event) if event.type == "dns_update" else self._invoke(event)
        latency_ms = round((self.world.clock() - started) * 1000, 3)
        calls = result.pop("calls")
        if event.type == "dns_update":
            calls[0]["latency_ms"] = latency_ms
        return {
            "event": event.id,
            "seq": event.seq,
            "timestamp": event.timestamp,
            "type": event.type,
            "function": event.payload.get("function"),
            "recorded": event.expected.document(),
            "latency_ms": latency_ms,
            "calls": calls,
            **result,
        }

    def _update(self, event: Event) -> Outcome:
        zone = self.world.twin.zone(zone_reference(event))
        if zone is None:
            raise TwinstageError("NO_SUCH_ZONE", f"event {event.id} names a zone that the twin does not have")
        changes = event.payload["changes"]
        call = {
            "n": 0,
            "service": "route53",
            "operation": "ChangeResourceRecordSets",
            "parameters": {"HostedZoneId": zone.production_id, "ChangeBatch": {"Changes": changes}},
        }
        self._put_stubs(zone, changes)
        mapped = twin_changes(zone, changes, self._standing(zone))
        try:
            self.world.zones.change(zone.twin_id, mapped.own)
        except Refused as refusal:
            failure = {"error": refusal.error, "message": replace_tokens(refusal.message, self.names_back)}
            return {"outcome": "refused", **failure, "calls": [call | {"outcome": "error", **failure}]}
        self._put_beside(zone, mapped)
        return {"outcome": "success", "calls": [call | {"outcome": "success"}]}

    def _standing(self, zone: ZoneMap) -> dict[str, Any]:
        """The TXTs that keep what record sets of a twin's zone cannot hold, read when they are first asked for."""
        if zone.twin_id not in self.kept:
            self.kept[zone.twin_id] = zone.standing(self.world.zones.record_sets(zone.twin_id))
        return self.kept[zone.twin_id]

    def _put_beside(self, zone: ZoneMap, mapped: TwinChanges) -> None:
        """TXTs go last, in batches of their own, once the event's own batch was taken: as with stubs, it must count as production's did."""
        for batch in mapped.batches(self._standing(zone)):
            try:
                self.world.zones.change(zone.twin_id, batch, wait=False)
            except Refused as refusal:
                message = f"{zone.name}: what is kept beside record sets could not be changed: {refusal}"
                raise TwinstageError("KEPT_REFUSED", message) from refusal
        self.kept[zone.twin_id] = mapped.after(self._standing(zone))

    def _put_stubs(self, zone: ZoneMap, changes: list[Mapping[str, Any]]) -> None:
        """Stubs of new outside targets go first, in a batch of their own: the event's own batch must count against the limits as production's did."""
        wanted = {key_of(s): s for c in changes if c["Action"] != "DELETE" for s in zone.stubs(c["ResourceRecordSet"])}
        fresh = {key: stub for key, stub in wanted.items() if key not in self.stubbed}
        if fresh:
            upserts = [{"Action": "UPSERT", "ResourceRecordSet": stub} for stub in fresh.values()]
            self.world.zones.change(zone.twin_id, upserts, wait=False)
            self.stubbed |= fresh.keys()

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
