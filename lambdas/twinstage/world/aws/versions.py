"""Numbered versions in DynamoDB: one item a version, written on the condition that nobody has written it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from twinstage.model.canonical import canonical_json
from twinstage.world.aws.clients import aws_errors
from twinstage.world.versions import FIRST, as_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TABLE: Final[dict[str, Any]] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "version", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "version", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
"""The table, as CreateTable takes it with a name."""


class DynamoVersions:
    """Versions in a table of the form TABLE: `{"id", "version", "document": canonical JSON as a text}`.

    Every read is consistent. An item is never changed or removed, so a version whose predecessor is there has it for good, and one conditional put decides between writers.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
    """

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb, self.table = dynamodb, table

    def write(self, id_: str, version: int, document: Mapping[str, Any]) -> bool:
        """See `Versions`. An item holds up to 400 KB, far above what a version has: what is large is kept elsewhere, under its digest."""
        if version != FIRST and self.read(id_, version - 1) is None:
            return False
        text = canonical_json(dict(document)).decode()
        item = self._key(id_, version) | {"document": {"S": text}}
        with aws_errors("dynamodb", "PutItem"):
            try:
                # botocore repeats a put whose answer was lost: then the item that is in its way is its own.
                self.dynamodb.put_item(TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(id)")
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                return self._text(id_, version) == text
        return True

    def read(self, id_: str, version: int) -> dict[str, Any] | None:
        """See `Versions`."""
        text = self._text(id_, version)
        return None if text is None else as_object(text, f"{self.table}/{id_}/{version}")

    def newest(self, id_: str) -> dict[str, Any] | None:
        """See `Versions`."""
        return next(self._query(id_, ScanIndexForward=False, Limit=1), None)

    def all(self, id_: str) -> Iterator[dict[str, Any]]:
        """See `Versions`."""
        yield from self._query(id_)

    def ids(self) -> Iterator[str]:
        """See `Versions`. Scans the table: it has as many items as all twins together have had versions."""
        request = {
            "TableName": self.table,
            "ConsistentRead": True,
            "FilterExpression": "version = :first",
            "ExpressionAttributeValues": {":first": {"N": str(FIRST)}},
            "ProjectionExpression": "id",
        }
        with aws_errors("dynamodb", "Scan"):
            pages = self.dynamodb.get_paginator("scan").paginate(**request)
            yield from sorted(item["id"]["S"] for page in pages for item in page["Items"])

    def _query(self, id_: str, **more: Any) -> Iterator[dict[str, Any]]:
        request = {
            "TableName": self.table,
            "ConsistentRead": True,
            "KeyConditionExpression": "id = :id",
            "ExpressionAttributeValues": {":id": {"S": id_}},
            **more,
        }
        with aws_errors("dynamodb", "Query"):
            for page in self.dynamodb.get_paginator("query").paginate(**request):
                for item in page["Items"]:
                    yield as_object(item["document"]["S"], f"{self.table}/{id_}/{item['version']['N']}")

    def _text(self, id_: str, version: int) -> str | None:
        with aws_errors("dynamodb", "GetItem"):
            answer = self.dynamodb.get_item(TableName=self.table, Key=self._key(id_, version), ConsistentRead=True)
        return str(answer["Item"]["document"]["S"]) if "Item" in answer else None

    @staticmethod
    def _key(id_: str, version: int) -> dict[str, Any]:
        return {"id": {"S": id_}, "version": {"N": str(version)}}
