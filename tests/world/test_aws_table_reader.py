"""Tables over boto3, for reading: the shape of a table, and its items by a scan that keeps to its budget."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world.aws_parts import SCHEMA, items
from tests.world.memory_clock import Clock
from twinstage.model.errors import InputError
from twinstage.model.item import to_client
from twinstage.world.aws.read_budget import ReadBudget
from twinstage.world.aws.table_reader import ScanPace, TableReader
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering
from twinstage.world.table_form import UNREADABLE, creation, table_schema

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with answering(MemoryAws(clock=Clock())):
        made = boto3.client("dynamodb")
        made.create_table(TableName="plans", **SCHEMA)
        yield made
        made.close()


class Meter:
    """A clock that is moved by pausing, and what was read at each of its seconds."""

    def __init__(self, dynamodb: Any) -> None:
        self.dynamodb, self.seconds, self.lock = dynamodb, 0.0, Lock()
        self.spent: list[tuple[float, float]] = []
        self.limits: list[int] = []

    def pause(self, seconds: float) -> None:
        with self.lock:
            self.seconds += seconds

    def scan(self, **request: Any) -> Any:
        page = self.dynamodb.scan(**request)
        with self.lock:
            self.spent.append((self.seconds, page["ConsumedCapacity"]["CapacityUnits"]))
            self.limits.append(request["Limit"])
        return page

    def budget(self, units_per_s: float) -> ReadBudget:
        return ReadBudget(units_per_s, lambda: self.seconds, self.pause)


def fill(dynamodb: Any, number: int, **more: dict[str, str]) -> None:
    for item in items(number):
        dynamodb.put_item(TableName="plans", Item=to_client({**item, **more}))


@pytest.mark.parametrize("segments", [1, 2, 7])
def test_every_item_is_read_once_however_many_segments_there_are(dynamodb: Any, segments: int) -> None:
    fill(dynamodb, 60)

    found = list(TableReader(dynamodb, pace=ScanPace(segments)).scan("plans"))

    assert sorted(found, key=lambda item: int(item["sk"]["N"])) == items(60)


@pytest.mark.parametrize("segments", [1, 3])
@pytest.mark.parametrize("units_per_s", [1.0, 20.0, 300.0])
def test_a_scan_costs_no_more_than_its_budget_over_all_segments(
    dynamodb: Any, segments: int, units_per_s: float
) -> None:
    fill(dynamodb, 90, text={"S": "x" * 3000})
    meter = Meter(dynamodb)

    found = list(TableReader(meter, pace=ScanPace(segments, meter.budget(units_per_s))).scan("plans"))

    assert len(found) == 90
    total = sum(units for _, units in meter.spent)
    under_way = segments * max(units for _, units in meter.spent)
    assert total <= meter.seconds * units_per_s + under_way
    assert total > 60


def test_pages_are_as_large_as_the_budget_of_a_second_allows(dynamodb: Any) -> None:
    """The first asks for the one item that could cost it all."""
    fill(dynamodb, 90)
    meter = Meter(dynamodb)

    list(TableReader(meter, pace=ScanPace(1, meter.budget(20.0))).scan("plans"))

    assert meter.limits[0] == 1
    assert max(meter.limits) > 90


@given(st.lists(st.floats(0.1, 500.0), max_size=30), st.floats(0.5, 1000.0))
def test_whoever_waits_for_a_budget_has_earned_all_that_was_spent(costs: list[float], units_per_s: float) -> None:
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    budget = ReadBudget(units_per_s, lambda: now[0], pause)
    for cost in costs:
        budget.wait()
        budget.spend(cost)
    budget.wait()

    assert now[0] == pytest.approx(sum(costs) / units_per_s)


def test_time_in_which_nothing_was_read_is_not_saved_up() -> None:
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    budget = ReadBudget(10.0, lambda: now[0], pause)
    budget.wait()
    now[0] = 1000.0
    budget.spend(50.0)
    budget.wait()

    assert now[0] == pytest.approx(1005.0)


def test_the_shape_of_a_table_is_all_that_makes_it_what_it_is(dynamodb: Any) -> None:
    index = {
        "IndexName": "by-sk",
        "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b", "a"]},
    }
    provisioned = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 2}
    dynamodb.create_table(
        TableName="whole",
        **SCHEMA | {"BillingMode": "PROVISIONED"},
        ProvisionedThroughput=provisioned,
        GlobalSecondaryIndexes=[{**index, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        Tags=[{"Key": "team", "Value": "dns"}, {"Key": "stage", "Value": "prod"}],
        DeletionProtectionEnabled=True,
        TableClass="STANDARD_INFREQUENT_ACCESS",
    )
    dynamodb.update_time_to_live(
        TableName="whole", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )
    dynamodb.update_continuous_backups(
        TableName="whole", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )

    found = TableReader(dynamodb).schema("whole")

    assert found == SCHEMA | {
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": provisioned,
        "GlobalSecondaryIndexes": [
            {
                **index,
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "b"]},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            }
        ],
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "DeletionProtectionEnabled": True,
        "TimeToLive": {"AttributeName": "expires"},
        "PointInTimeRecovery": True,
        "Tags": {"stage": "prod", "team": "dns"},
    }
    assert TableReader(dynamodb).schema("plans") == SCHEMA


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"BillingModeSummary": {"BillingMode": "PROVISIONED"}}, {"BillingMode": "PROVISIONED"}),
        ({}, {"BillingMode": "PROVISIONED"}),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0, "NumberOfDecreasesToday": 0}},
            {"BillingMode": "PAY_PER_REQUEST"},
        ),
        (
            {
                "BillingMode": "PAY_PER_REQUEST",
                "OnDemandThroughput": {"MaxReadRequestUnits": 40, "MaxWriteRequestUnits": -1},
            },
            {"BillingMode": "PAY_PER_REQUEST", "OnDemandThroughput": {"MaxReadRequestUnits": 40}},
        ),
        (
            {"BillingMode": "PAY_PER_REQUEST", "SSEDescription": {"Status": "DISABLED"}, "TableClassSummary": None},
            {"BillingMode": "PAY_PER_REQUEST"},
        ),
        (
            {
                "BillingMode": "PAY_PER_REQUEST",
                "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:k"},
                "Replicas": [{"RegionName": "eu-west-1", "ReplicaStatus": "ACTIVE"}],
            },
            {
                "BillingMode": "PAY_PER_REQUEST",
                "SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:k"},
                "Replicas": [{"RegionName": "eu-west-1"}],
            },
        ),
    ],
)
def test_a_table_has_one_form_whether_defaults_are_told_or_not(told: dict[str, Any], kept: dict[str, Any]) -> None:
    shape = {name: SCHEMA[name] for name in ("AttributeDefinitions", "KeySchema")}

    assert table_schema({**shape, **told}) == {**shape, **kept}


@pytest.mark.parametrize("status", sorted(UNREADABLE))
def test_a_table_that_has_no_items_to_read_is_refused(status: str) -> None:
    with pytest.raises(InputError, match=f"plans is {status}"):
        table_schema({**SCHEMA, "TableName": "plans", "TableStatus": status})


def test_a_table_made_of_its_shape_has_that_shape(dynamodb: Any) -> None:
    index = {
        "IndexName": "by-sk",
        "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    }
    shape = SCHEMA | {
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 2},
        "GlobalSecondaryIndexes": [index],
        "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "DeletionProtectionEnabled": True,
        "TimeToLive": {"AttributeName": "expires"},
        "PointInTimeRecovery": True,
        "Tags": {"team": "dns"},
    }

    request, further = creation("made", shape)
    dynamodb.create_table(**request)
    for method, parameters in further:
        getattr(dynamodb, method)(**parameters)

    assert TableReader(dynamodb).schema("made") == shape


def test_recovery_that_does_not_reach_back_as_far_as_usual_says_so() -> None:
    told = {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 7}

    found = table_schema(SCHEMA, backups={"PointInTimeRecoveryDescription": told})

    assert (found["PointInTimeRecovery"], found["RecoveryPeriodInDays"]) == (True, 7)
