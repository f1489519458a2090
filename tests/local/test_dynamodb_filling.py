"""A table that an import is still filling is CREATING: it can be described and listed, and nothing else."""

from __future__ import annotations

import io
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import eventually
from twinstage.local.dynamodb.tables import Tables
from twinstage.local.exact import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
IMPORT = {
    "S3BucketSource": {"S3Bucket": "source"},
    "InputFormat": "DYNAMODB_JSON",
    "TableCreationParameters": {"TableName": "filled", **KEYS},
}


class SlowS3:
    """An S3 with one object, which comes when it is let go."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def get_paginator(self, _: str) -> SlowS3:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Contents": [{"Key": "a"}]}]

    def get_object(self, **_: Any) -> dict[str, Any]:
        assert self.released.wait(30)
        return {"Body": io.BytesIO(b'{"Item": {"pk": {"S": "a"}}}')}


class Service:
    """The service of one engine, without its server."""

    def __init__(self) -> None:
        self.s3 = SlowS3()
        self.tables = Tables(lambda _account, _region: self.s3)

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        target, body = f"DynamoDB_20120810.{operation}", json.dumps(request).encode()
        answer = self.tables.service.answer(Request("222222222222", "us-east-1", "POST", "/", "", target, body))
        document: dict[str, Any] = json.loads(answer.body)
        return document

    def refused(self, operation: str, **request: Any) -> str:
        return str(self(operation, **request)["__type"]).partition("#")[2]


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.s3.released.set()
    made.tables.stop()


def test_it_answers_to_nobody_until_it_is_filled(service: Service) -> None:
    begun = service("ImportTable", **IMPORT)["ImportTableDescription"]
    item = {"pk": {"S": "b"}}

    assert service("DescribeTable", TableName="filled")["Table"]["TableStatus"] == "CREATING"
    assert service("ListTables")["TableNames"] == ["filled"]
    for operation, request in (
        ("PutItem", {"TableName": "filled", "Item": item}),
        ("Scan", {"TableName": begun["TableArn"]}),
        ("BatchWriteItem", {"RequestItems": {"filled": [{"PutRequest": {"Item": item}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "filled", "Item": item}}]}),
    ):
        assert service.refused(operation, **request) == "ResourceNotFoundException"
    for operation in ("DeleteTable", "UpdateTable"):
        assert service.refused(operation, TableName="filled") == "ResourceInUseException"

    service.s3.released.set()
    arn = {"ImportArn": begun["ImportArn"]}
    eventually(lambda: service("DescribeImport", **arn)["ImportTableDescription"]["ImportStatus"] == "COMPLETED")
    assert service("DescribeTable", TableName="filled")["Table"]["TableStatus"] == "ACTIVE"
    assert service("Scan", TableName="filled")["Items"] == [{"pk": {"S": "a"}}]


def test_other_tables_go_on_meanwhile(service: Service) -> None:
    service("ImportTable", **IMPORT)
    service("CreateTable", TableName="other", **KEYS)
    service("PutItem", TableName="other", Item={"pk": {"S": "b"}})

    assert service("GetItem", TableName="other", Key={"pk": {"S": "b"}})["Item"] == {"pk": {"S": "b"}}
