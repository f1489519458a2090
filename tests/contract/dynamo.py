"""What a specification test holds: one implementation of DynamoDB through boto3, tables of its own, and the words for refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.contract.deviations import GIVEN_BY, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Item = dict[str, Any]
KEYS_ONLY, ALL = {"ProjectionType": "KEYS_ONLY"}, {"ProjectionType": "ALL"}
CONDITION_FAILED = Refusal("ConditionalCheckFailedException", "The conditional request failed")


def refused(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> Refusal:
    """What the service answers to a call that it must refuse."""
    return refusal(refused_response(call, *arguments, **parameters))


def refused_response(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> dict[str, Any]:
    """The whole answer to a call that the service must refuse, with the error's own members."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    return dict(caught.value.response)


def refusal(response: dict[str, Any]) -> Refusal:
    """Code, message and giver of an error's answer."""
    error = response["Error"]
    return Refusal(error["Code"], error.get("Message", ""), error.get(GIVEN_BY, ""))


def invalid(message: str) -> Refusal:
    """A validation error with that message."""
    return Refusal("ValidationException", message)


def index(name: str, partition: str, sort: str | None = None, projection: Any = None) -> dict[str, Any]:
    """A secondary index; it projects everything unless told otherwise."""
    return {"IndexName": name, "KeySchema": key_schema(partition, sort), "Projection": projection or ALL}


def key_schema(partition: str, sort: str | None = None) -> list[dict[str, str]]:
    """A key schema in the API's form."""
    keys = [{"AttributeName": partition, "KeyType": "HASH"}]
    return keys if sort is None else [*keys, {"AttributeName": sort, "KeyType": "RANGE"}]


def attribute_definitions(**types: str) -> list[dict[str, str]]:
    """Attribute definitions in the API's form."""
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


@dataclass(frozen=True)
class Table:
    """A table of one test. Items and keys are DynamoDB JSON, with bytes for B."""

    client: Any
    name: str

    def put(self, item: Item, **more: Any) -> dict[str, Any]:
        return dict(self.client.put_item(TableName=self.name, Item=item, **more))

    def get(self, key: Item, **more: Any) -> Item | None:
        """The item, or None where there is none."""
        return self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True, **more).get("Item")

    def delete(self, key: Item, **more: Any) -> dict[str, Any]:
        return dict(self.client.delete_item(TableName=self.name, Key=key, **more))

    def update(self, key: Item, expression: str, values: Item | None = None, **more: Any) -> dict[str, Any]:
        given = {"ExpressionAttributeValues": values} if values is not None else {}
        return dict(self.client.update_item(TableName=self.name, Key=key, UpdateExpression=expression, **given, **more))

    def updated(self, item: Item, expression: str, values: Item | None = None, **more: Any) -> Item | None:
        """The item after an update of it as it is given."""
        self.put(item)
        self.update({"p": item["p"]}, expression, values, **more)
        return self.get({"p": item["p"]})

    def query(self, condition: str, values: Item, **more: Any) -> dict[str, Any]:
        return dict(
            self.client.query(
                TableName=self.name, KeyConditionExpression=condition, ExpressionAttributeValues=values, **more
            )
        )

    def scan(self, **more: Any) -> dict[str, Any]:
        return dict(self.client.scan(TableName=self.name, **more))

    def all(self, operation: str = "scan", **parameters: Any) -> list[Item]:
        """Every item of a scan or a query, over all its pages."""
        pages = self.client.get_paginator(operation).paginate(TableName=self.name, **parameters)
        return [item for page in pages for item in page["Items"]]

    def holds(self, item: Item, condition: str, values: Item | None = None, **more: Any) -> bool:
        """Whether a condition holds of an item; it must have the partition key alone."""
        self.put(item)
        given = {"ExpressionAttributeValues": values} if values is not None else {}
        try:
            self.delete({"p": item["p"]}, ConditionExpression=condition, **given, **more)
        except ClientError as error:
            if refusal(dict(error.response)) != CONDITION_FAILED:
                raise
            return False
        return True

    def describe(self) -> dict[str, Any]:
        return dict(self.client.describe_table(TableName=self.name)["Table"])


@dataclass
class Dynamo:
    """One implementation of DynamoDB. `dynamodb` and `streams` are its boto3 clients."""

    implementation: str
    dynamodb: Any
    streams: Any
    _numbers: Iterator[int] = field(default_factory=count)
    _prefix: str = field(default_factory=lambda: f"contract-{uuid4().hex[:8]}")

    def name(self) -> str:
        """A table name that nobody uses."""
        return f"{self._prefix}-{next(self._numbers)}"

    def table(self, sort: str | None = None, *, partition: str = "S", **shape: Any) -> Table:
        """A new, active, empty table with the key `p`, and `s` when `sort` gives it a type. `shape`: what CreateTable takes besides."""
        types = {"p": partition, **({"s": sort} if sort else {}), **shape.pop("types", {})}
        request = {
            "TableName": self.name(),
            "KeySchema": key_schema("p", "s" if sort else None),
            "AttributeDefinitions": attribute_definitions(**types),
            "BillingMode": "PAY_PER_REQUEST",
            **shape,
        }
        self.dynamodb.create_table(**request)
        self.dynamodb.get_waiter("table_exists").wait(
            TableName=request["TableName"], WaiterConfig={"Delay": 1, "MaxAttempts": 10}
        )
        return Table(self.dynamodb, request["TableName"])
