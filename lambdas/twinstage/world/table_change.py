"""The requests that give a table another schema, as CloudFormation would: in place where DynamoDB can, one index at a time, else by deleting it and making it anew.

Pure, and derived from what stands and what is wanted, so that whoever was interrupted asks again for what is left. Encryption, class, protection, tags and
replicas are left out: a twin's table has none of them, and no handler's call comes out otherwise for them.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html ("Update requires" of each property),
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html ("You can only perform one of the following operations at once": an index
is made or removed alone, and apart from the stream).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import canonical_json
from twinstage.world.table_form import creation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Request = tuple[str, dict[str, Any]]
"""An operation of DynamoDB and its parameters."""
_SHAPE: Final = frozenset({"AttributeDefinitions", "KeySchema", "StreamSpecification", "TimeToLive"})
_ON_DEMAND, _THROUGHPUT = "PAY_PER_REQUEST", "ProvisionedThroughput"
_GLOBAL, _LOCAL = "GlobalSecondaryIndexes", "LocalSecondaryIndexes"
_INDEX: Final = ("IndexName", "KeySchema", "Projection")
_METHODS: Final = {"update_time_to_live": "UpdateTimeToLive", "update_continuous_backups": "UpdateContinuousBackups"}


def twin_shape(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a twin's table has of production's schema: key, indexes, stream, time to live, recovery; capacity is on demand."""
    shape: dict[str, Any] = {name: schema[name] for name in sorted(_SHAPE) if name in schema}
    for kind in (_GLOBAL, _LOCAL):
        if schema.get(kind):
            shape[kind] = [{name: index[name] for name in _INDEX} for index in schema[kind]]
    recovery = {"PointInTimeRecovery": True} if schema.get("PointInTimeRecovery") else {}
    return {**shape, **recovery, "BillingMode": _ON_DEMAND}


def memory_shape(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a table in memory: with its throughput, and without its stream, which nobody sees there."""
    shape = {name: value for name, value in twin_shape(schema).items() if name != "StreamSpecification"}
    if schema.get("BillingMode") == _ON_DEMAND:
        return shape
    shape |= {name: schema[name] for name in ("BillingMode", _THROUGHPUT) if name in schema}
    if schema.get(_GLOBAL):
        shape[_GLOBAL] = [{name: index[name] for name in (*_INDEX, _THROUGHPUT)} for index in schema[_GLOBAL]]
    return shape


def replaces(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether DynamoDB can only make another table of this schema: another key, another type of a key attribute, another local index."""
    old, new = (_types(schema) for schema in (before, after))
    local = [canonical_json(schema.get(_LOCAL) or []) for schema in (before, after)]
    retyped = any(old[name] != new[name] for name in old.keys() & new.keys())
    return before["KeySchema"] != after["KeySchema"] or retyped or local[0] != local[1]


def table_requests(table: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Request]:
    """The requests, in order, that lead from one shape to another; both as `twin_shape`, or both as `memory_shape` gives them. `before` None: there is no such table.

    New indexes come before old ones go, so that whoever may use either finds one. The next request is only taken once the table is ACTIVE again, indexes too.
    """
    if before is None:
        return _created(table, after)
    if replaces(before, after):
        return [("DeleteTable", {"TableName": table}), *_created(table, after)]
    return [
        *_capacity(table, before, after),
        *_index_updates(table, before, after),
        *_stream(table, before, after),
        *_settings(table, before, after),
    ]


def _created(table: str, after: Mapping[str, Any]) -> list[Request]:
    request, further = creation(table, after)
    return [("CreateTable", request), *((_METHODS[method], parameters) for method, parameters in further)]


def _capacity(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Request]:
    """Billing and throughput, of the indexes too: one that goes gets the table's until then."""
    mode, units = after["BillingMode"], after.get(_THROUGHPUT)
    same_mode = before["BillingMode"] == mode
    if mode == _ON_DEMAND:
        if not same_mode:
            yield "UpdateTable", {"TableName": table, "BillingMode": mode}
        return
    wanted = {index["IndexName"]: index.get(_THROUGHPUT) for index in after.get(_GLOBAL) or ()}
    updates = [
        {"Update": {"IndexName": index["IndexName"], _THROUGHPUT: wanted.get(index["IndexName"], units)}}
        for index in before.get(_GLOBAL) or ()
        if not same_mode or index.get(_THROUGHPUT) != wanted.get(index["IndexName"], index.get(_THROUGHPUT))
    ]
    own = {} if same_mode and before.get(_THROUGHPUT) == units else {_THROUGHPUT: units}
    if own or updates:
        told = {"GlobalSecondaryIndexUpdates": updates} if updates else {}
        yield "UpdateTable", {"TableName": table, **({} if same_mode else {"BillingMode": mode}), **own, **told}


def _index_updates(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Request]:
    """One index at a time. An index that is altered goes first and is made again: an update changes its throughput only."""
    old, new = ({index["IndexName"]: index for index in schema.get(_GLOBAL) or ()} for schema in (before, after))
    standing = dict(old)
    made = [name for name in sorted(new) if name not in old or _told(old[name]) != _told(new[name])]
    for name in made:
        if name in old:
            yield _update(table, [{"Delete": {"IndexName": name}}])
        standing[name] = new[name]
        yield _update(table, [{"Create": dict(new[name])}], _definitions(after, standing.values(), before))
    for name in sorted(old.keys() - new.keys()):
        yield _update(table, [{"Delete": {"IndexName": name}}])


def _told(index: Mapping[str, Any]) -> bytes:
    """What cannot be altered of an index."""
    return canonical_json({name: index[name] for name in _INDEX})


def _update(table: str, updates: Sequence[Mapping[str, Any]], definitions: Sequence[Any] = ()) -> Request:
    told = {"AttributeDefinitions": list(definitions)} if definitions else {}
    return "UpdateTable", {"TableName": table, **told, "GlobalSecondaryIndexUpdates": list(updates)}


def _definitions(
    after: Mapping[str, Any], indexes: Iterable[Mapping[str, Any]], before: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The attributes of the table's own keys and of these indexes' keys: DynamoDB refuses any that no key has."""
    keys = [after["KeySchema"], *(index["KeySchema"] for index in (*indexes, *(after.get(_LOCAL) or ())))]
    used = {element["AttributeName"] for schema in keys for element in schema}
    types = _types(before) | _types(after)
    return [{"AttributeName": name, "AttributeType": types[name]} for name in sorted(used)]


def _stream(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Request]:
    """A stream is ended and begun: its view is not altered."""
    old, new = before.get("StreamSpecification"), after.get("StreamSpecification")
    if old == new:
        return
    if old:
        yield "UpdateTable", {"TableName": table, "StreamSpecification": {"StreamEnabled": False}}
    if new:
        yield "UpdateTable", {"TableName": table, "StreamSpecification": {"StreamEnabled": True, **new}}


def _settings(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Request]:
    old, new = before.get("TimeToLive"), after.get("TimeToLive")
    for expiry, enabled in ((old, False), (new, True)):
        if old != new and expiry:
            specification = {"Enabled": enabled, "AttributeName": expiry["AttributeName"]}
            yield "UpdateTimeToLive", {"TableName": table, "TimeToLiveSpecification": specification}
    recovers = bool(after.get("PointInTimeRecovery"))
    if bool(before.get("PointInTimeRecovery")) != recovers:
        recovery = {"PointInTimeRecoveryEnabled": recovers}
        yield "UpdateContinuousBackups", {"TableName": table, "PointInTimeRecoverySpecification": recovery}


def _types(schema: Mapping[str, Any]) -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in schema["AttributeDefinitions"]}
