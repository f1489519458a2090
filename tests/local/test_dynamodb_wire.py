"""DynamoDB of the embedded AWS, over the wire: the exact DynamoDB behind AWS's JSON, for every account and region apart."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import refusal, unique
from tests.local.conftest import ECHO, Machine, Workshop, one
from tests.local.signed import signed_headers

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine

KEYS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.fixture
def dynamodb(workshop: Workshop) -> Any:
    return workshop.client("dynamodb")


@pytest.fixture
def table(dynamodb: Any) -> str:
    name = unique("table")
    dynamodb.create_table(TableName=name, **KEYS)
    return name


class TestTheWire:
    ITEM: dict[str, Any] = {
        "pk": {"S": "é\x00"},
        "n": {"N": "12345678901234567890123456789012345678"},
        "b": {"B": b"\x00\xff"},
        "bs": {"BS": [b"1", b"2"]},
        "m": {"M": {"l": {"L": [{"B": b"deep"}, {"NULL": True}, {"BOOL": False}, {"M": {}}]}}},
        "e": {"S": ""},
    }

    def test_every_kind_of_value_comes_back(self, dynamodb: Any, table: str) -> None:
        dynamodb.put_item(TableName=table, Item=self.ITEM)
        assert dynamodb.get_item(TableName=table, Key={"pk": self.ITEM["pk"]})["Item"] == self.ITEM
        put = {"PutRequest": {"Item": {**self.ITEM, "pk": {"S": "batch"}}}}
        dynamodb.batch_write_item(RequestItems={table: [put]})
        got = dynamodb.batch_get_item(RequestItems={table: {"Keys": [{"pk": {"S": "batch"}}]}})["Responses"][table]
        assert got == [{**self.ITEM, "pk": {"S": "batch"}}]

    def test_errors_have_the_services_own_form(self, dynamodb: Any, table: str, engine: Engine) -> None:
        condition = {"ConditionExpression": "attribute_not_exists(pk)"}
        dynamodb.put_item(TableName=table, Item=self.ITEM)
        with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as failed:
            dynamodb.put_item(
                TableName=table, Item=self.ITEM, **condition, ReturnValuesOnConditionCheckFailure="ALL_OLD"
            )
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
            dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": self.ITEM, **condition}}])

        assert failed.value.response["Item"] == self.ITEM
        assert cancelled.value.response["CancellationReasons"] == [
            {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        ]
        assert sent(engine, "PutItem", {"TableName": table, "Item": self.ITEM["e"]})[0] == 400

    @pytest.mark.parametrize(
        ("target", "body", "kind"),
        [
            ("DynamoDB_20120810.Nothing", b"{}", "com.amazon.coral.service#UnknownOperationException"),
            ("DynamoDB_20111205.GetItem", b"{}", "com.amazon.coral.service#UnknownOperationException"),
            ("DynamoDB_20120810.GetItem", b"{", "com.amazon.coral.service#SerializationException"),
            ("DynamoDB_20120810.GetItem", b"[]", "com.amazon.coral.service#SerializationException"),
            (
                "DynamoDB_20120810.PutItem",
                b'{"TableName": "ttt", "Item": {"pk": {"B": "?"}}}',
                "com.amazon.coral.service#SerializationException",
            ),
            (
                "DynamoDB_20120810.PutItem",
                b'{"TableName": "ttt", "Item": {"pk": {"SS": "abc"}}}',
                "com.amazon.coral.service#SerializationException",
            ),
            ("DynamoDB_20120810.GetItem", b"{}", "com.amazon.coral.validate#ValidationException"),
            ("DynamoDB_20120810.ImportTable", b"{}", "com.amazon.coral.validate#ValidationException"),
        ],
    )
    def test_requests_that_no_sdk_sends(self, engine: Engine, target: str, body: bytes, kind: str) -> None:
        status, document = posted(engine, target, body)
        assert (status, document["__type"]) == (400, kind)

    @pytest.mark.parametrize(
        ("operation", "member", "message"),
        [
            ("Scan", {"Limit": "5"}, "STRING_VALUE cannot be converted to Integer"),
            ("Scan", {"Limit": True}, "TRUE_VALUE cannot be converted to Integer"),
            ("Scan", {"Limit": [5]}, "Unrecognized collection type class java.lang.Integer"),
            ("Scan", {"TableName": 5}, "NUMBER_VALUE cannot be converted to String"),
            ("Scan", {"TableName": 0.5}, "DECIMAL_VALUE cannot be converted to String"),
            ("Scan", {"TableName": {}}, "Start of structure or map found where not expected"),
            ("Scan", {"ConsistentRead": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
            ("Scan", {"ConsistentRead": "perhaps"}, "Unexpected token received from parser"),
            ("Scan", {"ExpressionAttributeNames": "#a"}, "Unexpected field type"),
            ("GetItem", {"Key": {"pk": "a"}}, "Unexpected field type"),
            ("GetItem", {"Key": {"pk": {"S": 5}}}, "NUMBER_VALUE cannot be converted to String"),
            ("PutItem", {"Item": {"n": {"N": 5}}}, "NUMBER_VALUE cannot be converted to String"),
            ("PutItem", {"Item": {"n": {"NS": [5]}}}, "NUMBER_VALUE cannot be converted to String"),
            ("PutItem", {"Item": {"l": {"L": [{"BOOL": 1}]}}}, "NUMBER_VALUE cannot be converted to Boolean"),
            ("PutItem", {"Item": {"m": {"M": [1]}}}, "Unrecognized collection type java.util.Map<java.lang.String"),
            ("PutItem", {"Item": {"b": {"B": 5}}}, "only base-64-encoded strings are convertible to bytes"),
            ("PutItem", {"Item": {"b": {"BS": ["abc"]}}}, "Base64 encoded length is expected a multiple of 4 bytes"),
            ("BatchGetItem", {"RequestItems": {"t": [1]}}, "Unrecognized collection type class com.amazonaws.dynamodb"),
            ("CreateTable", {"KeySchema": {}}, "Start of structure or map found where not expected"),
            ("ListStreams", {"Limit": "5"}, "STRING_VALUE cannot be converted to Integer"),
        ],
    )
    def test_a_member_of_another_type_is_no_request(
        self, engine: Engine, operation: str, member: dict[str, Any], message: str
    ) -> None:
        service = "DynamoDBStreams_20120810" if operation == "ListStreams" else "DynamoDB_20120810"
        status, document = posted(engine, f"{service}.{operation}", json.dumps({"TableName": "ttt", **member}).encode())
        assert (status, document["__type"]) == (400, "com.amazon.coral.service#SerializationException")
        assert document["Message"].startswith(message)

    def test_what_can_only_be_meant_in_one_way_is_taken(self, engine: Engine, table: str) -> None:
        body = {"TableName": table, "Limit": 2.9, "ConsistentRead": "true", "Segment": None}
        assert sent(engine, "Scan", body)[0] == 200

    def test_what_the_exact_dynamodb_does_not_have_is_refused_by_name(self, dynamodb: Any) -> None:
        code, message = refusal(dynamodb.execute_statement, Statement="SELECT * FROM x")
        assert (code, "ExecuteStatement" in message) == ("UnsupportedOperation", True)

    def test_accounts_and_regions_are_apart(self, engine: Engine, table: str) -> None:
        production = engine.client(engine.accounts.production, "dynamodb")
        elsewhere = engine.session(engine.accounts.twin).client("dynamodb", region_name="eu-west-1")

        for client in (production, elsewhere):
            assert table not in client.list_tables()["TableNames"]
            assert refusal(client.describe_table, TableName=table)[0] == "ResourceNotFoundException"

    def test_writes_at_the_same_time_are_all_kept(self, dynamodb: Any, table: str) -> None:
        def add(_: int) -> None:
            dynamodb.update_item(
                TableName=table,
                Key={"pk": {"S": "count"}},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(80)))
        assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "count"}})["Item"]["n"] == {"N": "80"}

    def test_a_reset_forgets_tables(self, empty_engine: Engine) -> None:
        client = empty_engine.client(empty_engine.accounts.twin, "dynamodb")
        client.create_table(TableName=unique("table"), **KEYS)
        empty_engine.reset()
        assert client.list_tables()["TableNames"] == []


class TestStreams:
    def test_records_are_read_through_the_streams_service(self, workshop: Workshop, dynamodb: Any) -> None:
        name = unique("table")
        made = dynamodb.create_table(TableName=name, **KEYS, StreamSpecification=STREAM)["TableDescription"]
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "b": {"B": b"\x01"}})
        streams, arn = workshop.client("dynamodbstreams"), made["LatestStreamArn"]

        assert [one["StreamArn"] for one in streams.list_streams(TableName=name)["Streams"]] == [arn]
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
        assert [(r["eventName"], r["dynamodb"]["NewImage"]) for r in records] == [
            ("INSERT", {"pk": {"S": "a"}, "b": {"B": b"\x01"}})
        ]

    def test_a_function_cannot_be_fed_by_one(self, workshop: Workshop, dynamodb: Any) -> None:
        made = dynamodb.create_table(TableName=unique("table"), **KEYS, StreamSpecification=STREAM)
        code, message = refusal(
            workshop.client("lambda").create_event_source_mapping,
            FunctionName=workshop.function(ECHO),
            EventSourceArn=made["TableDescription"]["LatestStreamArn"],
            StartingPosition="LATEST",
        )
        assert (code, "event source mappings of DynamoDB streams" in message) == (
            "InvalidParameterValueException",
            True,
        )


class TestTimeToLive:
    def test_deletes_nothing_until_it_is_asked_to(self, engine: Engine, dynamodb: Any, table: str) -> None:
        """AWS deletes an item within days after its time; the engine's `expire_items` stands for these days."""
        dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
        )
        now = int(engine._tables.databases.clock())
        for key, until in (("over", now - 60), ("not yet", now + 600)):
            dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "until": {"N": str(until)}})

        assert dynamodb.scan(TableName=table)["Count"] == 2
        engine.expire_items(engine.accounts.twin)
        assert [item["pk"]["S"] for item in dynamodb.scan(TableName=table)["Items"]] == ["not yet"]


class TestThoseWhoUseTables:
    def test_a_state_machine(self, workshop: Workshop, dynamodb: Any, table: str) -> None:
        put = {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Arguments": {"TableName": table, "Item": {"pk": {"S": "machine"}}},
            "End": True,
        }
        missing = {**put, "Arguments": {"TableName": "nothing-there", "Item": {"pk": {"S": "machine"}}}}

        assert Machine(workshop, one(put)).run()["status"] == "SUCCEEDED"
        assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "machine"}})["Item"]["pk"] == {"S": "machine"}
        failed = Machine(workshop, one(missing)).run()
        assert failed["error"] == "DynamoDB.ResourceNotFoundException"

    def test_the_tagging_api(self, workshop: Workshop, dynamodb: Any, table: str) -> None:
        arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
        tagging = workshop.client("resourcegroupstaggingapi")
        tagging.tag_resources(ResourceARNList=[arn], Tags={"run": table})

        found = tagging.get_resources(TagFilters=[{"Key": "run", "Values": [table]}])["ResourceTagMappingList"]
        assert [one["ResourceARN"] for one in found] == [arn]
        assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "run", "Value": table}]


def posted(engine: Engine, target: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """What the twin's operator gets for a body as it is."""
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}
    headers = signed_headers(engine, "dynamodb", "/", body, headers)
    request = urllib.request.Request(engine.endpoint, body, headers)  # noqa: S310  loopback
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def sent(engine: Engine, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return posted(engine, f"DynamoDB_20120810.{operation}", json.dumps(request).encode())
