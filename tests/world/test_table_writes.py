"""Tables that are written: one suite over requests of our own and over boto3's client, on the memory world, on loopback and on the embedded AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.credentials import Credentials

from tests.state.faulty_dynamodb import Faults, faulty, patient
from tests.state.table_samples import SCHEMA, some_items
from twinstage.model.errors import AwsError
from twinstage.model.item import canonical_item
from twinstage.world.aws.calls import ClientCalls
from twinstage.world.aws.tables import DynamoTables, dynamo_tables
from twinstage.world.aws.wire import Wire, wire_of
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world.conftest import Aws
    from twinstage.model.item import Item

KEY = SCHEMA["KeySchema"]


@dataclass
class World:
    """An empty table of one world, and the way to it."""

    tables: DynamoTables
    table: str

    def held(self) -> list[Item]:
        """What it holds, in the order of the sort key, as any reader may spell it."""
        return sorted(map(canonical_item, self.tables.scan(self.table)), key=lambda item: int(item["sk"]["N"]))


def create(client: Any, name: str) -> str:
    client.create_table(
        TableName=name,
        KeySchema=KEY,
        AttributeDefinitions=SCHEMA["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def memory() -> Iterator[World]:
    with answering(MemoryAws(clock=lambda: 1_792_065_600.0)):
        client = boto3.client("dynamodb")
        yield World(DynamoTables(client), create(client, "plans"))
        client.close()


@pytest.fixture
def loopback() -> Iterator[World]:
    with faulty() as dynamo:
        dynamo.create("plans", SCHEMA)
        yield World(dynamo.wire(threads=8), "plans")


@pytest.fixture
def loopback_over_boto3() -> Iterator[World]:
    with faulty() as dynamo:
        dynamo.create("plans", SCHEMA)
        tables = dynamo.boto3()
        yield World(tables, "plans")
        tables.dynamodb.close()


@pytest.fixture
def embedded(aws: Aws) -> World:
    client = aws.client("dynamodb")
    key, secret = aws.running.keys[aws.running.accounts["production"]]
    wire = Wire(client.meta.endpoint_url, aws.running.region, lambda: Credentials(key, secret))
    return World(DynamoTables(client, calls=wire), create(client, aws.name("plans")))


@pytest.fixture(params=["memory", "loopback", "loopback_over_boto3", "embedded"])
def world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(request.param)
    return found


def canonical(items: list[Item]) -> list[Item]:
    return sorted(map(canonical_item, items), key=lambda item: int(item["sk"]["N"]))


def keys(items: list[Item]) -> list[Item]:
    return [{name: item[name] for name in ("pk", "sk")} for item in items]


def test_items_of_every_type_are_read_back_as_they_were_written_and_writing_again_changes_nothing(world: World) -> None:
    items = some_items(130)
    assert world.tables.write(world.table, iter(items)) == 130
    assert world.held() == canonical(items)
    assert world.tables.write(world.table, items) == 130
    assert world.held() == canonical(items)


def test_an_item_that_is_written_again_is_replaced_as_a_whole(world: World) -> None:
    world.tables.write(world.table, some_items(3))
    changed = [{**key, "now": {"BOOL": True}} for key in keys(some_items(3))]
    world.tables.write(world.table, changed)
    assert world.held() == canonical(changed)


def test_items_are_deleted_by_their_keys_and_those_that_are_not_there_are_no_error(world: World) -> None:
    items = some_items(60)
    world.tables.write(world.table, items)
    assert world.tables.delete(world.table, keys([*items[:40], *some_items(70)[60:]])) == 50
    assert world.held() == canonical(items[40:])


def test_a_table_is_empty_until_something_is_in_it(world: World) -> None:
    assert world.tables.is_empty(world.table)
    world.tables.write(world.table, some_items(1))
    assert not world.tables.is_empty(world.table)
    world.tables.delete(world.table, keys(some_items(1)))
    assert world.tables.is_empty(world.table)


def test_nothing_is_asked_where_there_is_nothing_to_do(world: World) -> None:
    assert world.tables.write("no-such-table", []) == 0
    assert world.tables.delete("no-such-table", []) == 0


def test_a_table_of_more_than_one_page_is_read_whole(world: World) -> None:
    items = [{**item, "text": {"S": "x" * 30_000}} for item in some_items(90)]
    world.tables.write(world.table, items)
    assert world.held() == canonical(items)


def test_a_table_that_is_not_there_is_named_in_the_error_and_not_asked_for_again(world: World) -> None:
    with pytest.raises(AwsError, match="ResourceNotFoundException") as caught:
        world.tables.write("no-such-table", some_items(1))
    assert not caught.value.retryable


def test_an_item_that_dynamodb_refuses_is_an_error_with_its_reason(world: World) -> None:
    with pytest.raises(AwsError, match="ValidationException") as caught:
        world.tables.write(world.table, [{"pk": {"S": "a"}}])
    assert not caught.value.retryable


def test_the_wire_goes_where_boto3_would_go_with_the_credentials_it_would_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with faulty() as dynamo:
        dynamo.create("plans", SCHEMA)
        monkeypatch.setenv("AWS_ENDPOINT_URL", dynamo.endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        tables = dynamo_tables()
        assert tables.write("plans", some_items(3)) == 3
        session = boto3.Session("AKIASESSION", "secret", region_name="eu-west-1")
        assert DynamoTables(None, calls=wire_of(session, retry=patient())).is_empty("plans") is False
        assert set(dynamo.used) == {"AKIAENVIRONMENT", "AKIASESSION"}
        tables.dynamodb.close()


def test_a_client_whose_credentials_have_expired_is_made_anew() -> None:
    with faulty(Faults(expires_after=1)) as dynamo:
        dynamo.create("plans", SCHEMA)
        calls = ClientCalls(dynamo.client, retry=patient())
        first = calls.client
        for _ in range(3):
            calls.call("Scan", {"TableName": "plans"})
        assert calls.client is not first
