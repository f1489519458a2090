"""What is over a quota is refused as AWS refuses it, and botocore's own retries get it through: the same in the memory world and on the embedded AWS.

Source: each quota's page in `twinstage schema quotas`; https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html;
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.contract.conftest import ONCE, START
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering
from twinstage.world.quotas import Quotas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.local.engine import Engine

# A bucket that is not refilled while a test runs.
DRY = 1e-6
TABLE = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
}
PROVISIONED = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
}


@dataclass(frozen=True)
class Bound:
    """One implementation in which `overrides` bind whoever asks in the block."""

    binding: Callable[[Mapping[str, Any]], Any]
    make: Callable[[str, Config], Any]

    @contextmanager
    def client(self, service: str, overrides: Mapping[str, Any], config: Config = ONCE) -> Iterator[Any]:
        with self.binding(overrides), closing(self.make(service, config)) as client:
            yield client


@pytest.fixture(scope="module", params=("memory", "engine"))
def bound(request: pytest.FixtureRequest) -> Bound:
    if request.param == "memory":
        return Bound(_in_memory, lambda service, config: boto3.client(service, config=config))
    engine: Engine = request.getfixturevalue("engine")
    account = engine.accounts.twin
    session = engine.session(account)

    @contextmanager
    def binding(overrides: Mapping[str, Any]) -> Iterator[None]:
        me = engine.client(account, "sts").get_caller_identity()["Arn"]
        engine.quotas.bind(account, overrides, callers=[me], functions=[])
        try:
            yield
        finally:
            engine.quotas.lift(account)

    return Bound(binding, lambda service, config: session.client(service, config=config))


@contextmanager
def _in_memory(overrides: Mapping[str, Any]) -> Iterator[None]:
    with answering(MemoryAws(clock=lambda: START, quotas=Quotas(overrides))):
        yield


def dry(quota: str, burst: float = 1) -> dict[str, Any]:
    return {quota: {"rate_per_s": DRY, "burst": burst}}


def refusal(call: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    told: dict[str, Any] = raised.value.response
    assert type(raised.value).__name__ == told["Error"]["Code"] or type(raised.value) is ClientError
    return told


@contextmanager
def table(bound: Bound, overrides: Mapping[str, Any], **definition: Any) -> Iterator[tuple[Any, str]]:
    with bound.client("dynamodb", overrides) as client:
        name = f"t-{uuid4().hex[:10]}"
        client.create_table(TableName=name, **TABLE, **(definition or {"BillingMode": "PAY_PER_REQUEST"}))
        yield client, name


class TestRoute53:
    def test_too_many_requests(self, bound: Bound) -> None:
        with bound.client("route53", dry("route53.requests", 2)) as client:
            for _ in range(2):
                client.list_hosted_zones()
            told = refusal(client.list_hosted_zones)

        assert told["Error"]["Code"] == "Throttling"
        assert told["Error"]["Message"] == "Rate exceeded"
        assert told["ResponseMetadata"]["HTTPStatusCode"] == 400

    def test_an_operation_with_a_quota_of_its_own(self, bound: Bound) -> None:
        with bound.client("route53", dry("route53.create_hosted_zone")) as client:
            client.create_hosted_zone(Name="own.test", CallerReference=uuid4().hex)
            told = refusal(client.create_hosted_zone, Name="own.test", CallerReference=uuid4().hex)
            client.list_hosted_zones()

        assert told["Error"]["Code"] == "Throttling"

    def test_a_batch_with_more_changes_than_are_left(self, bound: Bound) -> None:
        with bound.client("route53", dry("route53.changes", 5)) as client:
            zone = client.create_hosted_zone(Name="changes.test", CallerReference=uuid4().hex)["HostedZone"]["Id"]
            client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes(4)})
            told = refusal(client.change_resource_record_sets, HostedZoneId=zone, ChangeBatch={"Changes": changes(2)})

        assert told["Error"]["Code"] == "Throttling"

    def test_a_zone_that_is_still_being_changed(self, bound: Bound) -> None:
        """Less than one at once: whoever asks finds the zone busy."""
        with bound.client("route53", {"route53.zone_changes": {"most": 0.5}}) as client:
            zone = client.create_hosted_zone(Name="busy.test", CallerReference=uuid4().hex)["HostedZone"]["Id"]
            with pytest.raises(client.exceptions.PriorRequestNotComplete) as raised:
                client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes(1)})

        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert "still processing a prior request" in raised.value.response["Error"]["Message"]


def changes(count: int) -> list[dict[str, Any]]:
    record = {"Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    return [
        {"Action": "UPSERT", "ResourceRecordSet": {"Name": f"r{number}.{zone}", **record}}
        for number in range(count)
        for zone in ["changes.test." if count > 1 else "busy.test."]
    ]


class TestDynamoDb:
    def test_a_hot_key_of_an_on_demand_table(self, bound: Bound) -> None:
        with table(bound, dry("dynamodb.partition_writes")) as (client, name):
            client.put_item(TableName=name, Item={"pk": {"S": "hot"}})
            told = refusal(client.put_item, TableName=name, Item={"pk": {"S": "hot"}})

        assert told["Error"]["Code"] == "ThrottlingException"
        assert told["Error"]["Message"].startswith("Throughput exceeds the current capacity of your table or index.")
        (reason,) = told["throttlingReasons"]
        assert reason["reason"] == "TableWriteKeyRangeThroughputExceeded"
        assert reason["resource"].endswith(f":table/{name}")
        assert told["ResponseMetadata"]["HTTPStatusCode"] == 400

    def test_a_provisioned_table_once_its_five_minutes_are_used(self, bound: Bound) -> None:
        with table(bound, {}, **PROVISIONED) as (client, name):
            big = {"pk": {"S": "a"}, "v": {"S": "x" * 149 * 1024}}
            for _ in range(2):
                client.put_item(TableName=name, Item=big)
            with pytest.raises(client.exceptions.ProvisionedThroughputExceededException) as raised:
                client.put_item(TableName=name, Item=big)

        (reason,) = raised.value.response["ThrottlingReasons"]
        assert reason["reason"] == "TableWriteProvisionedThroughputExceeded"
        assert "configured provisioned throughput" in raised.value.response["Error"]["Message"]

    def test_a_batch_of_which_some_is_admitted(self, bound: Bound) -> None:
        with table(bound, dry("dynamodb.partition_writes")) as (client, name):
            writes = [{"PutRequest": {"Item": {"pk": {"S": str(number)}}}} for number in range(20)]
            answer = client.batch_write_item(RequestItems={name: writes})
            stored = client.scan(TableName=name, ConsistentRead=True)["Count"]

        assert len(answer["UnprocessedItems"][name]) == 20 - stored
        assert stored == 4

    def test_a_transaction(self, bound: Bound) -> None:
        with table(bound, dry("dynamodb.partition_writes", 2)) as (client, name):
            items = [{"Put": {"TableName": name, "Item": {"pk": {"S": "a"}}}}]
            client.transact_write_items(TransactItems=items)
            with pytest.raises(client.exceptions.TransactionCanceledException) as raised:
                client.transact_write_items(TransactItems=items)

        (reason,) = raised.value.response["CancellationReasons"]
        assert reason["Code"] == "ThrottlingError"

    def test_the_control_plane(self, bound: Bound) -> None:
        with table(bound, dry("dynamodb.control_plane")) as (client, name):
            told = refusal(client.describe_table, TableName=name)

        assert told["Error"]["Code"] == "ThrottlingException"
        assert told["Error"]["Message"] == "Rate of requests exceeds the allowed throughput."


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_botocores_own_retries_get_every_request_through(bound: Bound, mode: str) -> None:
    config = Config(retries={"mode": mode, "total_max_attempts": 12}, proxies={})
    with bound.client("route53", {"route53.requests": {"rate_per_s": 2, "burst": 1}}, config) as client:
        retries = [client.list_hosted_zones()["ResponseMetadata"]["RetryAttempts"] for _ in range(2)]

    assert sum(retries) > 0


def test_without_quotas_nothing_is_ever_throttled(bound: Bound) -> None:
    with ExitStack() as opened:
        client = opened.enter_context(bound.client("route53", {"route53.requests": {"rate_per_s": 1e6, "burst": 1e6}}))
        assert [client.list_hosted_zones()["ResponseMetadata"]["RetryAttempts"] for _ in range(30)] == [0] * 30
