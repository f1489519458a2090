"""The states over which orders are judged: exact zones, and the value chain where nobody knows the state.

Both follow one rule: only what production took is applied. What it refused must be refused where it stands in the order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json
from twinstage.model.dns_name import canonical_name
from twinstage.replay.scope import made_id, zone_reference
from twinstage.replay.zone_places import zone_id_of
from twinstage.world.memory.route53 import ChangeRefused, apply_changes, changes_from
from twinstage.world.memory.route53.refused import Route53Refused
from twinstage.world.memory.route53.zone_life import need_deletable, new_zone, standing

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from twinstage.model.event import Event
    from twinstage.world.memory.route53 import Zone

    Zones = Mapping[str, Zone]
    Values = Mapping[Any, Any]


WHICH = ""
"""The spot of which zones there are."""


class ExactZones:
    """The zones of one place, by production id, or what stands in them at the names that matter, under Route 53's exact rules."""

    def after(self, state: Zones, event: Event) -> tuple[Zones, bool]:
        """The zones after an event, and whether they take or refuse it as production did."""
        taken = event.expected.outcome == "success"
        try:
            after = self._changed(state, event)
        except (ChangeRefused, Route53Refused):
            return state, not taken
        return (after, True) if taken else (state, False)

    def spots(self, event: Event) -> frozenset[Any]:
        """The names that an event changes; WHICH where it makes or deletes a zone."""
        if event.type != "dns_update":
            return frozenset({WHICH})
        sets = (change["ResourceRecordSet"] for change in event.payload["changes"])
        return frozenset(canonical_name(record_set["Name"]) for record_set in sets)

    def at(self, state: Zones, spot: str) -> Hashable:
        """What stands at a name, in every zone; at WHICH, the zones that there are."""
        if spot == WHICH:
            return tuple(sorted(state))
        return tuple(
            (zone_id, *sorted(canonical_json(zone.records[key]) for key in zone.names.get(spot, ())))
            for zone_id, zone in sorted(state.items())
        )

    def _changed(self, state: Zones, event: Event) -> Zones:
        if event.type == "zone_create":
            name = canonical_name(event.payload["zone"])
            zone = new_zone(state, made_id(event), name, private=event.payload["private"])
            return {**state, zone.id: zone}
        zone_id = zone_id_of(event, state)
        if event.type == "zone_delete":
            need_deletable(state, zone_id)
            return {id_: zone for id_, zone in state.items() if id_ != zone_id}
        return {**state, zone_id: apply_changes(standing(state, zone_id), changes_from(event.payload["changes"]))}


class ValueChain:
    """What events themselves tell of values: after one that set a value, it stands there; of everything else nothing is known.

    The state holds what is known: the record set or item of a key, or None where it is known that there is none.
    """

    def after(self, state: Values, event: Event) -> tuple[Values, bool]:
        """What is known after an event, and whether nothing that is known contradicts its outcome."""
        needs = list(_needs(event))
        met, known = True, dict(state)
        for key, needed, left in needs:
            met &= key not in known or needed is _ANYTHING or known[key] == needed
            known[key] = left
        if event.expected.outcome == "success":
            return known, met
        certain = all(key in state for key, _, _ in needs)
        return state, not (met and certain and needs)

    def spots(self, event: Event) -> frozenset[Any]:
        """The keys of the values that an event changes."""
        return frozenset(key for key, _, _ in _needs(event))

    def at(self, state: Values, spot: Any) -> Hashable:
        """What is known of a key."""
        return canonical_json(state[spot]) if spot in state else b"?"


_ANYTHING: Any = object()


def _needs(event: Event) -> list[tuple[Any, Any, Any]]:
    """For each value that an event changes: its key, what must stand there before, and what stands there after."""
    if event.type == "item_change":
        payload = event.payload
        return [((payload["table"], canonical_json(payload["keys"])), payload["old_image"], payload["new_image"])]
    if event.type != "dns_update":
        return []
    zone, needs = zone_reference(event), []
    for change in changes_from(event.payload["changes"]):
        needed = {"CREATE": None, "DELETE": change.canonical}.get(change.action, _ANYTHING)
        needs.append(((zone, *change.key), needed, None if change.action == "DELETE" else change.canonical))
    return needs
