"""DynamoDB's expression language: conditions and filters, key conditions, updates, projections.

Pure: no clock, no tables, no requests; only texts, placeholders and items in stored form (`values.stored_item`). Imports `values`, `numbers` and `errors` only.
Every ValidationException has DynamoDB's own message. A text that was seen before with the same names and kinds of values is not parsed again.
"""

from __future__ import annotations

from twinstage.world.memory.dynamodb.expressions.conditions import Condition, parse_condition
from twinstage.world.memory.dynamodb.expressions.key_conditions import KeyCondition, parse_key_condition
from twinstage.world.memory.dynamodb.expressions.placeholders import Placeholders, UsedPlaceholders
from twinstage.world.memory.dynamodb.expressions.projections import Projection, parse_projection
from twinstage.world.memory.dynamodb.expressions.updates import Update, UpdateResult, parse_update

__all__ = [
    "Condition",
    "KeyCondition",
    "Placeholders",
    "Projection",
    "Update",
    "UpdateResult",
    "UsedPlaceholders",
    "parse_condition",
    "parse_key_condition",
    "parse_projection",
    "parse_update",
]
