"""Tables rebuilt from recorded writes: the snapshot's items, and every write that a handler or the log made, carried out by the exact rules.

Where something was written that no recorded call tells, or that the exact rules do not have, tables are not rebuilt, and that is told.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.item import canonical_item, from_client, item_key
from twinstage.model.timestamp import epoch_s
from twinstage.world.memory import dynamodb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.model.item import Item
    from twinstage.world.memory.dynamodb import Database

READS = frozenset({"BatchGetItem", "DescribeTable", "GetItem", "ListTables", "Query", "Scan", "TransactGetItems"})
MALFORMED = "ValidationException"
"""What the exact rules say of parameters that AWS took, where they were not recorded as AWS was given them."""


@dataclass(frozen=True)
class TablesRebuilt:
    """What became of it: how many tables, where the rebuilt ones differ from what the arm ended with, and why none was rebuilt, where that is so."""

    tables: int = 0
    differences: tuple[str, ...] = ()
    untold: str = ""


def tables_rebuilt(
    start: Database, outcomes: Iterable[Mapping[str, Any]], final: Mapping[str, Iterable[Item]]
) -> TablesRebuilt:
    """Carry out every recorded write over `start`, and hold the result against `final`: the items in JSON form of each table that was captured."""
    database = start
    for outcome in outcomes:
        if outcome["calls"] is None:
            return TablesRebuilt(untold=f"nobody knows what {outcome['event']} wrote")
        for call in outcome["calls"]:
            if call["service"] != "dynamodb" or call["operation"] in READS or call["outcome"] != "success":
                continue
            if "StreamSpecification" in call["parameters"] and call["operation"] == "UpdateTable":
                # A stream is begun and ended alone, and `start` has none.
                continue
            try:
                request = client_form(call["parameters"])
                database, _ = dynamodb.execute(database, call["operation"], request, now=epoch_s(outcome["timestamp"]))
            except dynamodb.DynamoRefused as refused:
                if refused.error == MALFORMED:
                    return TablesRebuilt(untold=_again(call, outcome, refused.message))
                place = f"{call['operation']} of {outcome['event']}"
                return TablesRebuilt(
                    len(final), (f"{place}: the exact rules refuse what was taken: {refused.message}",)
                )
            except (dynamodb.Unsupported, ValueError, TypeError, KeyError) as error:
                return TablesRebuilt(untold=_again(call, outcome, error))
    return TablesRebuilt(len(final), tuple(_differences(database, final)))


def _again(call: Mapping[str, Any], outcome: Mapping[str, Any], reason: object) -> str:
    return f"{call['operation']} of {outcome['event']} cannot be carried out again: {reason}"


def client_form(value: Any) -> Any:
    """Recorded parameters as a client would be given them: the base64 of binary attribute values becomes bytes."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((kind, content),) = value.items()
            if kind == "B" and isinstance(content, str):
                return {kind: base64.b64decode(content)}
            if kind == "BS" and isinstance(content, list):
                return {kind: [base64.b64decode(element) for element in content]}
        return {name: client_form(content) for name, content in value.items()}
    return [client_form(element) for element in value] if isinstance(value, list) else value


def _differences(database: Database, final: Mapping[str, Iterable[Item]]) -> Iterator[str]:
    for name in sorted(final):
        if name not in database.tables:
            yield f"{name}: the table is not among the rebuilt ones"
            continue
        schema = dynamodb.execute(database, "DescribeTable", {"TableName": name}, now=0.0)[1]["Table"]["KeySchema"]
        held = {item_key(item, schema): canonical_item(item) for item in _items(database, name)}
        captured = {item_key(item, schema): canonical_item(item) for item in final[name]}
        for key in sorted(held.keys() | captured.keys()):
            if held.get(key) != captured.get(key):
                yield f"{name}: {key.decode(errors='replace')}"


def _items(database: Database, table: str) -> Iterator[Item]:
    request: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    while True:
        _, page = dynamodb.execute(database, "Scan", request, now=0.0)
        yield from map(from_client, page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        request = {**request, "ExclusiveStartKey": page["LastEvaluatedKey"]}
