"""A DynamoDB table's change of schema: what is done in place, what makes it another table, what cannot be taken back.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html ("Update requires" of each property),
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html (what can be altered of a table that stands) and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html ("You create ... local secondary indexes ... at the time of table creation").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import canonical_json
from twinstage.rehearse.change.plan import Guard, PlannedChange
from twinstage.world.memory import dynamodb
from twinstage.world.table_form import RECOVERY_DAYS, creation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.rehearse.change.plan import Action, Category

_REPLACED: Final = "another table takes its place: no item comes with it"
_INDEXES: Final = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
_THROUGHPUT: Final = frozenset({"ProvisionedThroughput", "OnDemandThroughput"})
_OWN: Final = frozenset({"KeySchema", "AttributeDefinitions", "TableName", *_INDEXES})


@dataclass(frozen=True)
class TableChange:
    """What became of one member: whether it makes another table (`replaces`), and what is lost for good."""

    place: str
    action: Action
    category: Category
    reason: str
    before: Any = None
    after: Any = None
    replaces: bool = False
    forward_only: bool = False


def table_changes(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any], items: int
) -> tuple[tuple[PlannedChange, ...], tuple[Guard, ...]]:
    """Every change between two schemas in the form that a snapshot keeps, and the guards. `items`: how many the table holds now."""
    found = tuple(_changes(before, after))
    replaced = [change.place for change in found if change.replaces]
    changes = tuple(
        PlannedChange(
            kind="table",
            subject=name,
            action=change.action,
            category=change.category,
            reason=change.reason,
            before=change.before,
            after=change.after,
            place=change.place,
            forward_only=change.forward_only or (change.replaces and items > 0),
        )
        for change in found
    )
    observed = f"{items} items in a table that is replaced ({', '.join(replaced)})" if replaced else "not replaced"
    way_out = "make the new table beside the old one, move the items, then switch; or --allow items-replaced"
    guard = Guard("items-replaced", observed, "0 items", not replaced or items == 0, way_out)
    return changes, (_accepted(name, after), guard)


def _accepted(name: str, schema: Mapping[str, Any]) -> Guard:
    """Whether DynamoDB makes such a table at all: its rules, in its words."""
    request, _ = creation(name, schema)
    observed = "DynamoDB takes the schema"
    try:
        # Whose the table is matters to none of the rules.
        nobody = dynamodb.empty_database(account="000000000000", region="us-east-1")
        dynamodb.execute(nobody, "CreateTable", request, now=0.0)
    except dynamodb.DynamoRefused as refused:
        observed = f"{refused.error}: {refused.message}"
        return Guard("accepted", observed, "DynamoDB's rules", False, "mend the schema", final=True)
    return Guard("accepted", observed, "DynamoDB's rules", True, "mend the schema", final=True)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[TableChange]:
    if before["KeySchema"] != after["KeySchema"]:
        reason = f"the key is another one: {_REPLACED}"
        yield TableChange(
            "KeySchema", "change", "breaking", reason, before["KeySchema"], after["KeySchema"], replaces=True
        )
    yield from _definitions(before, after)
    for kind in _INDEXES:
        yield from _indexes(kind, before, after)
    for member in sorted({*before, *after} - _OWN):
        old, new = before.get(member), after.get(member)
        if canonical_json(old) != canonical_json(new):
            yield _setting(member, old, new)


def _definitions(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[TableChange]:
    """An attribute whose type changes; what is only added or taken out belongs to a key, and is told with it."""
    old, new = (
        {each["AttributeName"]: each["AttributeType"] for each in schema["AttributeDefinitions"]}
        for schema in (before, after)
    )
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            reason = f"a key attribute is of another type: {_REPLACED}"
            place = f"AttributeDefinitions/{name}"
            yield TableChange(place, "change", "breaking", reason, old[name], new[name], replaces=True)


def _indexes(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[TableChange]:
    local = kind.startswith("Local")
    old, new = ({index["IndexName"]: index for index in schema.get(kind, ())} for schema in (before, after))
    for name in sorted(old.keys() | new.keys()):
        was, is_, place = old.get(name), new.get(name), f"{kind}/{name}"
        if was == is_:
            continue
        action: Action = "add" if was is None else "remove" if is_ is None else "change"
        if local:
            reason = f"a local index is made with its table: {_REPLACED}"
            yield TableChange(place, action, "breaking", reason, was, is_, replaces=True)
        elif was is None:
            reason = "in place: it is filled from the table, and answers once it is ACTIVE"
            yield TableChange(place, action, "non-breaking", reason, was, is_)
        elif is_ is None:
            yield TableChange(place, action, "breaking", "whoever queries it gets an error", was, is_)
        elif _without(was, _THROUGHPUT) == _without(is_, _THROUGHPUT):
            yield TableChange(place, action, *_throughput(was, is_), was, is_)
        else:
            reason = "an index is not altered: it is removed and made again, and answers nothing until it is filled"
            yield TableChange(place, action, "breaking", reason, was, is_)


def _setting(member: str, old: Any, new: Any) -> TableChange:
    action: Action = "add" if old is None else "remove" if new is None else "change"
    category, reason, lost = _of_setting(member, old, new)
    return TableChange(member, action, category, reason, old, new, forward_only=lost)


def _of_setting(member: str, old: Any, new: Any) -> tuple[Category, str, bool]:
    """(category, reason, forward-only) of a setting that differs."""
    if member in _THROUGHPUT:
        return *_throughput({member: old}, {member: new}), False
    for name, applies, category, reason, lost in _SETTINGS:
        if name == member and applies(old, new):
            return category, reason, lost
    return "non-breaking", "in place, without interruption", False


def _throughput(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Category, str]:
    """Lower than it was, or limited where it was not, may throttle what passed."""
    old, new = (
        {f"{kind}.{unit}": amount for kind in _THROUGHPUT for unit, amount in (each.get(kind) or {}).items()}
        for each in (before, after)
    )
    if any(unit not in old or amount < old[unit] for unit, amount in new.items()):
        return "undecided", "in place: what is beyond the throughput that is set is throttled"
    return "non-breaking", "in place, without interruption"


def _regions(replicas: Any) -> set[str]:
    return {str(replica["RegionName"]) for replica in replicas or ()}


def _without(index: Mapping[str, Any], members: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in index.items() if name not in members}


_SETTINGS: Final[tuple[tuple[str, Callable[[Any, Any], bool], Category, str, bool], ...]] = (
    (
        "TimeToLive",
        lambda _, new: new is not None,
        "undecided",
        "items whose time is over are deleted: they do not come back with the setting",
        True,
    ),
    (
        "PointInTimeRecovery",
        lambda _, new: not new,
        "non-breaking",
        "the points in time that could be gone back to are lost",
        True,
    ),
    (
        "RecoveryPeriodInDays",
        lambda old, new: (new or RECOVERY_DAYS) < (old or RECOVERY_DAYS),
        "non-breaking",
        "the oldest points in time that could be gone back to are lost",
        True,
    ),
    (
        "StreamSpecification",
        lambda old, _: old is not None,
        "breaking",
        "the stream ends: whoever reads it gets nothing more, and a new one has another ARN",
        True,
    ),
    (
        "Replicas",
        lambda old, new: bool(_regions(old) - _regions(new)),
        "breaking",
        "whoever reads or writes a replica that is removed gets an error",
        False,
    ),
    (
        "BillingMode",
        lambda _, new: new == "PROVISIONED",
        "undecided",
        "in place: what is beyond the throughput that is set is throttled",
        False,
    ),
    (
        "DeletionProtectionEnabled",
        lambda _, new: not new,
        "undecided",
        "in place: nothing protects the table from deletion any more",
        False,
    ),
)
"""(member, whether it is told so of a value before and after, category, reason, whether it is forward-only); the first that fits counts."""
