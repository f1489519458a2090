"""What the service refuses about tables, in its words, and what is not there at all.

Messages: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html, API_UpdateTable.html, and what the service answers.
"""

from __future__ import annotations

from typing import Any

import pytest
from dynamo_calls import Dynamo, definitions, index, key_schema, s, schema_of
from dynamo_calls import create_request as request

from twinstage.world.memory.dynamodb import Unsupported

INVALID = "One or more parameter values were invalid: "
INDEX_GONE = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "any"}}]}
STREAM = {"StreamSpecification": {"StreamEnabled": False}}
THROUGHPUT = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"TableName": "ab"}, "TableName must be at least 3 characters long and at most 255 characters long"),
        (
            {"TableName": "a" * 256},
            f"1 validation error detected: Value '{'a' * 256}' at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 255",
        ),
        (
            {"TableName": "no blanks"},
            "1 validation error detected: Value 'no blanks' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            {"BillingMode": "FREE"},
            "1 validation error detected: Value 'FREE' at 'billingMode' failed to satisfy constraint: Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]",
        ),
        (
            {"TableName": None, "KeySchema": None},
            (
                "2 validation errors detected: Value null at 'keySchema' failed to satisfy constraint: Member must not be null; "
                "Value null at 'tableName' failed to satisfy constraint: Member must not be null"
            ),
        ),
        (
            {"GlobalSecondaryIndexes": [index("bad name", "sk")]},
            "1 validation error detected: Value 'bad name' at 'globalSecondaryIndexes.1.member.indexName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            {"KeySchema": []},
            "1 validation error detected: Value '[]' at 'keySchema' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            {"LocalSecondaryIndexes": [index("l1", "pk", "sk")], "GlobalSecondaryIndexes": [index("g1", "sk")]},
            (
                "2 validation errors detected: Value 'g1' at 'globalSecondaryIndexes.1.member.indexName' failed to satisfy constraint: Member must have length greater than or equal to 3; "
                "Value 'l1' at 'localSecondaryIndexes.1.member.indexName' failed to satisfy constraint: Member must have length greater than or equal to 3"
            ),
        ),
        (
            {"BillingMode": "PROVISIONED"},
            INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        ),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
            INVALID
            + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"AttributeDefinitions": definitions("pk:S", "sk:N", "sk:S")},
            "Attribute Name is duplicated: sk",
        ),
        (
            {"AttributeDefinitions": definitions("pk:S")},
            INVALID
            + "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk, sk], AttributeDefinitions: [pk]",
        ),
        (
            {"AttributeDefinitions": definitions("pk:S", "sk:N", "x:S")},
            INVALID
            + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
        ),
        (
            {
                "AttributeDefinitions": definitions("pk:S", "sk:N", "x:S"),
                "GlobalSecondaryIndexes": [index("global", "sk")],
            },
            INVALID + "Some AttributeDefinitions are not used. AttributeDefinitions: [pk, sk, x], keys used: [pk, sk]",
        ),
        (
            {"KeySchema": key_schema("pk", "pk")},
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            {"KeySchema": key_schema("pk", "sk")[::-1]},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            {"KeySchema": key_schema("pk") + key_schema("sk")},
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        ),
        ({"GlobalSecondaryIndexes": []}, INVALID + "List of GlobalSecondaryIndexes is empty"),
        ({"LocalSecondaryIndexes": []}, INVALID + "List of LocalSecondaryIndexes is empty"),
        (
            {"GlobalSecondaryIndexes": [index("same", "sk"), index("same", "sk")]},
            INVALID + "Duplicate index name: same",
        ),
        (
            {"LocalSecondaryIndexes": [index("same", "pk", "sk")], "GlobalSecondaryIndexes": [index("same", "sk")]},
            INVALID + "Duplicate index name: same",
        ),
        (
            {"GlobalSecondaryIndexes": [{**index("global", "sk"), "Projection": {}}]},
            INVALID + "Unknown ProjectionType: null",
        ),
        (
            {"GlobalSecondaryIndexes": [index("global", "sk", projection="INCLUDE")]},
            INVALID + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index("global", "sk", included=["x"])]},
            INVALID + "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index("global", "sk", projection="INCLUDE", included=["x", "x"])]},
            INVALID + "Duplicate element in NonKeyAttributes: x",
        ),
        (
            {
                "GlobalSecondaryIndexes": [
                    index(f"global{part}", "sk", projection="INCLUDE", included=[f"{part}-{i}" for i in range(20)])
                    for part in range(6)
                ]
            },
            INVALID + "Number of NonKeyAttributes across all secondary indexes exceeds the per-table limit of 100",
        ),
        (
            {
                "GlobalSecondaryIndexes": [
                    {
                        **index("global", "sk"),
                        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
                    }
                ]
            },
            INVALID
            + "ProvisionedThroughput should not be specified for index: global when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"GlobalSecondaryIndexes": [index(f"global{i}", "sk") for i in range(21)]},
            INVALID + "GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            {"LocalSecondaryIndexes": [index(f"local{i}", "pk", "sk") for i in range(6)]},
            INVALID + "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
        ),
        (
            {"LocalSecondaryIndexes": [index("local", "pk")]},
            INVALID + "Index KeySchema does not have a range key for index: local",
        ),
        (
            {"LocalSecondaryIndexes": [index("local", "sk", "pk")]},
            INVALID
            + "Index KeySchema does not have the same leading hash key as table KeySchema for index: local. index hash key: sk, table hash key: pk",
        ),
        (
            {**schema_of("pk:S"), "LocalSecondaryIndexes": [index("local", "pk", "pk")]},
            INVALID
            + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True}},
            INVALID + "Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}},
            INVALID + "Table is being created with a stream disabled, UpdateViewType should not be specified",
        ),
    ],
)
def test_a_wrong_table_is_refused_with_the_service_s_words(changes: dict[str, Any], message: str) -> None:
    dynamo = Dynamo()
    assert dynamo.message("CreateTable", **request(**changes)) == message


def test_a_table_s_key_has_at_most_two_attributes() -> None:
    schema = {
        "AttributeDefinitions": definitions("a:S", "b:S", "c:S"),
        "KeySchema": [*key_schema("a", "b"), {"AttributeName": "c", "KeyType": "RANGE"}],
    }
    text = Dynamo().message("CreateTable", **request(**schema))
    assert text.endswith("at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2")


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"SSESpecification": {"Enabled": True}, **STREAM},
            "Server-Side Encryption modification must be the only operation in the request",
        ),
        ({"TableClass": "STANDARD", **STREAM}, "TableClass modification must be the only operation in the request"),
        (
            {"DeletionProtectionEnabled": True, "BillingMode": "PAY_PER_REQUEST"},
            "DeletionProtection modification must be the only operation in the request",
        ),
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": 1}, **STREAM},
            "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
        ),
        ({**STREAM, **THROUGHPUT}, "You cannot modify stream status while updating table IOPS"),
        ({**INDEX_GONE, **THROUGHPUT}, "You cannot create or delete index while updating table IOPS"),
        ({**INDEX_GONE, **STREAM}, "You cannot create or delete index while changing stream status"),
    ],
)
def test_some_things_are_updated_one_at_a_time(request_: dict[str, Any], text: str) -> None:
    dynamo = Dynamo()
    dynamo.create()
    assert dynamo.message("UpdateTable", TableName="table", **request_) == INVALID + text


@pytest.mark.parametrize(
    ("encryption", "text"),
    [
        ({"Enabled": True, "SSEType": "AES256"}, "SSEType AES256 is not supported"),
        ({"Enabled": False, "SSEType": "KMS"}, "SSEType can not be specified if Enabled is false"),
        ({"Enabled": False, "KMSMasterKeyId": "k"}, "KMSMasterKeyId can not be specified if Enabled is false"),
        ({"Enabled": True, "KMSMasterKeyId": "k"}, "SSEType KMS is required if KMSMasterKeyId is specified"),
    ],
)
def test_wrong_encryption_is_refused(encryption: dict[str, Any], text: str) -> None:
    assert Dynamo().message("CreateTable", **request(SSESpecification=encryption)) == INVALID + text


def test_on_demand_limits_are_for_on_demand_tables() -> None:
    wrong = request(
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        OnDemandThroughput={"MaxReadRequestUnits": 1},
    )
    text = "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
    assert Dynamo().message("CreateTable", **wrong) == INVALID + text


def test_a_global_index_has_its_hash_attributes_first_and_at_most_four_in_a_role() -> None:
    def several(*roles: str) -> str:
        names = [f"n{number}" for number in range(len(roles))]
        elements = [{"AttributeName": name, "KeyType": role} for name, role in zip(names, roles, strict=True)]
        return Dynamo().message(
            "CreateTable",
            **request(
                AttributeDefinitions=definitions("pk:S", "sk:N", *(f"{name}:S" for name in names)),
                GlobalSecondaryIndexes=[{**index("global", "n0"), "KeySchema": elements}],
            ),
        )

    text = "All HASH key attributes must precede RANGE key attributes in the KeySchema"
    assert several("HASH", "RANGE", "HASH") == INVALID + text
    assert several("RANGE") == "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
    for roles, role in ((["HASH"] * 5, "HASH"), (["HASH", *["RANGE"] * 5], "RANGE")):
        text = f"The KeySchema exceeds the maximum allowed number of {role} key attributes"
        assert several(*roles) == INVALID + text


@pytest.mark.parametrize(
    ("operation", "request_", "what"),
    [
        ("ExecuteStatement", {"Statement": "SELECT * FROM t"}, "ExecuteStatement"),
        ("CreateBackup", {}, "CreateBackup"),
        ("NoSuchOperation", {}, "NoSuchOperation"),
        ("PutItem", {"TableName": "table", "Item": {"pk": s("a")}, "Expected": {}}, "PutItem.Expected"),
        ("Scan", {"TableName": "table", "AttributesToGet": ["pk"]}, "Scan.AttributesToGet"),
        ("UpdateTable", {"TableName": "table", "ReplicaUpdates": [{}]}, "UpdateTable.ReplicaUpdates"),
    ],
)
def test_what_is_not_there_is_named_and_never_ignored(operation: str, request_: dict[str, Any], what: str) -> None:
    dynamo = Dynamo()
    dynamo.create()
    with pytest.raises(Unsupported) as caught:
        dynamo(operation, **request_)
    assert caught.value.what == what


def test_an_index_setting_that_is_not_there_is_named() -> None:
    with pytest.raises(Unsupported, match="WarmThroughput"):
        Dynamo()(
            "CreateTable",
            **request(GlobalSecondaryIndexes=[{**index("global", "sk"), "WarmThroughput": {"ReadUnitsPerSecond": 1}}]),
        )
