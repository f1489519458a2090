"""Recorded changes of items over DynamoDB's API: put or delete an image, on the condition that the item is what it was recorded to be.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.world.aws.clients import THROTTLES
from twinstage.world.aws.retry import Retry
from twinstage.world.aws.wire import wire_of
from twinstage.world.interface import CONDITION_FAILED, CONDITION_FAILED_MESSAGE, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    import boto3

    from twinstage.model.item import Item
    from twinstage.world.aws.calls import Calls

# A condition may have 4 KB and 300 operators: of an item with more attributes, only so many are compared.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-expression-parameters
MOST_COMPARED = 120


class DynamoItemChanges:
    """Item changes through `calls`, which must repeat nothing by itself. `retry` says how often a throttled one is sent again."""

    def __init__(self, calls: Calls, *, retry: Retry | None = None) -> None:
        self.calls, self.retry = calls, retry or Retry()

    def change(
        self, table: str, key: Item, new: Item | None, *, old: Item | None = None, conditional: bool = False
    ) -> None:
        """Put `new`, or delete where there is none. `conditional`: only if the item is `old` (None: only if it is not there).

        Attributes that `old` does not have are not looked at. Raises Refused where the condition fails, AwsError where nobody knows what happened.
        """
        operation = "DeleteItem" if new is None else "PutItem"
        request = write_request(table, key, new, old) if conditional else _unconditional(table, key, new)
        self.retry.call(lambda: self._once(operation, request))

    def _once(self, operation: str, request: Mapping[str, Any]) -> None:
        try:
            self.calls.call(operation, request)
        except AwsError as error:
            if error.error == CONDITION_FAILED:
                raise Refused(CONDITION_FAILED, CONDITION_FAILED_MESSAGE) from error
            if error.retryable and error.error not in THROTTLES:
                raise AwsError("dynamodb", operation, error.error, "perhaps it was done") from error
            raise


def dynamo_item_changes(session: boto3.Session | None = None) -> DynamoItemChanges:
    """Item changes in the account whose credentials the environment, or `session`, has."""
    return DynamoItemChanges(wire_of(session, retry=Retry(attempts=1)))


def write_request(table: str, key: Item, new: Item | None, old: Item | None) -> dict[str, Any]:
    """A PutItem of `new`, or a DeleteItem where there is none, on the condition that the item is `old` (None: not there)."""
    return _unconditional(table, key, new) | _condition(key, old)


def _unconditional(table: str, key: Item, new: Item | None) -> dict[str, Any]:
    return {"TableName": table, **({"Key": key} if new is None else {"Item": new})}


def _condition(key: Item, old: Item | None) -> dict[str, Any]:
    """Names and values are placeholders: an attribute's name may be anything."""
    if old is None:
        return {"ConditionExpression": "attribute_not_exists(#k)", "ExpressionAttributeNames": {"#k": min(key)}}
    compared = sorted(old, key=lambda name: (name not in key, name))[:MOST_COMPARED]
    numbered = list(enumerate(compared))
    return {
        "ConditionExpression": " AND ".join(f"#a{n}=:a{n}" for n, _ in numbered),
        "ExpressionAttributeNames": {f"#a{n}": name for n, name in numbered},
        "ExpressionAttributeValues": {f":a{n}": old[name] for n, name in numbered},
    }
