"""ExportTableToPointInTime: a table as files in S3, in AWS's own layout, out of a value that no later write changes.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from twinstage.local.dynamodb.data_files import DataFile, data_files
from twinstage.local.dynamodb.jobs import Stopped, failure
from twinstage.local.dynamodb.pages import page
from twinstage.local.dynamodb.tokens import Tokens
from twinstage.local.dynamodb.wire import write
from twinstage.world.memory import dynamodb
from twinstage.world.memory.dynamodb import Database, DynamoRefused, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.local.dynamodb.databases import Databases, Held
    from twinstage.local.dynamodb.jobs import Jobs

    S3 = Callable[[str, str], Any]
    """(account, region) -> an S3 client of the account's operator."""

_NO_RECOVERY = "Point in time recovery is not enabled for table '{table}'"


@dataclass
class Export:
    """One export: what DescribeExport tells of it, and the table as it was when it began."""

    description: dict[str, Any]
    table: str
    account: str
    region: str
    database: Database = field(repr=False)


class Exports:
    """The exports of all accounts, in the order in which they were asked for."""

    def __init__(self, databases: Databases, jobs: Jobs, s3: S3) -> None:
        self._databases, self._jobs, self._s3 = databases, jobs, s3
        self._exports: dict[str, Export] = {}
        self._tokens = Tokens(
            "ExportConflictException", "Export with the same client token exists with different parameters"
        )

    def operations(self) -> dict[str, Callable[[Held, Mapping[str, Any]], dict[str, Any]]]:
        """The operations of the API that are answered here."""
        return {
            "DescribeExport": self._describe,
            "ExportTableToPointInTime": self._export,
            "ListExports": self._list,
        }

    def forget_all(self) -> None:
        """Forget every export; their files belong to S3."""
        self._exports.clear()
        self._tokens.forget_all()

    def _export(self, held: Held, request: Mapping[str, Any]) -> dict[str, Any]:
        _refuse_what_is_not_done(request)
        # One request at a time: of two with one token, the second is to find what the first began.
        with held.lock:
            now = self._databases.clock()
            known = self._tokens.known(held, request, now)
            # What was begun is told as it began: it may be over already.
            told = self._exports[known].description if known is not None else self._begun(held, request, now)
            return {"ExportDescription": dict(told)}

    def _begun(self, held: Held, request: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Begin an export; answers how it is described as it begins."""
        arn, database = request["TableArn"], held.database
        table = arn.rpartition("/")[2]
        described = _described(database, arn, table, now)
        self._check_time(held, request, now)
        export_id = f"{int(now * 1000):014d}-{uuid4().hex[:8]}"
        moment = datetime.fromtimestamp(now, UTC)
        description: dict[str, Any] = {
            "ExportArn": f"{described['TableArn']}/export/{export_id}",
            "ExportStatus": "IN_PROGRESS",
            "StartTime": moment,
            "TableArn": described["TableArn"],
            "TableId": described["TableId"],
            "ExportTime": request.get("ExportTime", moment),
            "ClientToken": request.get("ClientToken") or str(uuid4()),
            "S3Bucket": request["S3Bucket"],
            "S3SseAlgorithm": request.get("S3SseAlgorithm", "AES256"),
            "ExportFormat": "DYNAMODB_JSON",
            "ExportType": "FULL_EXPORT",
            **{name: request[name] for name in ("S3BucketOwner", "S3Prefix", "S3SseKmsKeyId") if name in request},
        }
        export = Export(description, table, held.account, held.region, database)
        self._exports[description["ExportArn"]] = export
        self._tokens.remember(held, request, description["ExportArn"], now)
        told = dict(description)
        self._jobs.start(f"export-{table}", lambda check: self._carry_out(export, check))
        return told

    def _check_time(self, held: Held, request: Mapping[str, Any], now: float) -> None:
        """Only the present is kept: a time is good where nothing of the region changed since."""
        wanted = request.get("ExportTime")
        if wanted is None:
            return
        if wanted.timestamp() > now:
            raise DynamoRefused("InvalidExportTimeException", f"Export time {wanted} is in the future")
        if wanted.timestamp() < held.changed_at:
            raise DynamoRefused(
                "InvalidExportTimeException",
                f"the embedded AWS keeps no earlier state of a table: something changed since {wanted}",
            )

    def _carry_out(self, export: Export, check: Callable[[], None]) -> None:
        try:
            self._end(export, _written(export, self._s3(export.account, export.region), check))
        except Stopped:
            raise
        except Exception as error:
            # Whatever it was: who waits for an export asks how it ended, and for nothing else.
            told, expected = failure(error, "Export")
            self._end(export, {"ExportStatus": "FAILED", **told})
            if not expected:
                raise

    def _end(self, export: Export, outcome: Mapping[str, Any]) -> None:
        moment = datetime.fromtimestamp(self._databases.clock(), UTC)
        # One assignment: whoever describes the export meanwhile sees it as it was, or as it is.
        export.description = {**export.description, **outcome, "EndTime": moment}

    def _describe(self, _: Held, request: Mapping[str, Any]) -> dict[str, Any]:
        found = self._exports.get(request["ExportArn"])
        if found is None:
            raise DynamoRefused("ExportNotFoundException", f"Export not found: {request['ExportArn']}")
        return {"ExportDescription": dict(found.description)}

    def _list(self, held: Held, request: Mapping[str, Any]) -> dict[str, Any]:
        own = [
            {name: one.description[name] for name in ("ExportArn", "ExportStatus", "ExportType")}
            for one in list(self._exports.values())
            if (one.account, one.region) == (held.account, held.region)
            and request.get("TableArn") in (None, one.description["TableArn"])
        ]
        found, following = page(own, request.get("NextToken"), request.get("MaxResults"))
        return {"ExportSummaries": found, **following}


def _refuse_what_is_not_done(request: Mapping[str, Any]) -> None:
    if request.get("ExportType", "FULL_EXPORT") != "FULL_EXPORT":
        raise Unsupported(f"ExportTableToPointInTime with ExportType {request['ExportType']}")
    if request.get("ExportFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
        raise Unsupported(f"ExportTableToPointInTime with ExportFormat {request['ExportFormat']}")
    if request.get("FilterSpecification"):
        raise Unsupported("ExportTableToPointInTime with FilterSpecification")


def _described(database: Database, arn: str, table: str, now: float) -> dict[str, Any]:
    """The table's description, if the table is there and has point-in-time recovery."""
    try:
        _, answer = dynamodb.execute(database, "DescribeTable", {"TableName": table}, now=now)
    except DynamoRefused as missing:
        raise DynamoRefused("TableNotFoundException", f"Table not found: {table}") from missing
    if answer["Table"]["TableArn"] != arn:
        raise DynamoRefused("TableNotFoundException", f"Table not found: {arn}")
    _, backups = dynamodb.execute(database, "DescribeContinuousBackups", {"TableName": table}, now=now)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    if recovery["PointInTimeRecoveryStatus"] != "ENABLED":
        raise DynamoRefused("PointInTimeRecoveryUnavailableException", _NO_RECOVERY.format(table=table))
    described: dict[str, Any] = answer["Table"]
    return described


def _written(export: Export, s3: Any, check: Callable[[], None]) -> dict[str, Any]:
    """Write the export's objects, the manifests last, and answer what DescribeExport tells of it from then on."""
    told = export.description
    own = f"AWSDynamoDB/{told['ExportArn'].rpartition('/')[2]}"
    root = f"{told['S3Prefix'].rstrip('/')}/{own}" if told.get("S3Prefix") else own

    def put(key: str, body: bytes) -> str:
        check()
        answer = s3.put_object(Bucket=told["S3Bucket"], Key=key, Body=body)
        return str(answer["ETag"]).strip('"')

    put(f"{root}/_started", b"")
    lines, count, size = [], 0, 0
    for number, one in enumerate(data_files(export.database, export.table, check)):
        key = f"{root}/data/{number:08d}{hashlib.sha256(own.encode()).hexdigest()[:16]}.json.gz"
        lines.append(_file_line(one, key, put(key, one.body)))
        count, size = count + one.items, size + one.size_bytes
    files = b"".join(line + b"\n" for line in lines)
    put(f"{root}/manifest-files.json", files)
    put(f"{root}/manifest-files.checksum", _checksum(files))
    summary = _summary(export, f"{root}/manifest-files.json", count, size)
    put(f"{root}/manifest-summary.checksum", _checksum(summary))
    put(f"{root}/manifest-summary.json", summary)
    manifest = f"{root}/manifest-summary.json"
    return {"ExportStatus": "COMPLETED", "ExportManifest": manifest, "ItemCount": count, "BilledSizeBytes": size}


def _file_line(data: DataFile, key: str, etag: str) -> bytes:
    checksum = _checksum(data.body).decode()
    return write({"itemCount": data.items, "md5Checksum": checksum, "etag": etag, "dataFileS3Key": key})


def _checksum(body: bytes) -> bytes:
    return b64encode(hashlib.md5(body, usedforsecurity=False).digest())


def _summary(export: Export, files_key: str, count: int, size: int) -> bytes:
    told = export.description
    started = _time(told["StartTime"])
    return write(
        {
            "version": "2020-06-30",
            "exportArn": told["ExportArn"],
            "startTime": started,
            "endTime": _time(datetime.now(UTC)),
            "tableArn": told["TableArn"],
            "tableId": told["TableId"],
            "exportTime": _time(told["ExportTime"]),
            "s3Bucket": told["S3Bucket"],
            "s3Prefix": told.get("S3Prefix"),
            "s3SseAlgorithm": told["S3SseAlgorithm"],
            "s3SseKmsKeyId": told.get("S3SseKmsKeyId"),
            "manifestFilesS3Key": files_key,
            "billedSizeBytes": size,
            "itemCount": count,
            "outputFormat": "DYNAMODB_JSON",
            "exportType": "FULL_EXPORT",
        }
    )


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
