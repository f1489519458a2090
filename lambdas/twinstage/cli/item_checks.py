"""What the schema cannot say of invariants of kind `items`: that DynamoDB would take their expressions, and that what they refer to is captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.item_invariant import items_of
from twinstage.model.validation import schema_violations
from twinstage.world.memory.dynamodb import DynamoRefused
from twinstage.world.memory.dynamodb.expressions import Placeholders, UsedPlaceholders, parse_condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.cli.scenario_checks import ScenarioChecker

EXPRESSIONS = ("condition", "where")


def check_items(checker: ScenarioChecker) -> None:
    """Note every problem of these invariants."""
    tables = set(checker.captured("tables"))
    for index, entry in checker.invariants():
        if entry.get("kind") != "items" or schema_violations("scenario", entry, part="items_invariant"):
            continue
        refers = entry.get("refers_to", {})
        if refers and refers["table"] not in tables:
            message = f"{refers['table']} is not captured"
            checker.problem(("invariants", index, "refers_to", "table"), message, "add it to capture.tables")
        _expressions(checker, index, entry)


def _expressions(checker: ScenarioChecker, index: int, entry: Mapping[str, Any]) -> None:
    asked = items_of(entry)
    try:
        placeholders = Placeholders(asked.names, asked.values)
    except DynamoRefused as refused:
        checker.problem(("invariants", index, "placeholders"), refused.message)
        return
    used, sound = UsedPlaceholders(placeholders), True
    for member in EXPRESSIONS:
        try:
            if member in entry:
                parse_condition(entry[member], placeholders, used)
        except DynamoRefused as refused:
            sound = False
            checker.problem(
                ("invariants", index, member), refused.message, "write it as DynamoDB's ConditionExpression"
            )
    try:
        if sound:
            used.refuse_unused()
    except DynamoRefused as refused:
        checker.problem(("invariants", index, "placeholders"), refused.message, "leave out what no expression uses")
