"""One change of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.model.record_set import RecordKey, RecordSet, canonical_record_set, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Change:
    """An action (CREATE, DELETE or UPSERT) and the record set it names, in API form as it was given."""

    action: str
    record_set: Mapping[str, Any]

    @cached_property
    def key(self) -> RecordKey:
        """What identifies the record set."""
        return key_of(self.record_set)

    @cached_property
    def canonical(self) -> RecordSet:
        """The record set in canonical form."""
        return canonical_record_set(self.record_set)


def changes_from(changes: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Answer the changes of a boto3 `ChangeBatch["Changes"]`, in the same order."""
    return tuple(Change(change["Action"], change["ResourceRecordSet"]) for change in changes)
