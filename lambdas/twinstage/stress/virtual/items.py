"""Which items and record sets a call writes, and which of these only under a condition: what a lock can be made of.

Of DynamoDB a write with a ConditionExpression is conditional; of Route 53 CREATE and DELETE are, for they fail where the record set is, or is not, there.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from twinstage.model.record_set import key_of as record_set_key
from twinstage.model.record_set import printable_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.world.contained import Call
    from twinstage.world.memory.dynamodb import Database

CONFLICTS: Final = frozenset({"ConditionalCheckFailedException", "InvalidChangeBatch", "TransactionConflictException"})
CANCELLED: Final = "TransactionCanceledException"
_CONFLICTING_REASONS: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class Written(NamedTuple):
    """One item or record set that a call writes. `key` names it: `table/attribute=value,...` or `zone/name type`."""

    key: str
    conditional: bool


def written_by(call: Call, databases: Mapping[str, Database], region: str) -> list[Written]:
    """What a call writes if it succeeds, in its order. Batches of unconditional writes are not looked into: nobody locks by them."""
    if call.service == "route53" and call.operation == "ChangeResourceRecordSets":
        return list(_record_sets(call.parameters))
    if call.service != "dynamodb":
        return []
    database = databases.get(call.region or region)
    if call.operation == "TransactWriteItems":
        return [one for entry in call.parameters["TransactItems"] for one in _transacted(entry, database)]
    if call.operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return [_written(call.parameters, database)]
    return []


def kept_of(call: Call, written: list[Written]) -> list[Written]:
    """Which of the writes of a call that succeeded wrote something: a transaction's ConditionChecks did not."""
    if call.operation != "TransactWriteItems":
        return written
    entries = call.parameters["TransactItems"]
    return [one for one, entry in zip(written, entries, strict=True) if "ConditionCheck" not in entry]


def conflicts_of(error: str, members: Mapping[str, Any], written: list[Written]) -> list[Written]:
    """Which of the writes of a call that was refused with `error` met a condition that did not hold; none where it was refused for something else."""
    if error == CANCELLED:
        reasons = [reason.get("Code") for reason in members.get("CancellationReasons", ())]
        return [one for one, reason in zip(written, reasons, strict=False) if reason in _CONFLICTING_REASONS]
    # Route 53 does not say which record set it was: the first that has a condition stands for all.
    return [one for one in written if one.conditional][:1] if error in CONFLICTS else []


def key_of(call: Call, written: list[Written]) -> str | None:
    """The item or record set that a call is about: the first it writes, or the one that it reads; None where it names none."""
    if written:
        return written[0].key
    parameters = call.parameters
    return key_text(parameters["TableName"], parameters["Key"]) if "Key" in parameters else None


def key_text(table: str, key: Mapping[str, Any]) -> str:
    """An item's name."""
    return f"{table}/" + ",".join(f"{name}={_text(value)}" for name, value in key.items())


def _transacted(entry: Mapping[str, Any], database: Database | None) -> Iterator[Written]:
    """One entry of a transaction; a ConditionCheck writes nothing, yet fails as a write does."""
    for request in entry.values():
        yield _written(request, database)


def _written(request: Mapping[str, Any], database: Database | None) -> Written:
    name: str = request["TableName"].rpartition("/")[2]
    key = request["Key"] if "Key" in request else request["Item"]
    table = database.tables.get(name) if database is not None else None
    if table is not None:
        key = {part: key[part] for part in table.definition.schema.names if part in key}
    conditional = "ConditionExpression" in request or "Expected" in request
    return Written(key_text(name, key), conditional)


def _record_sets(parameters: Mapping[str, Any]) -> Iterator[Written]:
    zone = parameters["HostedZoneId"].rpartition("/")[2]
    for change in parameters["ChangeBatch"]["Changes"]:
        name = printable_key(record_set_key(change["ResourceRecordSet"]))
        yield Written(f"{zone}/{name}", change["Action"] != "UPSERT")


def _text(value: Mapping[str, Any]) -> str:
    raw = next(iter(value.values()), "")
    return base64.b64encode(raw).decode() if isinstance(raw, bytes) else str(raw)
