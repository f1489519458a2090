"""Tables out of dumps: whatever form the description and the items have, the same table; and nothing that DynamoDB would not hold."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.world.aws_parts import SCHEMA, items
from tests.world.dump_files import problems, shared, write
from twinstage.model.item import canonical_item
from twinstage.world.dumps import TableDumps

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = items(7)
DESCRIBED = {**SCHEMA, "TableName": "plans", "TableStatus": "ACTIVE", "ItemCount": 7}
TABLE = {"Table": {**DESCRIBED, "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}, "TableArn": "arn:t"}}
PUTS = {"plans": [{"PutRequest": {"Item": item}} for item in ITEMS]}


def lines(given: list[Any], wrapped: bool = False) -> bytes:
    return b"".join(json.dumps({"Item": item} if wrapped else item).encode() + b"\n" for item in given)


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def export(given: list[Any], **edit: Any) -> dict[str, Any]:
    """An export to S3 as `aws s3 cp --recursive` brings it."""
    data = gzip.compress(lines(given, wrapped=True))
    entry = {"itemCount": len(given), "md5Checksum": md5(data), "dataFileS3Key": "p/AWSDynamoDB/1-a/data/x.json.gz"}
    summary = {"tableArn": "arn:aws:dynamodb:r:1:table/plans", "outputFormat": "DYNAMODB_JSON", "itemCount": len(given)}
    return {
        "AWSDynamoDB/1-a/manifest-summary.json": summary | edit,
        "AWSDynamoDB/1-a/manifest-files.json": json.dumps(entry | edit) + "\n",
        "AWSDynamoDB/1-a/data/x.json.gz": data,
        "AWSDynamoDB/1-a/_started": "",
    }


MODEL = {
    "ModelName": "Plans",
    "ModelMetadata": {"Version": "3.0"},
    "DataModel": [
        {
            "TableName": "plans",
            "KeyAttributes": {
                "PartitionKey": {"AttributeName": "pk", "AttributeType": "S"},
                "SortKey": {"AttributeName": "sk", "AttributeType": "N"},
            },
            "NonKeyAttributes": [{"AttributeName": "b", "AttributeType": "B"}],
            "TableData": ITEMS,
            "BillingMode": "PAY_PER_REQUEST",
        }
    ],
}
FORMS: dict[str, dict[str, Any]] = {
    "one object": {"plans.json": {**TABLE, "Items": ITEMS}},
    "a recording": {"any.json": {"status_code": 200, "data": {**TABLE, "Items": ITEMS}}},
    "a scan beside it": {"plans.json": TABLE, "plans.items.json": {"Items": ITEMS, "Count": 7, "ScannedCount": 7}},
    "pages of a scan": {
        "plans.json": TABLE,
        "plans-1.json": {"Items": ITEMS[:3], "LastEvaluatedKey": {"pk": {"S": "x"}}},
        "plans-2.json": [{"Items": ITEMS[3:5], "LastEvaluatedKey": {"pk": {"S": "y"}}}, {"Items": ITEMS[5:]}],
    },
    "lines": {"plans.json": TABLE, "plans.jsonl": lines(ITEMS)},
    "gzipped lines of an export": {"plans.json": TABLE, "plans.items.json.gz": gzip.compress(lines(ITEMS, True))},
    "lines of an export": {"plans.json": TABLE, "plans.items.json": lines(ITEMS, True)},
    "a folder of data files": {"plans.json": TABLE, "plans/a.json.gz": gzip.compress(lines(ITEMS, True))},
    "an export": {"plans.json": TABLE, **export(ITEMS)},
    "a batch-write request": {"plans.json": TABLE, "requests.json": PUTS},
    "a request with its name": {"plans.json": TABLE, "requests.json": {"RequestItems": PUTS}},
    "the input of CreateTable": {"create.json": {**SCHEMA, "TableName": "plans"}, "plans.jsonl": lines(ITEMS)},
    "the answer of CreateTable": {"create.json": {"TableDescription": TABLE["Table"]}, "plans.jsonl": lines(ITEMS)},
    "a model of NoSQL Workbench": {"model.json": MODEL},
}


@pytest.mark.parametrize("files", FORMS.values(), ids=list(FORMS))
def test_a_table_is_the_same_in_every_form(tmp_path: Path, files: dict[str, Any]) -> None:
    dumps = TableDumps(write(tmp_path, files))

    assert dumps.tables == ("plans",)
    assert dumps.schema("plans") == SCHEMA
    found = [canonical_item(item) for item in dumps.scan("plans")]
    assert sorted(found, key=lambda item: int(item["sk"]["N"])) == [canonical_item(item) for item in ITEMS]


def test_settings_stand_beside_the_description_or_in_files_named_after_the_table(tmp_path: Path) -> None:
    expiry = {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}}
    backups = {
        "ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}}
    }
    tags = {"Tags": [{"Key": "team", "Value": "dns"}]}
    expected = SCHEMA | {
        "TimeToLive": {"AttributeName": "expires"},
        "PointInTimeRecovery": True,
        "Tags": {"team": "dns"},
    }
    write(tmp_path / "one", {"plans.json": {**TABLE, **expiry, **backups, **tags, "Items": []}})
    beside = {"plans.ttl.json": expiry, "plans.backups.json": backups, "plans.tags.json": tags}
    write(tmp_path / "many", {"plans.json": {**TABLE, "Items": []}, **beside})

    for folder in ("one", "many"):
        assert TableDumps(tmp_path / folder).schema("plans") == expected


def test_items_go_to_the_table_with_the_longest_fitting_name(tmp_path: Path) -> None:
    other = {"Table": {**TABLE["Table"], "TableName": "plans-archive"}}
    files = {
        "a.json": TABLE,
        "b.json": other,
        "plans-archive.jsonl": lines(ITEMS),
        "plans.items.jsonl": lines(ITEMS[:2]),
    }

    dumps = TableDumps(write(tmp_path, files))

    assert {name: len(list(dumps.scan(name))) for name in dumps.tables} == {"plans": 2, "plans-archive": 7}


def test_a_description_that_counts_no_items_is_of_an_empty_table(tmp_path: Path) -> None:
    dumps = TableDumps(write(tmp_path, {"plans.json": {"Table": {**TABLE["Table"], "ItemCount": 0}}}))

    assert list(dumps.scan("plans")) == []


def test_without_a_folder_there_are_no_tables() -> None:
    assert TableDumps(None).tables == ()


BAD_KEY = {"pk": {"N": "1"}, "sk": {"N": "1"}}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"plans.json": TABLE}, ("plans.json", 1, "/Items")),
        ({"plans.json": {"Items": []}}, ("plans.json", 1, "/Table")),
        ({"requests.json": PUTS}, ("requests.json", 1, "/Table")),
        ({"plans.json": [3]}, ("plans.json", 1, "/0")),
        ({"plans.json": {"Table": {"TableName": "plans"}, "Items": []}}, ("plans.json", 1, "/Table")),
        ({"plans.json": {**TABLE, "Items": {}}}, ("plans.json", 1, "/Items")),
        ({"plans.json": {**TABLE, "Items": ITEMS, "LastEvaluatedKey": {}}}, None),
        (
            {"plans.json": {**TABLE, "Items": ITEMS, "LastEvaluatedKey": {"pk": {"S": "p"}}}},
            ("plans.json", 0, "/LastEvaluatedKey"),
        ),
        (
            {"plans.json": TABLE, "plans.items.json": {"Items": ITEMS, "NextToken": "t"}},
            ("plans.items.json", 0, "/LastEvaluatedKey"),
        ),
        ({"plans.json": {**TABLE, "Items": [ITEMS[0], ITEMS[0]]}}, ("plans.json", 0, "/Items/1")),
        ({"plans.json": {**TABLE, "Items": [BAD_KEY]}}, ("plans.json", 0, "/Items/0/pk")),
        ({"plans.json": TABLE, "plans.jsonl": lines([ITEMS[0], BAD_KEY])}, ("plans.jsonl", 2, "/pk")),
        ({"plans.json": TABLE, "plans.jsonl": b'{"pk": \n'}, ("plans.jsonl", 1, "")),
        ({"plans.json": TABLE, "plans.jsonl.gz": b"not gzip"}, ("plans.jsonl.gz", 0, "")),
        (
            {"plans.json": TABLE, "r.json": {"plans": [{"DeleteRequest": {"Key": {}}}]}},
            ("r.json", 0, "/plans/0"),
        ),
        (
            {"plans.json": TABLE, "other.json": {"Table": {**TABLE["Table"], "BillingModeSummary": {}}}},
            None,
        ),
        (
            {
                "a.json": {**TABLE, "Items": []},
                "b.json": {"Table": {**TABLE["Table"], "DeletionProtectionEnabled": True}},
            },
            ("b.json", 0, "/Table"),
        ),
        (
            {"plans.json": {"Table": {**TABLE["Table"], "AttributeDefinitions": []}, "Items": []}},
            ("plans.json", 0, "/Table/KeySchema"),
        ),
        ({"plans.json": TABLE, **export(ITEMS, itemCount=8)}, ("x.json.gz", 0, "")),
        ({"plans.json": TABLE, **export(ITEMS, md5Checksum="AAAA")}, ("x.json.gz", 0, "")),
        ({"plans.json": TABLE, **export(ITEMS, outputFormat="ION")}, ("manifest-summary.json", 0, "")),
        ({"plans.json": TABLE, **export(ITEMS, exportType="INCREMENTAL_EXPORT")}, ("manifest-summary.json", 0, "")),
        ({**export(ITEMS)}, ("manifest-summary.json", 1, "/Table")),
        ({"m.json": {"DataModel": [{"TableName": "plans"}]}}, ("m.json", 1, "/DataModel/0")),
    ],
)
def test_what_dynamodb_would_not_hold_or_nobody_can_tell_is_refused_with_its_place(
    tmp_path: Path, files: dict[str, Any], expected: tuple[str, int, str] | None
) -> None:
    write(tmp_path, files)

    def everything() -> list[Any]:
        dumps = TableDumps(tmp_path)
        return [list(dumps.scan(name)) for name in dumps.tables]

    if expected is None:
        write(tmp_path, {"plans.jsonl": b""})
        assert len(everything()) == 1
    else:
        assert [found[:3] for found in problems(everything)][:1] == [expected]


def test_a_data_file_of_an_export_that_is_missing_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"plans.json": TABLE, **export(ITEMS)})
    (tmp_path / "AWSDynamoDB/1-a/data/x.json.gz").unlink()

    ((file, _, pointer, message),) = problems(lambda: TableDumps(tmp_path))

    assert (file, pointer) == ("manifest-files.json", "/dataFileS3Key")
    assert message.endswith("x.json.gz is missing")


def test_files_that_hold_nothing_about_tables_are_named(tmp_path: Path) -> None:
    files = {
        "plans.json": {**TABLE, "Items": []},
        "tables.json": {"TableNames": ["plans"]},
        "notes.txt": "",
        "_r.json": "",
    }

    assert [path.name for path in TableDumps(write(tmp_path, files)).ignored] == ["notes.txt", "tables.json"]


def test_every_real_model_is_taken() -> None:
    dumps = TableDumps(shared("dynamodb", "nosql-workbench"))

    counted = {name: len(list(dumps.scan(name))) for name in dumps.tables}
    assert counted == {
        "Chat": 8,
        "Complaint_management_system": 9,
        "Connected_Vehicle": 0,
        "ReoccuringPayments": 0,
        "SNS": 17,
        "game-player-profiles": 0,
        "session_store": 6,
    }
    indexes = {name: len(dumps.schema(name).get("GlobalSecondaryIndexes", ())) for name in dumps.tables}
    assert [indexes[name] for name in ("Chat", "Complaint_management_system", "SNS")] == [1, 3, 0]


def test_every_recorded_description_of_a_real_table_is_taken(tmp_path: Path) -> None:
    """But for one of a table under deletion, of which DescribeTable told no keys any more."""
    deleted = "test_force_delete_dynamodb_tables.DescribeTable_2.json"
    files = sorted(shared("dynamodb", "custodian-recordings").glob("*DescribeTable*"))
    folders = {file.name: write(tmp_path / file.stem, {file.name: file.read_bytes()}) for file in files}
    ((_, _, _, message),) = problems(lambda: TableDumps(folders.pop(deleted)))
    assert message.endswith("AttributeDefinitions, KeySchema is missing")
    for folder in folders.values():
        dumps = TableDumps(folder)
        (name,) = dumps.tables
        assert dumps.schema(name)["KeySchema"]
        assert list(dumps.scan(name)) == []
    assert len(folders) == 22


def test_real_batch_write_requests_are_taken_with_a_description(tmp_path: Path) -> None:
    requests = shared("dynamodb", "sample-data-global-serverless.json")
    keys = [("PK", "HASH"), ("SK", "RANGE")]
    described = {
        "TableName": "global-serverless",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    }
    write(tmp_path, {"requests.json": requests.read_bytes()})
    ((_, _, pointer, message),) = problems(lambda: TableDumps(tmp_path))
    assert (pointer, message) == ("/Table", "items of global-serverless, but nothing describes that table")

    write(tmp_path, {"table.json": {"Table": described}})

    assert len(list(TableDumps(tmp_path).scan("global-serverless"))) == 13
