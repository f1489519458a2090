"""Tables read by DynamoDB's own export to S3: it takes no read capacity, and is the table's state at one point in time.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import time
import uuid
import zlib
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from twinstage.model.errors import AwsError, InputError, InputProblem
from twinstage.world.aws.clients import aws_errors
from twinstage.world.aws.table_reader import TableReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.model.item import Item

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 60.0
PREFIX = "exports"


class TableExports(TableReader):
    """The tables of one account; `scan` gives the items of an export into `bucket`, below `exports/<table>`.

    `attempt` names the capture that the exports are for, alike in each of its retries: a retry finds the exports that were
    begun before it, as long as DynamoDB knows their client tokens (eight hours), and begins another where one failed. Without
    a name every capture begins its own.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
    """

    def __init__(
        self,
        dynamodb: Any,
        s3: Any,
        bucket: str,
        *,
        attempt: str | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(dynamodb)
        self.s3, self.bucket, self.attempt, self.pause = s3, bucket, attempt, pause

    def scan(self, table: str) -> Iterator[Item]:
        """Every item of a full export that is begun now, or was by this capture's earlier attempt, file by file as a stream.

        Raises InputError where point-in-time recovery is off, AwsError where the export fails or a file is not what the
        export's manifest says. Whoever consumes the items learns of a damaged file at its end.
        """
        summary = self._json(self._finished(self._begun(table), table))
        total = 0
        for entry in self._lines(summary["manifestFilesS3Key"]):
            file = json.loads(entry)
            if not file["itemCount"]:
                continue
            count = 0
            for item in self._items(file):
                count += 1
                yield item
            if count != file["itemCount"]:
                raise _damaged(f"{file['dataFileS3Key']} holds {count} items, not {file['itemCount']}")
            total += count
        if total != summary["itemCount"]:
            raise _damaged(f"the export of {table} holds {total} items, not {summary['itemCount']}")

    def _begun(self, table: str) -> str:
        with aws_errors("dynamodb", "DescribeTable"):
            arn = self.dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
        token = {} if self.attempt is None else {"ClientToken": _token(self.attempt, arn)}
        begun = self._export(arn, table, token)
        while token and begun.get("ExportStatus") == "FAILED":
            # An earlier attempt's: its token will answer with it for hours. The next in line is as much the same for every retry.
            token = {"ClientToken": _token(self.attempt or "", begun["ExportArn"])}
            begun = self._export(arn, table, token)
        return str(begun["ExportArn"])

    def _export(self, arn: str, table: str, token: Mapping[str, str]) -> dict[str, Any]:
        try:
            answer = self.dynamodb.export_table_to_point_in_time(
                TableArn=arn, S3Bucket=self.bucket, S3Prefix=f"{PREFIX}/{table}", ExportFormat="DYNAMODB_JSON", **token
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "PointInTimeRecoveryUnavailableException":
                message = f"{table} has no point-in-time recovery: it cannot be exported"
                hint = "turn it on, or capture the items by a scan"
                raise InputError([InputProblem("capture", 0, f"/tables/{table}", message, hint)]) from error
            with aws_errors("dynamodb", "ExportTableToPointInTime"):
                raise
        begun: dict[str, Any] = answer["ExportDescription"]
        return begun

    def _finished(self, export: str, table: str) -> str:
        """Wait for the export; the key of its summary."""
        pause = FIRST_PAUSE_S
        while True:
            with aws_errors("dynamodb", "DescribeExport"):
                told = self.dynamodb.describe_export(ExportArn=export)["ExportDescription"]
            if told["ExportStatus"] == "COMPLETED":
                return str(told["ExportManifest"])
            if told["ExportStatus"] == "FAILED":
                reason = told.get("FailureMessage", "no reason was given")
                raise AwsError(
                    "dynamodb",
                    "ExportTableToPointInTime",
                    told.get("FailureCode", "ExportFailed"),
                    f"the export of {table} failed: {reason}",
                )
            self.pause(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)

    def _items(self, file: Mapping[str, Any]) -> Iterator[Item]:
        key = file["dataFileS3Key"]
        with aws_errors("s3", "GetObject"):
            body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"]
            with body:
                yield from exported_items(body, file["md5Checksum"], key)

    def _json(self, key: str) -> Any:
        with aws_errors("s3", "GetObject"):
            return json.loads(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def _lines(self, key: str) -> list[bytes]:
        """One line a data file: some thousands at most."""
        with aws_errors("s3", "GetObject"):
            content: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return [line for line in content.splitlines() if line.strip()]


def exported_items(body: Any, md5: str, name: str) -> Iterator[Item]:
    """The items of one gzipped data file, line by line; `body` is read once. `md5` is that of the file, in base64.

    Raises AwsError, after the items, where the file is not what its checksum says.
    """
    hashed = _Hashed(body)
    try:
        with gzip.GzipFile(fileobj=hashed) as lines:
            for line in lines:
                yield json.loads(line)["Item"]
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(f"{name} is not whole gzip data: {error}") from error
    if hashed.md5() != md5:
        raise _damaged(f"{name} has the MD5 {hashed.md5()}, not {md5}")


class _Hashed(io.RawIOBase):
    """A stream that is hashed as it is read."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self._body, self._md5 = body, hashlib.md5(usedforsecurity=False)

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._body.read(size)
        self._md5.update(data)
        return data

    def md5(self) -> str:
        return base64.b64encode(self._md5.digest()).decode()


def _token(attempt: str, arn: str) -> str:
    """A client token of the usual form, the same for the same capture and table or failed export."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{attempt} {arn}"))


def _damaged(message: str) -> AwsError:
    return AwsError("dynamodb", "ExportTableToPointInTime", "DamagedExport", message, retryable=True)
