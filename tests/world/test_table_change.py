"""A table's way from one schema to another, request by request, held against a table that is made with the second one at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.world.memory import dynamodb
from twinstage.world.table_change import memory_shape, replaces, table_requests, twin_shape
from twinstage.world.table_form import creation, table_schema

if TYPE_CHECKING:
    from twinstage.world.memory.dynamodb import Database

TABLE = "orders"
ATTRIBUTES = ("customer", "placed", "state", "region")
ITEM = {"order": {"S": "o-1"}, "customer": {"S": "ada"}, "placed": {"S": "2026"}, "state": {"S": "open"}}


def index(name: str, attribute: str, projection: str = "ALL") -> dict[str, Any]:
    keys = [{"AttributeName": attribute, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": projection}}


def schema(
    indexes: tuple[dict[str, Any], ...] = (),
    *,
    key: str = "order",
    expiry: str = "",
    units: int = 0,
    recovers: bool = False,
) -> dict[str, Any]:
    """A schema in the form that snapshots keep; `units`: provisioned, for the table and its indexes, 0: on demand."""
    used = sorted({key, *(each["KeySchema"][0]["AttributeName"] for each in indexes)})
    throughput = {"ProvisionedThroughput": {"ReadCapacityUnits": units, "WriteCapacityUnits": units}} if units else {}
    return {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in used],
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "BillingMode": "PROVISIONED" if units else "PAY_PER_REQUEST",
        **throughput,
        **({"GlobalSecondaryIndexes": [{**each, **throughput} for each in indexes]} if indexes else {}),
        **({"TimeToLive": {"AttributeName": expiry}} if expiry else {}),
        **({"PointInTimeRecovery": True} if recovers else {}),
    }


def made(shape: dict[str, Any]) -> Database:
    """A database whose one table has this shape, and an item."""
    database = dynamodb.empty_database(account="111122223333", region="us-east-1")
    for operation, parameters in table_requests(TABLE, None, shape):
        database = sent(database, operation, parameters)
    key = shape["KeySchema"][0]["AttributeName"]
    return sent(database, "PutItem", {"TableName": TABLE, "Item": {key: {"S": "o-1"}, **ITEM}})


def sent(database: Database, operation: str, parameters: dict[str, Any]) -> Database:
    return dynamodb.execute(database, operation, parameters, now=0.0)[0]


def standing(database: Database) -> dict[str, Any]:
    """What DynamoDB tells of the table."""
    told = {
        name: dynamodb.execute(database, operation, {"TableName": TABLE}, now=0.0)[1][name]
        for operation, name in (
            ("DescribeTable", "Table"),
            ("DescribeTimeToLive", "TimeToLiveDescription"),
            ("DescribeContinuousBackups", "ContinuousBackupsDescription"),
        )
    }
    return memory_shape(
        table_schema(
            *list(told.values())[:1], expiry=told["TimeToLiveDescription"], backups=told["ContinuousBackupsDescription"]
        )
    )


# By name, as snapshots keep them.
indexes = st.lists(
    st.builds(
        index,
        st.sampled_from(("one", "two", "three")),
        st.sampled_from(ATTRIBUTES),
        st.sampled_from(("ALL", "KEYS_ONLY")),
    ),
    max_size=3,
    unique_by=lambda each: each["IndexName"],
).map(lambda found: tuple(sorted(found, key=lambda each: str(each["IndexName"]))))
schemas = st.builds(
    schema,
    indexes,
    key=st.sampled_from(("order", "order", "order", "customer")),
    expiry=st.sampled_from(("", "until")),
    units=st.sampled_from((0, 1, 2)),
    recovers=st.booleans(),
).map(memory_shape)


@settings(max_examples=60, deadline=None)
@given(before=schemas, after=schemas)
def test_the_requests_lead_to_a_table_as_it_would_be_made(before: dict[str, Any], after: dict[str, Any]) -> None:
    database = made(before)
    for operation, parameters in table_requests(TABLE, before, after):
        database = sent(database, operation, parameters)

    assert standing(database) == standing(made(after))
    assert table_requests(TABLE, standing(database), after) == []
    kept = dynamodb.execute(database, "Scan", {"TableName": TABLE}, now=0.0)[1]["Count"]
    assert kept == (0 if replaces(before, after) else 1)


@settings(max_examples=40, deadline=None)
@given(before=schemas, after=schemas, at=st.integers(0, 8))
def test_whoever_was_interrupted_asks_for_what_is_left(before: dict[str, Any], after: dict[str, Any], at: int) -> None:
    database, whole = made(before), table_requests(TABLE, before, after)
    for operation, parameters in whole[:at]:
        database = sent(database, operation, parameters)
    stands = standing(database) if TABLE in database.tables else None

    assert table_requests(TABLE, stands, after) == whole[at:]


def test_one_index_is_made_at_a_time_and_new_ones_come_before_old_ones_go() -> None:
    before = twin_shape(schema((index("by-state", "state"),)))
    after = twin_shape(schema((index("by-customer", "customer"), index("by-region", "region"))))

    updates = [parameters["GlobalSecondaryIndexUpdates"] for _, parameters in table_requests(TABLE, before, after)]

    assert [
        [(action, told["IndexName"]) for each in update for action, told in each.items()] for update in updates
    ] == [
        [("Create", "by-customer")],
        [("Create", "by-region")],
        [("Delete", "by-state")],
    ]


def test_an_index_that_is_altered_goes_and_is_made_again() -> None:
    before, after = schema((index("by-state", "state"),)), schema((index("by-state", "state", "KEYS_ONLY"),))
    told = [
        list(p["GlobalSecondaryIndexUpdates"][0])
        for _, p in table_requests(TABLE, twin_shape(before), twin_shape(after))
    ]
    assert told == [["Delete"], ["Create"]]


def test_another_key_makes_another_table() -> None:
    requests = table_requests(TABLE, twin_shape(schema()), twin_shape(schema(key="customer")))
    assert [operation for operation, _ in requests] == ["DeleteTable", "CreateTable"]


def test_a_stream_is_ended_and_begun_since_its_view_is_not_altered() -> None:
    streamed = [{**schema(), "StreamSpecification": {"StreamViewType": view}} for view in ("KEYS_ONLY", "NEW_IMAGE")]
    requests = table_requests(TABLE, *map(twin_shape, streamed))
    assert [parameters["StreamSpecification"]["StreamEnabled"] for _, parameters in requests] == [False, True]


def test_what_a_twins_table_does_not_have_asks_for_nothing() -> None:
    costly = {
        **schema(units=5),
        "SSESpecification": {"Enabled": True},
        "Tags": {"team": "shop"},
        "TableClass": "STANDARD",
    }
    assert table_requests(TABLE, twin_shape(schema()), twin_shape(costly)) == []
    request, _ = creation(TABLE, twin_shape(costly))
    assert "ProvisionedThroughput" not in request
