"""Unmodified boto3 code on the memory world's DynamoDB: clients, resources, streams, and time to live on a virtual clock.

What each operation does is told by the tests of the exact DynamoDB itself; here, that all of it comes through botocore as it is.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from tests.world.memory_clock import NOON, Clock
from twinstage.world.memory.aws import MemoryAws, NobodyAnswers
from twinstage.world.memory.door import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def aws() -> Iterator[MemoryAws]:
    world = MemoryAws(clock=Clock())
    with answering(world):
        yield world


@pytest.fixture
def table(aws: MemoryAws) -> Any:
    made = boto3.resource("dynamodb").create_table(TableName="plans", **KEYS)
    made.wait_until_exists()
    return made


class TestTheResource:
    def test_values_are_pythons_own(self, table: Any) -> None:
        item = {
            "pk": "a",
            "sk": Decimal("1.50"),
            "binary": b"\x00\xff",
            "set": {"x", "y"},
            "map": {"list": [True, None, Decimal(7)]},
        }
        table.put_item(Item=item)

        got = table.get_item(Key={"pk": "a", "sk": Decimal("1.5")}, ConsistentRead=True)["Item"]
        assert got == item
        assert bytes(got["binary"]) == b"\x00\xff"

    def test_conditions_are_turned_into_expressions(self, table: Any) -> None:
        with table.batch_writer() as batch:
            for number in range(30):
                batch.put_item(Item={"pk": "a", "sk": number, "even": number % 2 == 0})
        found = table.query(
            KeyConditionExpression=Key("pk").eq("a") & Key("sk").between(10, 19),
            FilterExpression=Attr("even").eq(True),
            ProjectionExpression="sk",
        )

        assert [item["sk"] for item in found["Items"]] == [10, 12, 14, 16, 18]
        assert (found["Count"], found["ScannedCount"]) == (5, 10)
        with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException):
            table.put_item(Item={"pk": "a", "sk": 1}, ConditionExpression=Attr("pk").not_exists())

    def test_updates_return_what_is_asked_for(self, table: Any) -> None:
        table.put_item(Item={"pk": "a", "sk": 1, "count": 1})
        answer = table.update_item(
            Key={"pk": "a", "sk": 1},
            UpdateExpression="ADD #c :one",
            ExpressionAttributeNames={"#c": "count"},
            ExpressionAttributeValues={":one": 1},
            ReturnValues="UPDATED_NEW",
        )
        assert answer["Attributes"] == {"count": 2}


class TestTheClient:
    def test_paginators(self, table: Any) -> None:
        client = boto3.client("dynamodb")
        for number in range(7):
            client.put_item(TableName="plans", Item={"pk": {"S": "a"}, "sk": {"N": str(number)}})
        pages = list(client.get_paginator("scan").paginate(TableName="plans", PaginationConfig={"PageSize": 3}))

        assert [page["Count"] for page in pages] == [3, 3, 1]
        assert client.get_paginator("list_tables").paginate().build_full_result()["TableNames"] == ["plans"]

    def test_an_error_carries_its_own_members(self, table: Any) -> None:
        client = boto3.client("dynamodb")
        item = {"pk": {"S": "a"}, "sk": {"N": "1"}, "b": {"B": b"\x00"}}
        client.put_item(TableName="plans", Item=item)
        put = {
            "TableName": "plans",
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

        with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
            client.transact_write_items(TransactItems=[{"Put": put}])
        reason = cancelled.value.response["CancellationReasons"][0]
        assert (reason["Code"], reason["Item"]) == ("ConditionalCheckFailed", item)
        with pytest.raises(client.exceptions.ConditionalCheckFailedException) as failed:
            client.put_item(**put)
        assert failed.value.response["Item"] == item
        assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400

    def test_each_region_has_tables_of_its_own(self, table: Any, aws: MemoryAws) -> None:
        assert boto3.client("dynamodb", region_name="eu-west-1").list_tables()["TableNames"] == []
        assert set(aws.databases) == {"us-east-1", "eu-west-1"}

    def test_an_operation_that_is_not_there_is_named(self, aws: MemoryAws) -> None:
        with pytest.raises(NobodyAnswers, match="dynamodb ExecuteStatement"):
            boto3.client("dynamodb").execute_statement(Statement="SELECT * FROM plans")
        assert aws.unanswered == (("dynamodb", "ExecuteStatement"),)


class TestTime:
    def test_comes_from_the_worlds_clock(self, table: Any, aws: MemoryAws) -> None:
        aws.advance(90)

        made = boto3.client("dynamodb").create_table(TableName="later", **KEYS)["TableDescription"]
        assert made["CreationDateTime"] == datetime.fromtimestamp(NOON + 90, UTC)

    def test_items_whose_time_is_over_are_deleted_as_time_passes(self, table: Any, aws: MemoryAws) -> None:
        client, streams = boto3.client("dynamodb"), boto3.client("dynamodbstreams")
        client.update_time_to_live(
            TableName="plans", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
        )
        view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        arn = client.update_table(TableName="plans", StreamSpecification=view)["TableDescription"]["LatestStreamArn"]
        for number, until in enumerate((NOON + 50, NOON + 150)):
            table.put_item(Item={"pk": "a", "sk": number, "until": Decimal(int(until))})

        aws.advance(100)

        assert [item["sk"] for item in table.scan()["Items"]] == [1]
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        removed = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"][-1]
        assert removed["eventName"] == "REMOVE"
        assert removed["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}

    def test_never_goes_back(self, aws: MemoryAws) -> None:
        with pytest.raises(ValueError, match="does not go back"):
            aws.advance(-1)


class TestForks:
    def test_do_not_see_each_others_writes(self, table: Any, aws: MemoryAws) -> None:
        table.put_item(Item={"pk": "a", "sk": 1})
        boto3.client("route53").create_hosted_zone(Name="a.test", CallerReference="1")
        forks = [aws.fork(), aws.fork()]
        for number, fork in enumerate(forks):
            with answering(fork):
                table.put_item(Item={"pk": "fork", "sk": number})
                boto3.client("route53").create_hosted_zone(Name=f"fork{number}.test", CallerReference="2")
        table.delete_item(Key={"pk": "a", "sk": 1})

        seen = []
        for world in (aws, *forks):
            with answering(world):
                zones = [zone["Name"] for zone in boto3.client("route53").list_hosted_zones()["HostedZones"]]
                seen.append((sorted((item["pk"], int(item["sk"])) for item in table.scan()["Items"]), zones))
        assert seen == [
            ([], ["a.test."]),
            ([("a", 1), ("fork", 0)], ["a.test.", "fork0.test."]),
            ([("a", 1), ("fork", 1)], ["a.test.", "fork1.test."]),
        ]

    def test_share_what_they_hold(self, table: Any, aws: MemoryAws) -> None:
        fork = aws.fork()
        assert fork.state is aws.state

        with answering(fork):
            boto3.client("route53").create_hosted_zone(Name="fork.test", CallerReference="1")
        assert fork.databases["us-east-1"] is aws.databases["us-east-1"]

    def test_a_world_goes_back_to_what_it_held(self, table: Any, aws: MemoryAws) -> None:
        before = aws.state
        table.put_item(Item={"pk": "a", "sk": 1})
        aws.advance(10)
        aws.restore(before)

        assert table.scan()["Items"] == []
        assert aws.now() == NOON

    def test_refused_requests_leave_nothing_behind(self, table: Any, aws: MemoryAws) -> None:
        before = aws.databases
        with pytest.raises(ClientError, match="ValidationException"):
            table.put_item(Item={"pk": 1, "sk": 1})
        assert aws.databases is before
