"""Tables in memory behind DynamoDB's requests: the exact rules, where a test needs what writes items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.state.production_parts import SCHEMA
from twinstage.model.errors import AwsError
from twinstage.model.item import canonical_item, from_client
from twinstage.validate.tables_rebuilt import client_form
from twinstage.world.memory import dynamodb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.item import Item


class MemoryCalls:
    """DynamoDB requests in JSON form, answered by the exact rules. `sent` are the operations; `failing` are raised first, one a request."""

    threads = 1

    def __init__(self, *tables: str) -> None:
        self.database = dynamodb.empty_database(account="111111111111", region="us-east-1")
        self.sent: list[str] = []
        self.failing: list[AwsError] = []
        for table in tables:
            self.database, _ = dynamodb.execute(self.database, "CreateTable", {"TableName": table, **SCHEMA}, now=0.0)

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.sent.append(operation)
        if self.failing:
            raise self.failing.pop(0)
        try:
            self.database, answer = dynamodb.execute(self.database, operation, client_form(dict(request)), now=0.0)
        except dynamodb.DynamoRefused as refused:
            raise AwsError("dynamodb", operation, refused.error, refused.message) from refused
        return answer

    def items(self, table: str) -> list[Item]:
        """What a table holds."""
        found = dynamodb.execute(self.database, "Scan", {"TableName": table}, now=0.0)[1]["Items"]
        return [canonical_item(from_client(item)) for item in found]
