"""The record sets of a promotion: each step one batch, compare-and-set, on the zone that it is for; and back, in reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.errors import SafetyError
from twinstage.model.record_set import printable_key
from twinstage.rehearse.promotion.batches import as_held
from twinstage.rehearse.promotion.journal import DID, INTENDS
from twinstage.rehearse.promotion.parties import Stopped, require_unmoved
from twinstage.world.interface import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.model.record_set import RecordKey, RecordSet
    from twinstage.rehearse.promotion.batches import RecordsOrder
    from twinstage.rehearse.promotion.parties import Parties

_REFUSED = "records-refused"
State = dict["RecordKey", "RecordSet | None"]
"""What a zone holds under every key that a promotion touches; None: nothing."""


class RecordsWork:
    """The steps on record sets, in their order."""

    def __init__(self, orders: Sequence[RecordsOrder], parties: Parties) -> None:
        self._orders, self._zones, self._journal = orders, parties.zones, parties.journal

    def not_captured(self) -> Iterator[str]:
        """Where production holds something else than was captured, as sentences."""
        for zone in dict.fromkeys(order.zone_id for order in self._orders):
            yield from _differing(self._found(zone), self._after(zone, 0))

    def forward(self) -> None:
        """Apply what is not applied yet. Raises Stopped where production holds something else by now."""
        try:
            applied = self._applied()
        except SafetyError as moved:
            raise Stopped(moved.message) from moved
        for order in self._orders[applied:]:
            self._journal.add(INTENDS, what="records", subject=order.id, back="twinstage promote RUN --back")
            try:
                self._zones.change(order.zone_id, order.forward())
            except Refused as refused:
                self._journal.add(DID, what=_REFUSED, subject=order.id, message=refused.message)
                raise Stopped(f"{order.id}: production has moved: {refused.message}") from refused
            self._journal.add(DID, what="records", subject=order.id)

    def back(self) -> Iterator[str]:
        """Take back what is applied, the last step first; gives what could not be taken back, as sentences."""
        if not self._intended():
            return
        try:
            applied = self._applied()
        except SafetyError as moved:
            yield moved.message
            return
        for order in reversed(self._orders[:applied]):
            self._journal.add(INTENDS, what="records-back", subject=order.id, back="twinstage promote RUN")
            try:
                self._zones.change(order.zone_id, order.back())
            except Refused as refused:
                yield f"{order.id}: {refused.message}"
                return

    def _intended(self) -> int:
        """How many steps may be applied: those that were sent, but for one that was refused."""
        refused = {body["subject"] for body in self._journal.said(DID) if body["what"] == _REFUSED}
        return sum(1 for each in self._orders if self._journal.intended("records", each.id) and each.id not in refused)

    def _applied(self) -> int:
        """How many steps are applied, by what production holds; as many as the journal says where several numbers would do.

        Raises SafetyError where production holds what no number of steps leaves.
        """
        likely = sum(1 for body in self._journal.said(DID) if body["what"] == "records")
        numbers = sorted(range(self._intended() + 1), key=lambda number: (abs(number - likely), -number))
        zones = {order.zone_id: self._found(order.zone_id) for order in self._orders}
        for number in numbers:
            if all(found == self._after(zone, number) for zone, found in zones.items()):
                return number
        problems = [each for zone, found in zones.items() for each in _differing(found, self._after(zone, likely))]
        require_unmoved(problems, f"what {likely} steps of records leave")
        return likely

    def _after(self, zone: str, number: int) -> State:
        """What the zone holds under every key that is touched, after so many of all steps."""
        state: State = {}
        for done, order in enumerate(self._orders):
            if order.zone_id == zone:
                for key in order.keys:
                    if done < number:
                        state[key] = order.after.get(key)
                    else:
                        state.setdefault(key, order.before.get(key))
        return state

    def _found(self, zone: str) -> State:
        held = as_held(self._zones.record_sets(zone))
        return {key: held.get(key) for key in self._after(zone, 0)}


def _differing(
    found: Mapping[RecordKey, RecordSet | None], expected: Mapping[RecordKey, RecordSet | None]
) -> Iterator[str]:
    for key in expected:
        if found[key] != expected[key]:
            seen = "gone" if found[key] is None else "another" if expected[key] is not None else "there already"
            yield f"{printable_key(key)} is {seen}"
