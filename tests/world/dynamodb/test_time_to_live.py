"""Time to live: what expires, when, and how its deletion shows.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

from __future__ import annotations

from typing import Any

import pytest
from dynamo_calls import START, Dynamo, n, s

from twinstage.world.memory.dynamodb import expire

YEARS = 365 * 86_400


def enable(dynamo: Dynamo, name: str = "ttl", *, enabled: bool = True) -> dict[str, Any]:
    specification = {"Enabled": enabled, "AttributeName": name}
    return dynamo("UpdateTimeToLive", TableName="table", TimeToLiveSpecification=specification)


@pytest.fixture
def dynamo() -> Dynamo:
    dynamo = Dynamo()
    dynamo.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"})
    return dynamo


def test_it_is_put_on_described_and_put_off(dynamo: Dynamo) -> None:
    describe = {"TableName": "table"}
    assert dynamo("DescribeTimeToLive", **describe) == {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    assert enable(dynamo) == {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"}}
    assert dynamo("DescribeTimeToLive", **describe) == {
        "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    }
    enable(dynamo, enabled=False)
    assert dynamo("DescribeTimeToLive", **describe) == {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}


def test_what_is_so_already_is_refused(dynamo: Dynamo) -> None:
    def message(name: str, *, enabled: bool) -> str:
        specification = {"Enabled": enabled, "AttributeName": name}
        return dynamo.message("UpdateTimeToLive", TableName="table", TimeToLiveSpecification=specification)

    assert message("ttl", enabled=False) == "TimeToLive is already disabled"
    enable(dynamo)
    assert message("ttl", enabled=True) == "TimeToLive is already enabled"
    text = "TimeToLive is active on a different AttributeName: current AttributeName is ttl"
    assert message("other", enabled=True) == text
    assert message("other", enabled=False) == text


@pytest.mark.parametrize(
    ("value", "expires"),
    [
        (n(START - 1), True),
        (n(f"{START - 0.5:.1f}"), True),
        (n(START), False),
        (n(START + 1), False),
        (n(START - 4.9 * YEARS), True),
        (n(START - 5.1 * YEARS), False),
        (n(0), False),
        (s(str(int(START - 1))), False),
        ({"NS": [str(int(START - 1))]}, False),
        (None, False),
    ],
)
def test_an_item_expires_when_its_number_of_seconds_lies_in_the_last_five_years(
    dynamo: Dynamo, value: dict[str, Any] | None, expires: bool
) -> None:
    enable(dynamo)
    dynamo.put({"pk": s("a"), **({"ttl": value} if value else {})})
    dynamo.database = expire(dynamo.database, now=dynamo.now)
    assert (dynamo.get({"pk": s("a")}) is None) == expires


def test_an_expired_item_is_there_until_it_is_deleted(dynamo: Dynamo) -> None:
    enable(dynamo)
    dynamo.put({"pk": s("a"), "ttl": n(START + 10)})
    dynamo.now += 11
    assert dynamo.get({"pk": s("a")}) is not None
    dynamo.database = expire(dynamo.database, now=dynamo.now)
    assert dynamo.get({"pk": s("a")}) is None


def test_nothing_expires_in_a_table_without_it(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("a"), "ttl": n(START - 1)})
    assert expire(dynamo.database, now=START) is dynamo.database
    enable(dynamo, "other")
    assert expire(dynamo.database, now=START) is dynamo.database


def test_the_stream_says_that_the_service_deleted_it(dynamo: Dynamo) -> None:
    enable(dynamo)
    dynamo.put({"pk": s("a"), "ttl": n(int(START) - 1)})
    dynamo.put({"pk": s("b")})
    dynamo.database = expire(dynamo.database, now=START + 5)
    dynamo("DeleteItem", TableName="table", Key={"pk": s("b")})
    (listed,) = dynamo("ListStreams")["Streams"]
    (shard,) = dynamo("DescribeStream", StreamArn=listed["StreamArn"])["StreamDescription"]["Shards"]
    request = {"StreamArn": listed["StreamArn"], "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = dynamo("GetShardIterator", **request)["ShardIterator"]
    _, _, expired, deleted = dynamo("GetRecords", ShardIterator=iterator)["Records"]
    assert expired["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert expired["dynamodb"]["OldImage"] == {"pk": s("a"), "ttl": n(int(START) - 1)}
    assert "userIdentity" not in deleted
