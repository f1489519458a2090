"""DynamoDB within its quotas: every request takes the capacity units that AWS documents, of the partition, the table and the index that it touches.

Units: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world.memory_clock import Clock
from twinstage.world.memory.aws import MemoryAws, ServiceRefused, Throttled
from twinstage.world.quotas import Demand, Quotas

KB = "x" * 1000
ROOMY = {
    f"dynamodb.{name}": {"rate_per_s": 1e9, "burst": 1e9}
    for name in ("partition_writes", "partition_reads", "on_demand_writes", "on_demand_reads")
}


def item(pk: str, **more: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, **{name: {"S": text} for name, text in more.items()}}


class Tables:
    """A memory world within quotas, with one table `plans` keyed by `pk`."""

    def __init__(self, overrides: dict[str, Any] | None = None, **definition: Any) -> None:
        self.clock = Clock()
        self.aws = MemoryAws(clock=self.clock, quotas=Quotas({**ROOMY, **(overrides or {})}))
        attributes = definition.pop("attributes", ("pk",))
        self("CreateTable", **{
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in attributes],
            "BillingMode": "PAY_PER_REQUEST",
            **definition,
        })  # fmt: skip

    def __call__(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.aws.carry_out("dynamodb", operation, self._full(operation, parameters)).response

    def demands(self, operation: str, **parameters: Any) -> tuple[Demand, ...]:
        return self.aws.carry_out("dynamodb", operation, self._full(operation, parameters)).demands

    def units(self, operation: str, **parameters: Any) -> float:
        """What a request took of the table's own capacity."""
        return sum(demand.units for demand in self.demands(operation, **parameters) if demand.key == "plans")

    def refused(self, operation: str, **parameters: Any) -> Throttled:
        with pytest.raises(Throttled) as raised:
            self(operation, **parameters)
        return raised.value

    def put(self, pk: str, **more: str) -> float:
        return self.units("PutItem", Item=item(pk, **more))

    @staticmethod
    def _full(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        whole = "Batch" in operation or "Transact" in operation
        return parameters if whole else {"TableName": "plans", **parameters}


class TestUnits:
    def test_a_write_takes_one_for_each_kilobyte_begun_of_the_larger_of_the_two_items(self) -> None:
        tables = Tables()

        assert tables.put("a") == 1
        assert tables.put("a", v=KB * 3) == 3
        assert tables.put("a") == 3
        assert tables.units("DeleteItem", Key=item("a")) == 1
        assert tables.units("DeleteItem", Key=item("none")) == 1

    def test_a_read_takes_one_for_four_kilobytes_begun_and_half_when_it_is_eventually_consistent(self) -> None:
        tables = Tables()
        tables.put("a", v=KB * 5)

        assert tables.units("GetItem", Key=item("a"), ConsistentRead=True) == 2
        assert tables.units("GetItem", Key=item("a")) == 1
        assert tables.units("GetItem", Key=item("none")) == 0.5

    def test_a_transaction_takes_twice(self) -> None:
        tables = Tables()
        put = {"Put": {"TableName": "plans", "Item": item("a", v=KB)}}
        check = {
            "ConditionCheck": {
                "TableName": "plans",
                "Key": item("b"),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

        assert tables.units("TransactWriteItems", TransactItems=[put, check]) == 2 * 1 + 2 * 1
        get = {"Get": {"TableName": "plans", "Key": item("a")}}
        assert tables.units("TransactGetItems", TransactItems=[get]) == 2

    def test_a_transaction_that_is_repeated_with_its_token_only_reads(self) -> None:
        tables = Tables()
        items = [{"Put": {"TableName": "plans", "Item": item("a"), "ConditionExpression": "attribute_not_exists(pk)"}}]
        request = {"TransactItems": items, "ClientRequestToken": "t"}

        first, again = (tables.demands("TransactWriteItems", **request) for _ in range(2))
        assert {demand.quota for demand in first} == {"dynamodb.partition_writes", "dynamodb.on_demand_writes"}
        assert {demand.quota for demand in again} == {"dynamodb.partition_reads", "dynamodb.on_demand_reads"}

    def test_a_condition_that_does_not_hold_consumes_the_write(self) -> None:
        tables = Tables()
        tables.put("a", v=KB * 2)
        with pytest.raises(ServiceRefused) as raised:
            tables("PutItem", Item=item("a"), ConditionExpression="attribute_not_exists(pk)")

        assert raised.value.error == "ConditionalCheckFailedException"
        assert {demand.units for demand in raised.value.demands} == {2}

    def test_a_request_that_is_wrong_consumes_nothing(self) -> None:
        tables = Tables()
        with pytest.raises(ServiceRefused) as raised:
            tables("PutItem", Item={"pk": {"N": "1"}})

        assert raised.value.demands == ()

    @pytest.mark.parametrize("operation", ["GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "BatchGetItem"])
    def test_a_request_for_a_detail_that_there_is_not_is_refused_as_without_quotas(self, operation: str) -> None:
        tables = Tables()
        parameters: dict[str, dict[str, Any]] = {
            "GetItem": {"Key": item("a")},
            "PutItem": {"Item": item("a")},
            "Query": {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}},
            "Scan": {},
            "TransactGetItems": {"TransactItems": [{"Get": {"TableName": "plans", "Key": item("a")}}]},
            "BatchGetItem": {"RequestItems": {"plans": {"Keys": [item("a")]}}},
        }
        with pytest.raises(ServiceRefused, match="'returnConsumedCapacity' failed to satisfy constraint"):
            tables(operation, **parameters[operation], ReturnConsumedCapacity="ALL")

    def test_the_answer_is_as_it_was_asked_for(self) -> None:
        tables, plain = Tables(), MemoryAws(clock=Clock())
        assert "ConsumedCapacity" not in tables("PutItem", Item=item("a"))
        for detail in ("TOTAL", "INDEXES"):
            limited = tables("PutItem", Item=item("a"), ReturnConsumedCapacity=detail)
            assert limited["ConsumedCapacity"]["CapacityUnits"] == 1
            assert ("Table" in limited["ConsumedCapacity"]) == (detail == "INDEXES")
        assert plain.carry_out("sts", "GetCallerIdentity", {}).demands == ()

    @given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 6)), min_size=1, max_size=12))
    def test_what_a_table_took_is_what_the_answers_said(self, writes: list[tuple[str, int]]) -> None:
        tables, told = Tables(), 0.0
        for pk, size in writes:
            answer = tables("PutItem", Item=item(pk, v=KB * size), ReturnConsumedCapacity="TOTAL")
            told += answer["ConsumedCapacity"]["CapacityUnits"]

        used = {(use.quota, use.key): use.units for use in tables.aws.quotas.used()}  # type: ignore[union-attr]  # it has quotas
        assert used["dynamodb.on_demand_writes", "plans"] == told
        assert sum(units for (quota, _), units in used.items() if quota == "dynamodb.partition_writes") == told


class TestPartitions:
    def test_a_hot_key_is_throttled_and_a_key_of_another_partition_is_not(self) -> None:
        tables = Tables({"dynamodb.partition_writes": {"rate_per_s": 2, "burst": 2}})
        assert [tables.put("hot") for _ in range(2)] == [1, 1]
        throttled = tables.refused("PutItem", Item=item("hot"))

        assert throttled.refusal.quota == "dynamodb.partition_writes"
        assert throttled.error == "ThrottlingException"
        assert throttled.members["throttlingReasons"][0]["reason"] == "TableWriteKeyRangeThroughputExceeded"
        others = [pk for pk in map(str, range(40)) if self.partition(tables, pk) != self.partition(tables, "hot")]
        assert tables.put(others[0]) == 1
        tables.clock.now += 0.5
        assert tables.put("hot") == 1

    def test_a_refused_write_has_not_happened(self) -> None:
        tables = Tables({"dynamodb.partition_writes": {"rate_per_s": 1, "burst": 1}})
        tables.put("a", v="first")
        before = tables.aws.state
        tables.refused("PutItem", Item=item("a", v="second"))

        assert tables.aws.state == before
        assert tables("GetItem", Key=item("a"))["Item"]["v"] == {"S": "first"}

    def test_a_query_reads_its_keys_partition_and_a_scan_reads_them_all(self) -> None:
        tables = Tables()
        for number in range(20):
            tables.put(str(number))
        query = tables.demands(
            "Query", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "7"}}
        )
        scan = tables.demands("Scan")

        assert {demand.key for demand in query} == {"plans", f"plans/{self.partition(tables, '7')}"}
        assert {demand.key for demand in scan} == {"plans", *(f"plans/{number}" for number in range(4))}
        assert sum(demand.units for demand in scan if demand.key != "plans") == 0.5

    def test_each_page_of_a_scan_reads_the_partitions_it_went_through(self) -> None:
        tables = Tables()
        for number in range(20):
            tables.put(str(number))
        pages: list[Any] = []
        start: dict[str, Any] = {}
        while True:
            carried = tables.aws.carry_out("dynamodb", "Scan", {"TableName": "plans", "Limit": 4, **start})
            pages.append([demand.key for demand in carried.demands if "/" in demand.key])
            if "LastEvaluatedKey" not in carried.response:
                break
            start = {"ExclusiveStartKey": carried.response["LastEvaluatedKey"]}

        touched = [int(key.rpartition("/")[2]) for page in pages for key in page]
        assert len(pages) > 4
        assert touched == sorted(touched)
        assert set(touched) == {0, 1, 2, 3}

    def test_capacity_decides_how_many_partitions_a_table_has(self) -> None:
        """1,000 write or 3,000 read units each: docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html."""
        provisioned = Tables(
            {"dynamodb.partition_writes": {"rate_per_s": 1000}, "dynamodb.partition_reads": {"rate_per_s": 3000}},
            BillingMode="PROVISIONED",
            ProvisionedThroughput={"ReadCapacityUnits": 6000, "WriteCapacityUnits": 2500},
        )
        found = {
            demand.key for number in range(60) for demand in provisioned.demands("PutItem", Item=item(str(number)))
        }

        assert found == {"plans", *(f"plans/{number}" for number in range(5))}

    @staticmethod
    def partition(tables: Tables, pk: str) -> int:
        (key,) = {demand.key for demand in tables.demands("GetItem", Key=item(pk)) if "/" in demand.key}
        return int(key.rpartition("/")[2])


class TestProvisioned:
    THROUGHPUT = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 2}

    def table(self, **more: Any) -> Tables:
        return Tables(BillingMode="PROVISIONED", ProvisionedThroughput=self.THROUGHPUT, **more)

    def test_unused_capacity_of_five_minutes_is_there_for_a_burst_and_no_more(self) -> None:
        """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html"""
        tables = self.table()
        for _ in range(300):
            tables.put("a", v=KB)
        throttled = None
        for _ in range(301):
            try:
                tables.put("a", v=KB)
            except Throttled as refused:
                throttled = refused

        assert throttled is not None
        assert throttled.error == "ProvisionedThroughputExceededException"
        assert throttled.members["ThrottlingReasons"] == [
            {
                "reason": "TableWriteProvisionedThroughputExceeded",
                "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/plans",
            }
        ]

    def test_more_capacity_is_more_at_once(self) -> None:
        tables = self.table()
        for _ in range(600):
            tables.put("a")
        tables.refused("PutItem", Item=item("a"))
        tables("UpdateTable", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 4})

        assert tables.put("a") == 1

    def test_a_global_index_has_capacity_of_its_own_and_throttles_its_table(self) -> None:
        index = {
            "IndexName": "by_v",
            "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        }
        tables = self.table(attributes=("pk", "v"), GlobalSecondaryIndexes=[index])
        for number in range(300):
            tables.put(str(number), v="same")
        throttled = tables.refused("PutItem", Item=item("next", v="same"))

        assert throttled.refusal.key == "plans/index/by_v"
        assert throttled.members["ThrottlingReasons"][0] == {
            "reason": "IndexWriteProvisionedThroughputExceeded",
            "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/plans/index/by_v",
        }
        assert tables.put("without") == 1

    def test_a_global_index_that_is_read_takes_of_its_own_capacity_alone(self) -> None:
        index = {
            "IndexName": "by_v",
            "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        tables = Tables(attributes=("pk", "v"), GlobalSecondaryIndexes=[index])
        tables.put("a", v="same")
        demands = tables.demands(
            "Query",
            IndexName="by_v",
            KeyConditionExpression="v = :v",
            ExpressionAttributeValues={":v": {"S": "same"}},
        )

        assert demands == (Demand("dynamodb.on_demand_reads", "plans/index/by_v", 0.5),)


class TestSeveralItems:
    LIMITED = {"dynamodb.partition_writes": {"rate_per_s": 1, "burst": 1}}

    def test_a_batch_leaves_over_what_was_not_admitted_and_has_done_the_rest(self) -> None:
        tables = Tables(self.LIMITED)
        writes = [{"PutRequest": {"Item": item(str(number))}} for number in range(20)]
        left = tables("BatchWriteItem", RequestItems={"plans": writes})["UnprocessedItems"]["plans"]

        stored = {entry["pk"]["S"] for entry in tables("Scan")["Items"]}
        assert len(left) == 16
        assert len(stored) == 4
        assert {entry["PutRequest"]["Item"]["pk"]["S"] for entry in left} | stored == set(map(str, range(20)))

    def test_retrying_what_was_left_over_comes_to_its_end(self) -> None:
        tables = Tables(self.LIMITED)
        left: Any = {"plans": [{"PutRequest": {"Item": item(str(number))}} for number in range(20)]}
        while left:
            left = tables("BatchWriteItem", RequestItems=left)["UnprocessedItems"]
            tables.clock.now += 1

        assert tables("Scan")["Count"] == 20

    def test_a_batch_of_which_nothing_is_admitted_is_throttled(self) -> None:
        tables = Tables(self.LIMITED)
        tables.put("a")
        throttled = tables.refused("BatchWriteItem", RequestItems={"plans": [{"PutRequest": {"Item": item("a")}}]})

        assert throttled.error == "ThrottlingException"

    def test_a_batch_of_reads_leaves_over_keys_with_all_that_was_asked_of_them(self) -> None:
        tables = Tables({"dynamodb.partition_reads": {"rate_per_s": 1, "burst": 1}})
        wish = {
            "Keys": [item(str(number)) for number in range(20)],
            "ConsistentRead": True,
            "ProjectionExpression": "pk",
        }
        left = tables("BatchGetItem", RequestItems={"plans": wish})["UnprocessedKeys"]["plans"]

        assert len(left["Keys"]) == 16
        assert {name: value for name, value in left.items() if name != "Keys"} == {
            "ConsistentRead": True,
            "ProjectionExpression": "pk",
        }

    def test_a_throttled_transaction_is_cancelled_and_says_by_which_item(self) -> None:
        tables = Tables(self.LIMITED)
        pks = sorted(map(str, range(40)), key=lambda pk: TestPartitions.partition(tables, pk))
        cold, hot = pks[0], pks[-1]
        tables.put(hot)
        items = [{"Put": {"TableName": "plans", "Item": item(pk)}} for pk in (cold, hot)]
        throttled = tables.refused("TransactWriteItems", TransactItems=items)

        assert throttled.error == "TransactionCanceledException"
        assert [reason["Code"] for reason in throttled.members["CancellationReasons"]] == ["None", "ThrottlingError"]
        assert "Item" not in tables("GetItem", Key=item(cold))
