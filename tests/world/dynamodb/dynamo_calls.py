"""Calls on a database as a value, kept between them, and short ways to write attribute values and schemas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.world.memory.dynamodb import Database, DynamoRefused, empty_database, execute

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT, REGION = "123456789012", "eu-west-1"
START = 1_700_000_000.0


@dataclass
class Dynamo:
    """The database after the calls so far. `now` is in seconds since the epoch; a test moves it."""

    database: Database = field(default_factory=lambda: empty_database(account=ACCOUNT, region=REGION))
    now: float = START

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        self.database, response = execute(self.database, operation, request, now=self.now)
        return response

    def refusal(self, operation: str, **request: Any) -> DynamoRefused:
        """The refusal of a call, which must leave the database as it was."""
        with pytest.raises(DynamoRefused) as caught:
            execute(self.database, operation, request, now=self.now)
        return caught.value

    def message(self, operation: str, **request: Any) -> str:
        """The text of a call's ValidationException."""
        refused = self.refusal(operation, **request)
        assert refused.error == "ValidationException"
        return refused.message

    def create(self, name: str = "table", *keys: str, **more: Any) -> None:
        """Create a table whose keys are `name:type`, the partition key first; `pk:S` by default."""
        schema = schema_of(*keys or ("pk:S",))
        definitions = [*schema["AttributeDefinitions"], *more.pop("definitions", ())]
        self(
            "CreateTable",
            TableName=name,
            **{"BillingMode": "PAY_PER_REQUEST", **schema, "AttributeDefinitions": definitions, **more},
        )

    def put(self, item: Mapping[str, Any], table: str = "table", **more: Any) -> dict[str, Any]:
        return self("PutItem", TableName=table, Item=item, **more)

    def get(self, key: Mapping[str, Any], table: str = "table", **more: Any) -> Any:
        return self("GetItem", TableName=table, Key=key, **more).get("Item")


def s(text: str) -> dict[str, str]:
    return {"S": text}


def n(number: float | str) -> dict[str, str]:
    return {"N": str(number)}


def definitions(*keys: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": type_} for name, type_ in (key.split(":") for key in keys)]


def key_schema(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": role} for name, role in zip(names, ("HASH", "RANGE"), strict=False)]


def schema_of(*keys: str) -> dict[str, Any]:
    names = [key.split(":")[0] for key in keys]
    return {"AttributeDefinitions": definitions(*keys), "KeySchema": key_schema(*names)}


def index(name: str, *names: str, projection: str = "ALL", included: list[str] | None = None) -> dict[str, Any]:
    shown: dict[str, Any] = {"ProjectionType": projection}
    if included is not None:
        shown["NonKeyAttributes"] = included
    return {"IndexName": name, "KeySchema": key_schema(*names), "Projection": shown}


def create_request(**changes: Any) -> dict[str, Any]:
    """A good CreateTable request of a table with a partition and a sort key, with some members changed."""
    return {"TableName": "table", "BillingMode": "PAY_PER_REQUEST", **schema_of("pk:S", "sk:N"), **changes}
