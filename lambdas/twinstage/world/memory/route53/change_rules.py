"""The rules that one change must meet against the zone as the batch has left it so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.dns_name import is_within
from twinstage.model.record_set import same_content
from twinstage.world.memory.route53.problems import Cause, Problem, problem
from twinstage.world.memory.route53.record_values import name_fault, value_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.record_set import RecordKey
    from twinstage.world.memory.route53.change import Change
    from twinstage.world.memory.route53.draft import Draft
    from twinstage.world.memory.route53.limits import RouteLimits

_SINGLE_VALUED = frozenset({"CNAME", "SOA"})


class ChangeRules:
    """Carries the changes of one batch out on a draft, one after the other, and says what is wrong with each."""

    def __init__(self, draft: Draft, limits: RouteLimits, *, check_values: bool) -> None:
        self._draft, self._limits, self._check_values = draft, limits, check_values
        self._last_action: dict[RecordKey, str] = {}

    def carry_out(self, change: Change) -> list[Problem]:
        """Apply a change to the draft and answer an empty list, or leave the draft alone and answer what is wrong."""
        found = list(self._place_problems(change))
        self._last_action[change.key] = change.action
        if not found:
            found = list(self._rules(change))
        if found:
            return found
        if change.action == "DELETE":
            self._draft.remove(change.key)
        else:
            self._draft.put(change.key, change.canonical)
        return []

    def _rules(self, change: Change) -> Iterator[Problem]:
        if change.action == "DELETE":
            yield from _delete_problems(change, self._draft)
            return
        if change.action == "CREATE":
            yield from _create_problems(change, self._draft)
        yield from _number_problems(change, self._limits)
        if self._check_values:
            yield from _value_problems(change)

    def _place_problems(self, change: Change) -> Iterator[Problem]:
        """Yield a problem where a change's name is no name of the zone, or the batch has changed the same set before.

        The one repetition that Route 53 takes is CREATE after DELETE: together they compare and set.
        """
        name, type_, _ = change.key
        zone, last_action = self._draft.zone.name, self._last_action.get(change.key)
        fault = name_fault(change.record_set["Name"])
        if fault:
            yield problem(Cause.BAD_NAME, change.key, fault)
        elif not is_within(name, zone):
            text = f"RRSet with DNS name {name} is not permitted in zone {zone}"
            yield problem(Cause.OUTSIDE_ZONE, change.key, text)
        elif last_action and (last_action, change.action) != ("DELETE", "CREATE"):
            text = f"The request contains an invalid set of changes for a resource record set '{type_} {name}'"
            yield problem(Cause.REPEATED_IN_BATCH, change.key, text)


def _delete_problems(change: Change, draft: Draft) -> Iterator[Problem]:
    """Yield a problem unless the zone holds exactly the record set that the DELETE names."""
    current = draft.get(change.key)
    tried = f"Tried to delete resource record set {_tag(change.key)} but"
    if current is None:
        yield problem(Cause.DELETE_MISMATCH, change.key, f"{tried} it was not found")
    elif not same_content(change.canonical, current):
        text = f"{tried} the values provided do not match the current values"
        yield problem(Cause.DELETE_MISMATCH, change.key, text)


def _create_problems(change: Change, draft: Draft) -> Iterator[Problem]:
    """Yield a problem where the record set exists already, whatever it holds."""
    if draft.get(change.key) is not None:
        text = f"Tried to create resource record set {_tag(change.key)} but it already exists"
        yield problem(Cause.CREATE_EXISTING, change.key, text)


def _number_problems(change: Change, limits: RouteLimits) -> Iterator[Problem]:
    """Yield a problem where values are repeated, or are more than the type or the quota allows."""
    values = _values(change)
    name, type_, _ = change.key
    for value in dict.fromkeys(value for value in values if values.count(value) > 1):
        yield problem(Cause.DUPLICATE_VALUE, change.key, f"Duplicate Resource Record: '{value}'")
    if type_ in _SINGLE_VALUED and len(values) > 1:
        text = f"{type_}RRSetTooManyRecords ({type_} has more than one value) encountered with '{name}'"
        yield problem(Cause.BAD_VALUE, change.key, f"Invalid Resource Record: 'FATAL problem: {text}'")
    if len(values) > limits.values_per_record_set:
        text = f"Cannot have more than {limits.values_per_record_set} records in a RRSet."
        yield problem(Cause.LIMIT, change.key, text)


def _value_problems(change: Change) -> Iterator[Problem]:
    """Yield a problem for each value that is not of the type's syntax."""
    for value in _values(change):
        fault = value_fault(change.key[1], value)
        if fault:
            yield problem(Cause.BAD_VALUE, change.key, fault)


def _values(change: Change) -> list[str]:
    return [record["Value"] for record in change.canonical.get("ResourceRecords", ())]


def _tag(key: RecordKey) -> str:
    name, type_, set_identifier = key
    return f"[name='{name}', type='{type_}'" + (f", set-identifier='{set_identifier}']" if set_identifier else "]")
