"""Change batches as compare-and-set: what a record set was when it was captured is deleted, what it is to be is created, all of it or nothing.

Route 53 refuses a DELETE that does not give the very values that are there, and a CREATE of what is there already, and applies a batch as a whole:
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html. So a batch of these does what was rehearsed, or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import SafetyError
from twinstage.model.record_set import canonical_record_set, key_of, printable_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.record_set import RecordKey, RecordSet

Records = dict["RecordKey", "RecordSet"]


@dataclass(frozen=True)
class RecordsOrder:
    """One step on one zone. `before` and `after` are the record sets that it touches, as they were captured and as they are to be; a key that one of them lacks has none there."""

    id: str
    zone_id: str
    zone: str
    before: Mapping[RecordKey, RecordSet]
    after: Mapping[RecordKey, RecordSet]

    @property
    def keys(self) -> tuple[RecordKey, ...]:
        """What it touches."""
        return tuple(dict.fromkeys([*self.before, *self.after]))

    def forward(self) -> list[dict[str, Any]]:
        """The batch."""
        return _batch(self.before, self.after)

    def back(self) -> list[dict[str, Any]]:
        """The batch that takes it back."""
        return _batch(self.after, self.before)

    def document(self) -> dict[str, Any]:
        """As one entry of `promotion.json`."""
        return {"id": self.id, "zone": {"id": self.zone_id, "name": self.zone}, "changes": self.forward()}


def records_order(
    step_id: str, zone_id: str, zone: str, held: Records, changes: Sequence[Mapping[str, Any]]
) -> RecordsOrder:
    """The order of one step; `held`, what the zone holds before it, holds afterwards what it does after.

    Raises SafetyError where a change would be refused over what was captured: such a step was not rehearsed with success.
    """
    keys = list(dict.fromkeys(key_of(change["ResourceRecordSet"]) for change in changes))
    before = {key: held[key] for key in keys if key in held}
    for change in changes:
        _apply(held, change, step_id)
    return RecordsOrder(step_id, zone_id, zone, before, {key: held[key] for key in keys if key in held})


def as_held(record_sets: Iterable[Mapping[str, Any]]) -> Records:
    """Record sets by what identifies them."""
    return {key_of(each): canonical_record_set(each) for each in record_sets}


def _apply(held: Records, change: Mapping[str, Any], step_id: str) -> None:
    key, action = key_of(change["ResourceRecordSet"]), change["Action"]
    if (action == "CREATE" and key in held) or (action == "DELETE" and key not in held):
        message = f"{step_id}: {action} {printable_key(key)} does not fit what was captured"
        raise SafetyError("OTHER_EVIDENCE", message, hint="rehearse again")
    if action == "DELETE":
        del held[key]
    else:
        held[key] = canonical_record_set(change["ResourceRecordSet"])


def _batch(was: Mapping[RecordKey, RecordSet], to_be: Mapping[RecordKey, RecordSet]) -> list[dict[str, Any]]:
    """What was is deleted first: a name that changes its type may not have both."""
    deleted = [{"Action": "DELETE", "ResourceRecordSet": dict(was[key])} for key in was]
    return deleted + [{"Action": "CREATE", "ResourceRecordSet": dict(to_be[key])} for key in to_be]
