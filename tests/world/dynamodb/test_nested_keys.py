"""A key attribute is a scalar: no expression of any operation reaches into one of the table's key or of an index's.

AWS documents no message; this is the service's own, as the tests of dynalite and of Scylla's Alternator record it.
"""

from __future__ import annotations

from typing import Any

import pytest
from dynamo_calls import Dynamo, n, s

PROBLEM = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed"
KEY = {"pk": {"S": "a"}}
INDEX = {
    "IndexName": "by-holder",
    "KeySchema": [{"AttributeName": "holder", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "GetItem": ("GetItem", {"Key": KEY, "ProjectionExpression": "{}.x"}),
    "PutItem": ("PutItem", {"Item": KEY, "ConditionExpression": "attribute_not_exists({}.x)"}),
    "DeleteItem": ("DeleteItem", {"Key": KEY, "ConditionExpression": "attribute_exists({}[0])"}),
    "UpdateItem": (
        "UpdateItem",
        {"Key": KEY, "UpdateExpression": "REMOVE extra", "ConditionExpression": "attribute_exists({}.x)"},
    ),
    "Scan, filter": ("Scan", {"FilterExpression": "attribute_exists({}.x.y)"}),
    "Scan, projection": ("Scan", {"ProjectionExpression": "{}[0]"}),
    "Query": (
        "Query",
        {
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "{}.x",
        },
    ),
}


@pytest.fixture
def dynamo() -> Dynamo:
    made = Dynamo()
    made.create(definitions=[{"AttributeName": "holder", "AttributeType": "S"}], GlobalSecondaryIndexes=[INDEX])
    made.put({"pk": s("a"), "holder": s("ada"), "extra": {"M": {"x": n(1)}}})
    return made


def about(request: dict[str, Any], attribute: str) -> dict[str, Any]:
    """The request with its expressions about an attribute."""
    return {name: text.format(attribute) if isinstance(text, str) else text for name, text in request.items()}


@pytest.mark.parametrize(("attribute", "label"), [("pk", "Key: pk"), ("holder", "IndexKey: holder")])
@pytest.mark.parametrize("operation", REQUESTS)
def test_an_expression_that_reaches_into_a_key_is_refused(
    dynamo: Dynamo, operation: str, attribute: str, label: str
) -> None:
    name, request = REQUESTS[operation]
    assert dynamo.message(name, TableName="table", **about(request, attribute)) == f"{PROBLEM}: {label}"


@pytest.mark.parametrize("operation", [name for name in REQUESTS if name not in ("DeleteItem", "PutItem")])
def test_an_expression_that_reaches_into_any_other_attribute_is_not(dynamo: Dynamo, operation: str) -> None:
    name, request = REQUESTS[operation]
    dynamo(name, TableName="table", **about(request, "extra"))


def test_reads_of_several_items_are_refused_as_well(dynamo: Dynamo) -> None:
    keys = {"Keys": [KEY], "ProjectionExpression": "holder.x"}
    assert dynamo.message("BatchGetItem", RequestItems={"table": keys}) == f"{PROBLEM}: IndexKey: holder"
    get = {"Get": {"TableName": "table", "Key": KEY, "ProjectionExpression": "pk[0]"}}
    assert dynamo.message("TransactGetItems", TransactItems=[get]) == f"{PROBLEM}: Key: pk"
