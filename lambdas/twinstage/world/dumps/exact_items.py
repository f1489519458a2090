"""Whether DynamoDB holds an item: asked of the exact DynamoDB in memory, which says so in the service's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.item import to_client
from twinstage.world.memory.dynamodb import DynamoRefused, empty_database, execute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.item import Item


class ExactItems:
    """What a table of this name and these keys would hold. Raises DynamoRefused where DynamoDB would not make such a table.

    Indexes are not asked: an item that an index added later cannot take stays in its table.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
    """

    def __init__(self, table: str, schema: Mapping[str, Any]) -> None:
        self._table = table
        keys = {element["AttributeName"] for element in schema["KeySchema"]}
        request = {
            "TableName": table,
            "KeySchema": schema["KeySchema"],
            "AttributeDefinitions": [d for d in schema["AttributeDefinitions"] if d["AttributeName"] in keys],
            "BillingMode": "PAY_PER_REQUEST",
        }
        self._empty, _ = execute(empty_database(account="0" * 12, region="us-east-1"), "CreateTable", request, now=0)

    def fault(self, item: Item) -> str | None:
        """How PutItem would refuse an item in JSON form; None where it would take it."""
        try:
            execute(self._empty, "PutItem", {"TableName": self._table, "Item": to_client(item)}, now=0)
        except DynamoRefused as refused:
            return f"DynamoDB refuses it: {refused.error}: {refused.message}"
        return None
