"""Items by DynamoDB's export: waited for, read as a stream, and held against what the export's own manifest says.

The answers have the form of https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.response import StreamingBody

from tests.world.aws_parts import items, stubbed
from twinstage.model.errors import AwsError, InputError
from twinstage.world.aws.table_export import TableExports

if TYPE_CHECKING:
    from collections.abc import Sequence

ARN = "arn:aws:dynamodb:us-east-1:111111111111:table/plans"
EXPORT = f"{ARN}/export/01693685827463-2d8752fd"
FOLDER = "exports/plans/AWSDynamoDB/01693685827463-2d8752fd"


def exported(file_items: Sequence[Any]) -> bytes:
    return gzip.compress(b"".join(json.dumps({"Item": item}).encode() + b"\n" for item in file_items))


def entry(name: str, content: bytes, count: int) -> dict[str, Any]:
    md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    return {"itemCount": count, "md5Checksum": md5, "etag": "e-1", "dataFileS3Key": f"{FOLDER}/data/{name}"}


def body(content: bytes) -> dict[str, Any]:
    return {"Body": StreamingBody(io.BytesIO(content), len(content))}


class Exported:
    """Clients of an account that exports these files; `edit` changes the manifest's entries or the summary."""

    def __init__(self, files: dict[str, bytes], counts: dict[str, int], **summary: Any) -> None:
        self.files = files
        self.entries = [entry(name, content, counts[name]) for name, content in files.items()]
        self.summary = {
            "version": "2020-06-30",
            "tableArn": ARN,
            "manifestFilesS3Key": f"{FOLDER}/manifest-files.json",
            "itemCount": sum(counts.values()),
            "outputFormat": "DYNAMODB_JSON",
            **summary,
        }
        self.pauses: list[float] = []

    def scan(self, statuses: Sequence[str] = ("COMPLETED",), **failure: str) -> list[Any]:
        with stubbed("dynamodb") as (dynamodb, api), stubbed("s3") as (s3, store):
            dynamodb.add_response("describe_table", {"Table": {"TableArn": ARN}}, {"TableName": "plans"})
            asked = {
                "TableArn": ARN,
                "S3Bucket": "snapshots",
                "S3Prefix": "exports/plans",
                "ExportFormat": "DYNAMODB_JSON",
            }
            dynamodb.add_response("export_table_to_point_in_time", {"ExportDescription": {"ExportArn": EXPORT}}, asked)
            for status in statuses:
                told = {"ExportStatus": status, "ExportManifest": f"{FOLDER}/manifest-summary.json", **failure}
                dynamodb.add_response("describe_export", {"ExportDescription": told}, {"ExportArn": EXPORT})
            lines = b"\n".join(json.dumps(line).encode() for line in self.entries)
            objects = {
                f"{FOLDER}/manifest-summary.json": json.dumps(self.summary).encode(),
                f"{FOLDER}/manifest-files.json": lines + b"\n",
                **{f"{FOLDER}/data/{name}": content for name, content in self.files.items() if self._is_read(name)},
            }
            for key, content in objects.items() if statuses[-1] == "COMPLETED" else ():
                s3.add_response("get_object", body(content), {"Bucket": "snapshots", "Key": key})
            return list(TableExports(api, store, "snapshots", pause=self.pauses.append).scan("plans"))

    def _is_read(self, name: str) -> bool:
        return any(line["dataFileS3Key"].endswith(name) and line["itemCount"] for line in self.entries)


def whole() -> Exported:
    files = {"a.json.gz": exported(items(7)), "b.json.gz": exported(items(10)[7:]), "empty.json.gz": exported([])}
    return Exported(files, {"a.json.gz": 7, "b.json.gz": 3, "empty.json.gz": 0})


def test_the_items_of_an_export_are_those_of_all_its_files() -> None:
    assert whole().scan() == items(10)


def test_an_export_is_waited_for_with_longer_and_longer_pauses() -> None:
    export = whole()

    export.scan(["IN_PROGRESS"] * 6 + ["COMPLETED"])

    assert export.pauses == [5, 10, 20, 40, 60, 60]


def test_an_export_that_failed_is_a_failure_with_its_reason() -> None:
    with pytest.raises(AwsError, match="the export of plans failed: no such bucket") as caught:
        whole().scan(["FAILED"], FailureCode="S3NoSuchBucket", FailureMessage="no such bucket")
    assert caught.value.error == "S3NoSuchBucket"


def test_a_retry_begins_another_export_where_the_one_before_it_failed() -> None:
    """Each token is the same for every retry: what a retry begins, the next one finds."""
    tokens: list[str] = []

    def asked(again: str, status: str) -> None:
        answers.add_response(
            "export_table_to_point_in_time", {"ExportDescription": {"ExportArn": again, "ExportStatus": status}}
        )

    for _ in range(2):
        with stubbed("dynamodb") as (answers, api):
            api.meta.events.register(
                "provide-client-params.dynamodb.ExportTableToPointInTime",
                lambda params, **_: tokens.append(params["ClientToken"]),
            )
            answers.add_response("describe_table", {"Table": {"TableArn": ARN}})
            asked(EXPORT, "FAILED")
            asked(f"{EXPORT}-again", "IN_PROGRESS")
            answers.add_client_error("describe_export", "ExportNotFoundException", "stop here", 400)
            with pytest.raises(AwsError, match="stop here"):
                list(TableExports(api, None, "snapshots", attempt="invocation").scan("plans"))

    first, second = tokens[:2]
    assert first != second
    assert tokens == [first, second] * 2


def test_a_file_that_is_not_what_its_checksum_says_is_refused() -> None:
    export = whole()
    export.files["b.json.gz"] = exported([item | {"b": {"B": "AAED"}} for item in items(10)[7:]])
    with pytest.raises(AwsError, match=r"data/b\.json\.gz has the MD5"):
        export.scan()


@pytest.mark.parametrize("length", [5, 60])
def test_a_file_that_was_cut_off_is_refused(length: int) -> None:
    files = {"a.json.gz": exported(items(7))[:length]}
    with pytest.raises(AwsError, match=r"data/a\.json\.gz is not whole gzip data"):
        Exported(files, {"a.json.gz": 7}).scan()


def test_a_file_with_fewer_items_than_the_manifest_says_is_refused() -> None:
    with pytest.raises(AwsError, match=r"data/a\.json\.gz holds 7 items, not 8"):
        Exported({"a.json.gz": exported(items(7))}, {"a.json.gz": 8}).scan()


def test_an_export_with_fewer_items_than_its_summary_says_is_refused() -> None:
    with pytest.raises(AwsError, match="the export of plans holds 7 items, not 9"):
        Exported({"a.json.gz": exported(items(7))}, {"a.json.gz": 7}, itemCount=9).scan()


def test_a_table_without_point_in_time_recovery_cannot_be_exported() -> None:
    with stubbed("dynamodb") as (dynamodb, api):
        dynamodb.add_response("describe_table", {"Table": {"TableArn": ARN}})
        dynamodb.add_client_error("export_table_to_point_in_time", "PointInTimeRecoveryUnavailableException", "off")
        with pytest.raises(InputError, match="plans has no point-in-time recovery") as caught:
            list(TableExports(api, None, "snapshots").scan("plans"))
    assert caught.value.problems[0].hint == "turn it on, or capture the items by a scan"


def test_an_export_that_may_not_be_made_is_a_failure() -> None:
    with stubbed("dynamodb") as (dynamodb, api):
        dynamodb.add_response("describe_table", {"Table": {"TableArn": ARN}})
        dynamodb.add_client_error("export_table_to_point_in_time", "AccessDeniedException", "not you")
        with pytest.raises(AwsError) as caught:
            list(TableExports(api, None, "snapshots").scan("plans"))
    assert caught.value.operation == "ExportTableToPointInTime"
