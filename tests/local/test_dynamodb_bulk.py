"""Export to S3 and import from it: AWS's own layout, and a table that comes out as it went in.

Layout: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import refusal, unique
from tests.local.conftest import Workshop, eventually

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine

KEYS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ITEMS: list[dict[str, Any]] = [
    {"pk": {"S": "a"}, "b": {"B": b"\x00\xff"}, "n": {"N": "1.5"}},
    {"pk": {"S": "é"}, "set": {"BS": [b"1", b"2"]}, "m": {"M": {"l": {"L": [{"NULL": True}]}}}},
]


class Bulk:
    """DynamoDB and S3 of the twin's account."""

    def __init__(self, workshop: Workshop, bucket: str) -> None:
        self.dynamodb, self.s3, self.bucket = workshop.client("dynamodb"), workshop.client("s3"), bucket

    def table(self, items: list[dict[str, Any]], *, recovery: bool = True) -> tuple[str, str]:
        name = unique("table")
        arn = self.dynamodb.create_table(TableName=name, **KEYS)["TableDescription"]["TableArn"]
        if recovery:
            self.dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        for item in items:
            self.dynamodb.put_item(TableName=name, Item=item)
        return name, arn

    def export(self, arn: str, **more: Any) -> dict[str, Any]:
        """An export, once it has ended."""
        begun = self.dynamodb.export_table_to_point_in_time(TableArn=arn, **{"S3Bucket": self.bucket, **more})
        return self.ended("export", begun["ExportDescription"])

    def imported(self, prefix: str, **more: Any) -> dict[str, Any]:
        """An import into a new table, once it has ended."""
        request = {
            "S3BucketSource": {"S3Bucket": self.bucket, "S3KeyPrefix": prefix},
            "InputFormat": "DYNAMODB_JSON",
            "InputCompressionType": "GZIP",
            "TableCreationParameters": {"TableName": unique("table"), **KEYS},
            **more,
        }
        return self.ended("import", self.dynamodb.import_table(**request)["ImportTableDescription"])

    def ended(self, kind: str, begun: dict[str, Any]) -> dict[str, Any]:
        assert begun[f"{kind.title()}Status"] == "IN_PROGRESS"
        name = {"export": "ExportDescription", "import": "ImportTableDescription"}[kind]
        arn = {f"{kind.title()}Arn": begun[f"{kind.title()}Arn"]}

        def done() -> dict[str, Any] | None:
            told: dict[str, Any] = getattr(self.dynamodb, f"describe_{kind}")(**arn)[name]
            return told if told[f"{kind.title()}Status"] != "IN_PROGRESS" else None

        found: dict[str, Any] = eventually(done)
        return found

    def body(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def items(self, table: str) -> list[dict[str, Any]]:
        return sorted(self.dynamodb.scan(TableName=table)["Items"], key=lambda item: item["pk"]["S"])


@pytest.fixture
def bulk(workshop: Workshop, bucket: str) -> Bulk:
    return Bulk(workshop, bucket)


class TestExports:
    def test_the_layout_is_aws_own(self, bulk: Bulk) -> None:
        _, arn = bulk.table(ITEMS)
        told = bulk.export(arn, S3Prefix="some/prefix")

        root = f"some/prefix/AWSDynamoDB/{told['ExportArn'].rpartition('/')[2]}"
        summary = json.loads(bulk.body(f"{root}/manifest-summary.json"))
        files = [json.loads(line) for line in bulk.body(summary["manifestFilesS3Key"]).splitlines()]
        assert (told["ExportStatus"], told["ItemCount"]) == ("COMPLETED", 2)
        assert told["ExportManifest"] == f"{root}/manifest-summary.json"
        assert (summary["exportArn"], summary["tableArn"]) == (told["ExportArn"], arn)
        assert (summary["itemCount"], summary["outputFormat"]) == (2, "DYNAMODB_JSON")
        for name in ("manifest-summary", "manifest-files"):
            digest = hashlib.md5(bulk.body(f"{root}/{name}.json"), usedforsecurity=False).digest()
            assert bulk.body(f"{root}/{name}.checksum") == b64encode(digest)
        (data,) = files
        packed = bulk.body(data["dataFileS3Key"])
        assert data["dataFileS3Key"].startswith(f"{root}/data/")
        assert data["md5Checksum"] == b64encode(hashlib.md5(packed, usedforsecurity=False).digest()).decode()
        lines = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
        assert [set(line) for line in lines] == [{"Item"}, {"Item"}]
        assert {b64decode(line["Item"]["b"]["B"]) for line in lines if "b" in line["Item"]} == {b"\x00\xff"}

    def test_an_empty_table_gives_one_empty_file(self, bulk: Bulk) -> None:
        told = bulk.export(bulk.table([])[1])
        files = bulk.body(told["ExportManifest"].replace("summary", "files")).splitlines()
        assert [json.loads(line)["itemCount"] for line in files] == [0]

    def test_it_is_the_table_as_it_was_when_it_was_asked_for(self, bulk: Bulk) -> None:
        name, arn = bulk.table([{"pk": {"S": str(number)}} for number in range(300)])
        begun = bulk.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bulk.bucket)["ExportDescription"]
        for number in range(300):
            bulk.dynamodb.delete_item(TableName=name, Key={"pk": {"S": str(number)}})

        assert bulk.ended("export", begun)["ItemCount"] == 300

    def test_needs_point_in_time_recovery(self, bulk: Bulk) -> None:
        _, arn = bulk.table([], recovery=False)
        request = {"TableArn": arn, "S3Bucket": bulk.bucket}
        code, _ = refusal(bulk.dynamodb.export_table_to_point_in_time, **request)
        assert code == "PointInTimeRecoveryUnavailableException"

    def test_a_table_that_is_not_there(self, bulk: Bulk) -> None:
        _, arn = bulk.table([])
        request = {"TableArn": f"{arn}-other", "S3Bucket": bulk.bucket}
        assert refusal(bulk.dynamodb.export_table_to_point_in_time, **request)[0] == "TableNotFoundException"

    def test_the_same_token_is_the_same_export(self, bulk: Bulk) -> None:
        _, arn = bulk.table(ITEMS)
        token = {"ClientToken": unique("token")}
        first = bulk.export(arn, **token)
        again = bulk.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bulk.bucket, **token)
        other = {"TableArn": arn, "S3Bucket": bulk.bucket, "S3Prefix": "other", **token}

        assert again["ExportDescription"]["ExportArn"] == first["ExportArn"]
        assert refusal(bulk.dynamodb.export_table_to_point_in_time, **other)[0] == "ExportConflictException"
        listed = bulk.dynamodb.list_exports(TableArn=arn)["ExportSummaries"]
        assert [one["ExportArn"] for one in listed] == [first["ExportArn"]]

    def test_exports_are_listed_in_pages(self, bulk: Bulk) -> None:
        _, arn = bulk.table([])
        made = [bulk.export(arn)["ExportArn"] for _ in range(3)]
        first = bulk.dynamodb.list_exports(TableArn=arn, MaxResults=2)
        rest = bulk.dynamodb.list_exports(TableArn=arn, NextToken=first["NextToken"])

        assert [one["ExportArn"] for page in (first, rest) for one in page["ExportSummaries"]] == made
        assert "NextToken" not in rest
        assert refusal(bulk.dynamodb.list_exports, NextToken="none")[0] == "ValidationException"

    def test_only_the_present_is_kept(self, bulk: Bulk) -> None:
        _, arn = bulk.table(ITEMS)
        now = datetime.now(UTC)
        for moment in (now - timedelta(hours=1), now + timedelta(hours=1)):
            request = {"TableArn": arn, "S3Bucket": bulk.bucket, "ExportTime": moment}
            assert refusal(bulk.dynamodb.export_table_to_point_in_time, **request)[0] == "InvalidExportTimeException"

    @pytest.mark.parametrize("more", [{"ExportType": "INCREMENTAL_EXPORT"}, {"ExportFormat": "ION"}])
    def test_what_is_not_done_is_refused_by_name(self, bulk: Bulk, more: dict[str, str]) -> None:
        request = {"TableArn": bulk.table([])[1], "S3Bucket": bulk.bucket, **more}
        code, message = refusal(bulk.dynamodb.export_table_to_point_in_time, **request)
        assert (code, next(iter(more.values())) in message) == ("UnsupportedOperation", True)

    def test_a_bucket_that_is_not_there_fails_the_export(self, bulk: Bulk) -> None:
        told = bulk.export(bulk.table([])[1], S3Bucket=unique("nowhere"))
        assert (told["ExportStatus"], told["FailureCode"]) == ("FAILED", "S3NoSuchBucket")


class TestImports:
    def test_what_was_exported_comes_back(self, bulk: Bulk) -> None:
        told = bulk.export(bulk.table(ITEMS)[1])
        prefix = told["ExportManifest"].removesuffix("manifest-summary.json") + "data/"
        imported = bulk.imported(prefix)

        table = imported["TableCreationParameters"]["TableName"]
        assert bulk.items(table) == ITEMS
        assert imported["ImportStatus"] == "COMPLETED"
        assert (imported["ProcessedItemCount"], imported["ImportedItemCount"], imported["ErrorCount"]) == (2, 2, 0)
        listed = bulk.dynamodb.list_imports(TableArn=imported["TableArn"])["ImportSummaryList"]
        assert [one["ImportArn"] for one in listed] == [imported["ImportArn"]]

    def test_plain_lines_and_items_that_are_none(self, bulk: Bulk) -> None:
        lines = [
            b'{"Item": {"pk": {"S": "good"}}}',
            b'{"Item": {"pk": {"N": "1"}}}',
            b'{"Item": {"other": {"S": "x"}}}',
            b'{"NoItem": {}}',
            b"not json",
            b'{"Item": {"pk": {"S": "b"}, "b": {"B": "?"}}}',
            b"",
        ]
        bulk.s3.put_object(Bucket=bulk.bucket, Key="plain/a.json", Body=b"\n".join(lines))
        imported = bulk.imported("plain/", InputCompressionType="NONE")

        assert bulk.items(imported["TableCreationParameters"]["TableName"]) == [{"pk": {"S": "good"}}]
        assert (imported["ProcessedItemCount"], imported["ImportedItemCount"], imported["ErrorCount"]) == (6, 1, 5)

    def test_of_items_with_one_key_the_last_stays(self, bulk: Bulk) -> None:
        lines = [b'{"Item": {"pk": {"S": "a"}, "n": {"N": "%d"}}}' % number for number in range(3)]
        bulk.s3.put_object(Bucket=bulk.bucket, Key="same/a.json", Body=b"\n".join(lines))
        imported = bulk.imported("same/", InputCompressionType="NONE")

        assert bulk.items(imported["TableCreationParameters"]["TableName"]) == [{"pk": {"S": "a"}, "n": {"N": "2"}}]

    def test_a_file_that_is_not_packed_is_an_error(self, bulk: Bulk) -> None:
        bulk.s3.put_object(Bucket=bulk.bucket, Key="broken/a.json.gz", Body=b'{"Item": {"pk": {"S": "a"}}}')
        assert bulk.imported("broken/")["ErrorCount"] == 1

    def test_only_into_a_new_table(self, bulk: Bulk) -> None:
        name, _ = bulk.table([])
        request = {
            "S3BucketSource": {"S3Bucket": bulk.bucket},
            "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": {"TableName": name, **KEYS},
        }
        assert refusal(bulk.dynamodb.import_table, **request)[0] == "ResourceInUseException"

    def test_the_same_token_is_the_same_import(self, bulk: Bulk) -> None:
        bulk.s3.put_object(Bucket=bulk.bucket, Key="token/a.json.gz", Body=gzip.compress(b""))
        table = {"TableName": unique("table"), **KEYS}
        same = {"ClientToken": unique("token"), "TableCreationParameters": table}
        first = bulk.imported("token/", **same)
        request = {
            "S3BucketSource": {"S3Bucket": bulk.bucket, "S3KeyPrefix": "token/"},
            "InputFormat": "DYNAMODB_JSON",
            "InputCompressionType": "GZIP",
            **same,
        }

        again = bulk.dynamodb.import_table(**request)["ImportTableDescription"]
        assert again["ImportArn"] == first["ImportArn"]
        request["InputCompressionType"] = "NONE"
        assert refusal(bulk.dynamodb.import_table, **request)[0] == "ImportConflictException"

    def test_a_bucket_that_is_not_there_fails_the_import(self, bulk: Bulk) -> None:
        told = bulk.imported("", S3BucketSource={"S3Bucket": unique("nowhere")})
        assert (told["ImportStatus"], told["FailureCode"]) == ("FAILED", "S3NoSuchBucket")

    @pytest.mark.parametrize("more", [{"InputFormat": "CSV"}, {"InputCompressionType": "ZSTD"}])
    def test_what_is_not_done_is_refused_by_name(self, bulk: Bulk, more: dict[str, str]) -> None:
        request = {
            "S3BucketSource": {"S3Bucket": bulk.bucket},
            "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": {"TableName": unique("table"), **KEYS},
            **more,
        }
        code, message = refusal(bulk.dynamodb.import_table, **request)
        assert (code, next(iter(more.values())) in message) == ("UnsupportedOperation", True)


def test_a_stopped_engine_ends_what_is_under_way(empty_engine: Engine) -> None:
    workshop = Workshop(empty_engine)
    workshop.client("s3").create_bucket(Bucket="under-way")
    bulk = Bulk(workshop, "under-way")
    _, arn = bulk.table([{"pk": {"S": str(number)}} for number in range(200)])
    begun = bulk.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="under-way")["ExportDescription"]
    empty_engine.reset()

    assert refusal(bulk.dynamodb.describe_export, ExportArn=begun["ExportArn"])[0] == "ExportNotFoundException"
    assert bulk.dynamodb.list_exports()["ExportSummaries"] == []
