"""Tables: made, described, listed, changed, deleted.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dynamo import Dynamo, Refusal, attribute_definitions, index, invalid, key_schema, refused

P = {"KeySchema": key_schema("p"), "AttributeDefinitions": attribute_definitions(p="S")}
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
INVALID = "One or more parameter values were invalid: "


def not_found(name: str) -> Refusal:
    """What is said of a table that is not there."""
    return Refusal("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")


def test_a_table_is_described_as_it_was_made(dynamo: Dynamo) -> None:
    table = dynamo.table("N")
    described = table.describe()
    assert described["TableName"] == table.name
    assert described["TableStatus"] == "ACTIVE"
    assert described["KeySchema"] == key_schema("p", "s")
    assert sorted(described["AttributeDefinitions"], key=str) == sorted(attribute_definitions(p="S", s="N"), key=str)
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["TableArn"].endswith(f":table/{table.name}")
    assert "GlobalSecondaryIndexes" not in described
    assert "LocalSecondaryIndexes" not in described


def test_a_description_counts_items(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({"p": {"S": "a"}})
    table.put({"p": {"S": "b"}})
    described = table.describe()
    assert (described["ItemCount"], described["TableSizeBytes"]) == (2, 4)


def test_provisioned_capacity_is_kept(dynamo: Dynamo) -> None:
    capacity = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 3}
    described = dynamo.table(BillingMode="PROVISIONED", ProvisionedThroughput=capacity).describe()
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 3


def test_indexes_are_described_as_they_were_made(dynamo: Dynamo) -> None:
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}
    described = dynamo.table(
        "S",
        types={"color": "S", "rank": "N"},
        GlobalSecondaryIndexes=[index("by-color", "color", "rank", projection)],
        LocalSecondaryIndexes=[index("by-rank", "p", "rank")],
    ).describe()
    [by_color], [by_rank] = described["GlobalSecondaryIndexes"], described["LocalSecondaryIndexes"]
    assert (by_color["IndexName"], by_color["KeySchema"]) == ("by-color", key_schema("color", "rank"))
    assert (by_color["Projection"], by_color["IndexStatus"]) == (projection, "ACTIVE")
    assert (by_rank["IndexName"], by_rank["KeySchema"]) == ("by-rank", key_schema("p", "rank"))
    assert by_rank["Projection"] == {"ProjectionType": "ALL"}


def test_a_name_is_taken_once(dynamo: Dynamo) -> None:
    table = dynamo.table()
    answer = refused(dynamo.dynamodb.create_table, TableName=table.name, **P, **ON_DEMAND)
    assert answer == Refusal("ResourceInUseException", f"Table already exists: {table.name}")


def test_a_deleted_table_is_gone(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({"p": {"S": "a"}})
    answer = dynamo.dynamodb.delete_table(TableName=table.name)
    assert answer["TableDescription"]["TableName"] == table.name
    dynamo.dynamodb.get_waiter("table_not_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1})
    assert refused(dynamo.dynamodb.describe_table, TableName=table.name) == not_found(table.name)
    dynamo.dynamodb.create_table(TableName=table.name, **P, **ON_DEMAND)
    dynamo.dynamodb.get_waiter("table_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1})
    assert table.scan()["Count"] == 0


def test_an_unknown_table_is_not_found(dynamo: Dynamo) -> None:
    name = dynamo.name()
    assert refused(dynamo.dynamodb.describe_table, TableName=name) == not_found(name)
    assert refused(dynamo.dynamodb.delete_table, TableName=name) == not_found(name)
    assert refused(dynamo.dynamodb.update_table, TableName=name, BillingMode="PAY_PER_REQUEST") == not_found(name)


def test_tables_are_listed_by_name_in_pages(dynamo: Dynamo) -> None:
    made = sorted(dynamo.table().name for _ in range(3))
    listed: list[str] = []
    start: dict[str, Any] = {}
    while True:
        answer = dynamo.dynamodb.list_tables(Limit=2, **start)
        assert len(answer["TableNames"]) <= 2
        listed += answer["TableNames"]
        if "LastEvaluatedTableName" not in answer:
            break
        start = {"ExclusiveStartTableName": answer["LastEvaluatedTableName"]}
    assert listed == sorted(listed)
    assert [name for name in listed if name in made] == made


def test_a_protected_table_is_not_deleted(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html#WorkingWithTables.Basics.DeletionProtection"""
    table = dynamo.table(DeletionProtectionEnabled=True)
    assert table.describe()["DeletionProtectionEnabled"] is True
    assert refused(dynamo.dynamodb.delete_table, TableName=table.name).code == "ValidationException"
    dynamo.dynamodb.update_table(TableName=table.name, DeletionProtectionEnabled=False)
    dynamo.dynamodb.delete_table(TableName=table.name)


def test_billing_may_be_changed(dynamo: Dynamo) -> None:
    table = dynamo.table()
    dynamo.dynamodb.update_table(
        TableName=table.name,
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 2},
    )
    described = table.describe()
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    assert described.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED") == "PROVISIONED"


def test_an_index_may_be_made_and_deleted_later(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({"p": {"S": "a"}, "color": {"S": "red"}})
    table.put({"p": {"S": "b"}})
    dynamo.dynamodb.update_table(
        TableName=table.name,
        AttributeDefinitions=attribute_definitions(p="S", color="S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("by-color", "color")}],
    )
    assert [one["p"]["S"] for one in table.scan(IndexName="by-color")["Items"]] == ["a"]
    dynamo.dynamodb.update_table(
        TableName=table.name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-color"}}]
    )
    assert refused(table.scan, IndexName="by-color") == invalid("The table does not have the specified index: by-color")


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("undefined key", {**P, "AttributeDefinitions": attribute_definitions(q="S")},
     INVALID + "Some index key attributes are not defined in AttributeDefinitions. Keys: [p], AttributeDefinitions: [q]"),
    ("unused definition", {**P, "AttributeDefinitions": attribute_definitions(p="S", q="S")},
     INVALID + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"),
    ("no capacity", {**P, "BillingMode": "PROVISIONED"},
     INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"),
    ("capacity on demand", {**P, **ON_DEMAND, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
     INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
    ("two partition keys", {"KeySchema": [*key_schema("p"), *key_schema("q")], "AttributeDefinitions": attribute_definitions(p="S", q="S")},
     "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
    ("sort key first", {"KeySchema": [{"AttributeName": "p", "KeyType": "RANGE"}], "AttributeDefinitions": attribute_definitions(p="S")},
     "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
    ("one name for both keys", {"KeySchema": key_schema("p", "p"), "AttributeDefinitions": attribute_definitions(p="S")},
     "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
    ("two indexes of a name", {"KeySchema": key_schema("p"), "AttributeDefinitions": attribute_definitions(p="S"), "GlobalSecondaryIndexes": [index("one", "p"), index("one", "p")]},
     INVALID + "Duplicate index name: one"),
    ("local index without a sort key", {**P, "LocalSecondaryIndexes": [index("one", "p", "p")]},
     INVALID + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"),
    ("local index of another partition", {"KeySchema": key_schema("p", "s"), "AttributeDefinitions": attribute_definitions(p="S", s="S"), "LocalSecondaryIndexes": [index("one", "s", "p")]},
     INVALID + "Index KeySchema does not have the same leading hash key as table KeySchema for index: one. index hash key: s, table hash key: p"),
    ("projection without attributes", {**P, "GlobalSecondaryIndexes": [index("one", "p", None, {"ProjectionType": "INCLUDE"})]},
     INVALID + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
    ("attributes of a whole projection", {**P, "GlobalSecondaryIndexes": [index("one", "p", None, {"ProjectionType": "ALL", "NonKeyAttributes": ["x"]})]},
     INVALID + "ProjectionType is ALL, but NonKeyAttributes is specified"),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "message"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_no_table_is_refused(dynamo: Dynamo, shape: dict[str, Any], message: str) -> None:
    """Messages as dynalite's tests recorded them from AWS."""
    request = {"TableName": dynamo.name(), **ON_DEMAND, **shape}
    assert refused(dynamo.dynamodb.create_table, **request) == invalid(message)
    assert refused(dynamo.dynamodb.describe_table, TableName=request["TableName"]).code == "ResourceNotFoundException"


def test_a_stream_needs_a_view(dynamo: Dynamo) -> None:
    request = {"TableName": dynamo.name(), **P, **ON_DEMAND, "StreamSpecification": {"StreamEnabled": True}}
    assert refused(dynamo.dynamodb.create_table, **request).code == "ValidationException"


@pytest.mark.parametrize("name", ["a!b", "sp ace"])
def test_names_have_their_letters(dynamo: Dynamo, name: str) -> None:
    answer = refused(dynamo.dynamodb.create_table, TableName=name, **P, **ON_DEMAND)
    assert answer.code == "ValidationException"
