"""A change's steps applied in an arm of a twin: what they leave, what is told of them, and whoever is interrupted or applies them twice."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders

from tests.state.memory_zones import apex, change, rr
from twinstage.handlers.again import TryAgain, tried_again
from twinstage.model.captured import TableManifest
from twinstage.model.change_step import RecordsStep, TableStep
from twinstage.model.errors import AwsError
from twinstage.model.twin import Twin
from twinstage.model.zone_map import ZoneMap
from twinstage.rehearse.applying import Applying, Step, apply_in_turn
from twinstage.replay.execute import ArmWorld, Executor
from twinstage.world.aws.table_shapes import DynamoTableShapes
from twinstage.world.aws.zones import Route53Zones, bare_id
from twinstage.world.jsons import get_json
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering
from twinstage.world.memory.route53 import Account, empty_account
from twinstage.world.memory.route53.imports import with_imported_zone
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from twinstage.world.interface import Invocation

ZONE, TABLE = "ex.test.", "twin-r1-candidate-plans"
HELD = rr("www.ex.test.", "A", "192.0.2.1")
NEW = rr("api.ex.test.", "A", "192.0.2.2")
KEY: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}
SCHEMA = {
    **KEY,
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
}


def index(attribute: str) -> dict[str, Any]:
    keys = [{"AttributeName": attribute, "KeyType": "HASH"}]
    return {"IndexName": f"by-{attribute}", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}


def attributes(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


INDEXED = {
    **SCHEMA,
    "AttributeDefinitions": attributes("owner", "pk", "state"),
    "GlobalSecondaryIndexes": [index("owner"), index("state")],
    "TimeToLive": {"AttributeName": "until"},
}
SHAPES = TableStep("table-plans", "plans", INDEXED)
ADDS = RecordsStep("records-1", ZONE, (change("CREATE", NEW),))
MOVES = RecordsStep("records-2", ZONE, (change("DELETE", HELD), change("CREATE", rr("web.ex.test.", "A", "192.0.2.1"))))


class NoFunctions:
    def invoke(self, function: str, payload: Mapping[str, Any]) -> Invocation:
        raise AssertionError(f"{function} is not part of a step: {payload}")


class Killed(Exception):
    """What applied the steps is gone."""


class Place:
    """A twin's arm in memory. `dies_after`: whoever applies dies once so many changes were taken, before anybody hears of the last."""

    def __init__(self, aws: MemoryAws) -> None:
        self.aws, self.left = aws, -1
        self.route53, self.dynamodb = (boto3.client(name, region_name="us-east-1") for name in ("route53", "dynamodb"))
        made = self.route53.create_hosted_zone(Name=ZONE, CallerReference="1")["HostedZone"]["Id"]
        self.zone = bare_id(made)
        self.route53.change_resource_record_sets(HostedZoneId=made, ChangeBatch={"Changes": [change("CREATE", HELD)]})
        self.dynamodb.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST", **KEY)
        self.dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": "a"}, "owner": {"S": "ada"}})

    def applying(self, steps: Sequence[Step], *, dies_after: int = -1) -> Applying:
        self.left, ticks, place = dies_after, count(), self
        twin = Twin("r1", ("baseline", "candidate"), (ZoneMap(ZONE, "ZPRODUCTION", self.zone),))

        class Zones(Route53Zones):
            def change(self, zone_id: str, changes: Sequence[Mapping[str, Any]], *, wait: bool = True) -> None:
                super().change(zone_id, changes, wait=wait)
                place.taken()

        class Shapes(DynamoTableShapes):
            def carry_out(self, operation: str, parameters: Mapping[str, Any]) -> None:
                super().carry_out(operation, parameters)
                place.taken()

        world = ArmWorld(twin, "candidate", Zones(self.route53), NoFunctions(), lambda: next(ticks) / 8)
        executor = Executor(world, tables=["plans"], functions=[])
        tables = [TableManifest("plans", SCHEMA, 1, ())]
        return Applying(steps, executor, production(), tables, Shapes(self.dynamodb), lambda: False)

    def answers(self, operation: str, code: str, message: str) -> None:
        """Have DynamoDB answer an operation with an error from now on."""
        answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}
        given = AWSResponse("", 400, HTTPHeaders(), None), answer
        self.dynamodb.meta.events.register_first(f"before-call.dynamodb.{operation}", lambda **_: given)

    def taken(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def names(self) -> list[str]:
        held = self.route53.list_resource_record_sets(HostedZoneId=self.zone)["ResourceRecordSets"]
        return [record["Name"] for record in held if record["Type"] == "A"]

    def indexes(self) -> list[str]:
        table = self.dynamodb.describe_table(TableName=TABLE)["Table"]
        return sorted(index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ()))


def production() -> Account:
    records = [*apex(ZONE), HELD]
    return with_imported_zone(empty_account("111122223333"), records, id="ZPRODUCTION", name=ZONE, private=False)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    aws = MemoryAws(clock=lambda: 1_700_000_000.0)
    with answering(aws):
        yield Place(aws)


def applied(applying: Applying) -> list[dict[str, Any]]:
    """The outcome of each step, without what was measured."""
    found = []
    for step in applying.steps:
        outcome = applying.apply(step)
        assert outcome is not None
        calls = [{name: value for name, value in each.items() if name != "latency_ms"} for each in outcome["calls"]]
        found.append({**outcome, "latency_ms": 0.0, "calls": calls})
    return found


def test_each_step_is_applied_and_told_in_productions_names(place: Place) -> None:
    told = applied(place.applying([SHAPES, ADDS, MOVES]))

    assert place.names() == ["api.ex.test.", "web.ex.test."]
    assert place.indexes() == ["by-owner", "by-state"]
    assert [(each["event"], each["seq"], each["outcome"]) for each in told] == [
        ("change-table-plans", -3, "success"),
        ("change-records-1", -2, "success"),
        ("change-records-2", -1, "success"),
    ]
    assert [call["operation"] for call in told[0]["calls"]] == ["UpdateTable", "UpdateTable", "UpdateTimeToLive"]
    assert {call["parameters"]["TableName"] for call in told[0]["calls"]} == {"plans"}
    assert told[1]["calls"][0]["parameters"]["HostedZoneId"] == "ZPRODUCTION"


@pytest.mark.parametrize("dies_after", range(1, 6))
def test_whoever_is_killed_after_any_change_goes_on_where_that_was(place: Place, dies_after: int) -> None:
    steps: list[Step] = [SHAPES, ADDS, MOVES]
    whole = place.aws.fork()
    untouched = applied(place.applying(steps))
    end = (place.names(), place.indexes())

    with answering(whole):
        place.route53, place.dynamodb = (boto3.client(n, region_name="us-east-1") for n in ("route53", "dynamodb"))
        with pytest.raises(Killed):
            applied(place.applying(steps, dies_after=dies_after))
        again = applied(place.applying(steps))

        assert (place.names(), place.indexes()) == end
        assert again == untouched


def test_a_batch_that_route_53_refuses_is_an_answer_and_changes_nothing(place: Place) -> None:
    step = RecordsStep("records-1", ZONE, (change("CREATE", HELD),))

    (told,) = applied(place.applying([step]))

    assert (told["outcome"], told["error"]) == ("refused", "InvalidChangeBatch")
    assert place.names() == ["www.ex.test."]


def test_a_schema_that_dynamodb_refuses_is_an_answer_with_the_calls_until_then(place: Place) -> None:
    twice = index("owner") | {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"}]
    }
    schema = {**INDEXED, "GlobalSecondaryIndexes": [index("state"), twice | {"IndexName": "zzz"}]}

    (told,) = applied(place.applying([TableStep("table-plans", "plans", schema)]))

    assert (told["outcome"], told["error"]) == ("refused", "ValidationException")
    assert [call["outcome"] for call in told["calls"]] == ["success", "error"]
    assert place.indexes() == ["by-state"]


def test_another_key_makes_an_empty_table_of_the_same_name(place: Place) -> None:
    keyed = {
        **SCHEMA,
        "AttributeDefinitions": attributes("owner"),
        "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
    }

    (told,) = applied(place.applying([TableStep("table-plans", "plans", keyed)]))

    assert [call["operation"] for call in told["calls"]] == ["DeleteTable", "CreateTable"]
    assert place.dynamodb.scan(TableName=TABLE)["Count"] == 0


def test_a_table_that_does_not_become_active_in_time_is_gone_on_with_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    applying = place.applying([SHAPES])
    settled: list[bool] = [True, False]
    told: Callable[[str], bool] = lambda _: settled.pop(0) if settled else True  # noqa: E731  # an answer a question
    monkeypatch.setattr(applying.shapes, "settled", told)

    assert applying.apply(SHAPES) is None
    assert place.indexes() == ["by-owner"]
    assert applied(applying)[0]["outcome"] == "success"
    assert place.indexes() == ["by-owner", "by-state"]


def test_a_step_is_begun_only_where_there_is_time_but_for_the_first_of_each_turn(place: Place, tmp_path: Path) -> None:
    applying, kept = place.applying([SHAPES, ADDS, MOVES]), DirectoryStore(tmp_path)
    turns = []
    while not apply_in_turn(applying, kept, lambda: False):
        turns.append((place.indexes(), place.names()))
    www, both = ["www.ex.test."], ["api.ex.test.", "www.ex.test."]
    assert turns == [(["by-owner", "by-state"], www), (["by-owner", "by-state"], both)]
    assert place.names() == ["api.ex.test.", "web.ex.test."]
    assert [get_json(kept, key)["outcome"] for key in kept.list("")] == ["success"] * 3
    assert apply_in_turn(applying, kept, lambda: False), "what has an outcome is not looked at again"


@pytest.mark.parametrize(
    ("code", "message", "again"),
    [
        ("AccessDeniedException", "no", False),
        ("ThrottlingException", "slower", True),
        ("LimitExceededException", "Too many concurrent control plane operations", True),
        (
            "LimitExceededException",
            "Subscriber limit exceeded: Only 10 tables can be created, updated, or deleted simultaneously",
            True,
        ),
    ],
)
def test_a_failure_that_is_no_answer_is_raised(place: Place, code: str, message: str, again: bool) -> None:
    applying = place.applying([SHAPES])
    place.answers("UpdateTable", code, message)
    with pytest.raises(AwsError) as failed:
        applying.apply(SHAPES)
    assert (failed.value.error, failed.value.retryable) == (code, again)
    with pytest.raises(TryAgain if again else AwsError), tried_again():
        applying.apply(SHAPES)


def test_a_limit_that_the_change_itself_is_over_is_an_answer(place: Place) -> None:
    applying = place.applying([SHAPES])
    place.answers("UpdateTable", "LimitExceededException", "Subscriber limit exceeded: Number of indexes")
    told = applying.apply(SHAPES)
    assert told is not None
    assert (told["outcome"], told["error"]) == ("refused", "LimitExceededException")
