"""The door of the memory world: unmodified boto3 and botocore code is answered in this process, whoever made its clients and when."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.world.memory_clock import Clock
from twinstage.model.errors import TwinstageError
from twinstage.world.memory.aws import MemoryAws, NobodyAnswers
from twinstage.world.memory.door import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.hooks import HierarchicalEmitter


@pytest.fixture
def aws() -> MemoryAws:
    return MemoryAws(clock=Clock())


@pytest.fixture
def inside(aws: MemoryAws) -> Iterator[MemoryAws]:
    with answering(aws):
        yield aws


def zone_names(client: Any) -> list[str]:
    return [zone["Name"] for zone in client.list_hosted_zones()["HostedZones"]]


class TestWhoIsAnswered:
    def test_clients_however_they_are_made(self, inside: MemoryAws) -> None:
        makers = (
            lambda: boto3.client("route53"),
            lambda: boto3.Session().client("route53"),
            lambda: boto3.Session(region_name="eu-west-1").client("route53"),
            lambda: botocore.session.get_session().create_client("route53"),
            lambda: botocore.session.Session(include_builtin_handlers=False).create_client("route53", "us-east-1"),
            lambda: boto3.client("route53", endpoint_url="https://route53.example.test"),
        )
        for number, make in enumerate(makers):
            client: Any = make()  # type: ignore[no-untyped-call]  # botocore's session is untyped
            client.create_hosted_zone(Name=f"z{number}.test", CallerReference=str(number))

        assert sorted(zone_names(boto3.client("route53"))) == [f"z{number}.test." for number in range(len(makers))]

    def test_clients_and_sessions_that_were_there_before(self, aws: MemoryAws) -> None:
        session = boto3.Session("AKIAOLD", "secret", region_name="us-east-1")
        early = session.client("route53")

        with answering(aws):
            early.create_hosted_zone(Name="early.test", CallerReference="1")
            session.client("route53").create_hosted_zone(Name="late.test", CallerReference="2")
            assert zone_names(early) == ["early.test.", "late.test."]

    def test_a_resource_that_was_there_before(self, aws: MemoryAws) -> None:
        table = boto3.Session("a", "b", region_name="us-east-1").resource("dynamodb").Table("plans")
        with answering(aws):
            boto3.client("dynamodb").create_table(
                TableName="plans",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
            table.put_item(Item={"pk": "a", "n": 1})
            assert table.get_item(Key={"pk": "a"})["Item"] == {"pk": "a", "n": 1}

    def test_threads(self, inside: MemoryAws) -> None:
        client = boto3.client("route53")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: client.create_hosted_zone(Name=f"z{n}.test", CallerReference=str(n)), range(40)))

        assert client.get_hosted_zone_count()["HostedZoneCount"] == 40

    def test_the_innermost_of_nested_blocks_answers(self, inside: MemoryAws) -> None:
        client = boto3.client("route53")
        client.create_hosted_zone(Name="outer.test", CallerReference="1")
        with answering(MemoryAws(clock=Clock())):
            assert zone_names(client) == []

        assert zone_names(client) == ["outer.test."]

    def test_another_thread_cannot_put_its_world_before_this_one(self, inside: MemoryAws) -> None:
        def other() -> None:
            with answering(MemoryAws(clock=Clock())):
                pass

        with ThreadPoolExecutor(1) as pool, pytest.raises(TwinstageError, match="another thread") as refused:
            pool.submit(other).result()
        assert refused.value.code == "DOOR_TAKEN"

    def test_who_the_caller_is(self) -> None:
        with answering(MemoryAws(clock=Clock(), account="111122223333")):
            told = boto3.client("sts").get_caller_identity()

        assert told["Account"] == "111122223333"
        assert told["Arn"].startswith("arn:aws:iam::111122223333:")


class TestBotocoresOwnParts:
    def test_parameters_are_validated(self, inside: MemoryAws) -> None:
        with pytest.raises(ParamValidationError, match="CallerReference"):
            boto3.client("route53").create_hosted_zone(Name="a.test")

    def test_paginators_and_waiters(self, inside: MemoryAws) -> None:
        client = boto3.client("route53")
        for number in range(5):
            made = client.create_hosted_zone(Name=f"z{number}.test", CallerReference=str(number))
        client.get_waiter("resource_record_sets_changed").wait(Id=made["ChangeInfo"]["Id"])
        pages = list(client.get_paginator("list_hosted_zones").paginate(PaginationConfig={"PageSize": 2}))

        assert [len(page["HostedZones"]) for page in pages] == [2, 2, 1]

    def test_errors_are_the_clients_own_exceptions(self, inside: MemoryAws) -> None:
        client = boto3.client("route53")
        with pytest.raises(client.exceptions.NoSuchHostedZone) as caught:
            client.get_hosted_zone(Id="Z1")

        assert isinstance(caught.value, ClientError)
        assert caught.value.operation_name == "GetHostedZone"
        assert caught.value.response["Error"] == {
            "Code": "NoSuchHostedZone",
            "Message": "No hosted zone found with ID: Z1",
        }
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404

    def test_the_metadata_of_a_response_is_the_same_in_every_run(self) -> None:
        def run() -> list[dict[str, Any]]:
            with answering(MemoryAws(clock=Clock())):
                client = boto3.client("route53")
                return [client.list_hosted_zones()["ResponseMetadata"] for _ in range(2)]

        first, second = run()
        assert [first, second] == run()
        assert first["RequestId"] != second["RequestId"]
        assert (first["HTTPStatusCode"], first["RetryAttempts"]) == (200, 0)
        assert first["HTTPHeaders"]["x-amzn-requestid"] == first["RequestId"]

    def test_a_response_belongs_to_its_caller(self, inside: MemoryAws) -> None:
        client = boto3.client("route53")
        zone = client.create_hosted_zone(Name="a.test", CallerReference="1")["HostedZone"]["Id"]
        before = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        spoilt = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        spoilt[0]["ResourceRecords"][0]["Value"] = "spoilt"
        spoilt.clear()

        assert client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] == before


class TestWhatNobodyAnswers:
    def test_a_service_or_an_operation_that_is_not_there_is_named(self, inside: MemoryAws) -> None:
        with pytest.raises(NobodyAnswers, match="s3 ListBuckets"):
            boto3.client("s3").list_buckets()
        with pytest.raises(NobodyAnswers, match="route53 GetDNSSEC"):
            boto3.client("route53").get_dnssec(HostedZoneId="Z1")

        assert inside.unanswered == (("s3", "ListBuckets"), ("route53", "GetDNSSEC"))

    def test_a_client_from_before_the_block_does_not_reach_the_network_either(self, aws: MemoryAws) -> None:
        early = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        with answering(aws), pytest.raises(NobodyAnswers):
            early.list_buckets()


class TestAfterwards:
    def test_nothing_stays_registered(self, aws: MemoryAws) -> None:
        def handlers(emitter: HierarchicalEmitter, event: str) -> list[str]:
            return [handler.__module__ for handler in emitter._handlers.prefix_search(event)]

        session = boto3.Session("a", "b", region_name="us-east-1")
        early = session.client("route53")
        with answering(aws):
            inner = boto3.client("route53")
            assert "twinstage.world.memory.door" in handlers(
                inner.meta.events._emitter, "before-call.route53.GetChange"
            )

        for client in (early, inner, session.client("route53"), boto3.Session("a", "b").client("sts", "us-east-1")):
            for event in ("before-call", "before-parameter-build", "before-endpoint-resolution"):
                modules = handlers(client.meta.events._emitter, f"{event}.route53.GetChange")
                assert "twinstage.world.memory.door" not in modules

    def test_the_environment_is_what_it_was(self, aws: MemoryAws, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "somebody")
        monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
        before = dict(os.environ)

        def fail() -> None:
            with answering(aws):
                assert "AWS_PROFILE" not in os.environ
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        assert dict(os.environ) == before

    def test_no_credentials_are_needed_inside(self, aws: MemoryAws, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"):
            monkeypatch.delenv(name, raising=False)

        with answering(aws):
            assert boto3.Session().client("dynamodb").list_tables()["TableNames"] == []
            assert boto3.Session().region_name == "us-east-1"
