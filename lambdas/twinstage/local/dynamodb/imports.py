"""ImportTable: a new table out of files in S3.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from twinstage.local.dynamodb.data_files import items_in
from twinstage.local.dynamodb.jobs import Stopped, failure
from twinstage.local.dynamodb.pages import page
from twinstage.local.dynamodb.tokens import Tokens
from twinstage.world.memory.dynamodb import DynamoRefused, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.local.dynamodb.databases import Databases, Held
    from twinstage.local.dynamodb.exports import S3
    from twinstage.local.dynamodb.jobs import Jobs

_AT_ONCE = 500
_SUMMARY = ("ImportArn", "ImportStatus", "TableArn", "S3BucketSource", "InputFormat", "StartTime", "EndTime")


@dataclass
class Import:
    """One import: what DescribeImport tells of it, and the table that it fills."""

    description: dict[str, Any]
    table: str
    held: Held


@dataclass
class _Tally:
    """What an import has read so far."""

    size_bytes: int = 0
    processed: int = 0
    errors: int = 0

    def document(self) -> dict[str, int]:
        return {
            "ProcessedSizeBytes": self.size_bytes,
            "ProcessedItemCount": self.processed,
            "ImportedItemCount": self.processed - self.errors,
            "ErrorCount": self.errors,
        }


class Imports:
    """The imports of all accounts, in the order in which they were asked for."""

    def __init__(self, databases: Databases, jobs: Jobs, s3: S3) -> None:
        self._databases, self._jobs, self._s3 = databases, jobs, s3
        self._imports: dict[str, Import] = {}
        self._tokens = Tokens(
            "ImportConflictException", "Import with the same client token exists with different parameters"
        )

    def operations(self) -> dict[str, Callable[[Held, Mapping[str, Any]], dict[str, Any]]]:
        """The operations of the API that are answered here."""
        return {"DescribeImport": self._describe, "ImportTable": self._import, "ListImports": self._list}

    def forget_all(self) -> None:
        """Forget every import; their tables are forgotten with the others."""
        self._imports.clear()
        self._tokens.forget_all()

    def _import(self, held: Held, request: Mapping[str, Any]) -> dict[str, Any]:
        _refuse_what_is_not_done(request)
        # One request at a time: of two with one token, the second is to find what the first began.
        with held.lock:
            now = self._databases.clock()
            known = self._tokens.known(held, request, now)
            # What was begun is told as it began: it may be over already.
            told = self._imports[known].description if known is not None else self._begun(held, request, now)
            return {"ImportTableDescription": dict(told)}

    def _begun(self, held: Held, request: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Make the table and begin to fill it; answers how the import is described as it begins."""
        parameters = request["TableCreationParameters"]
        table = parameters["TableName"]
        created = self._databases.execute(held, "CreateTable", parameters)["TableDescription"]
        held.filling.add(table)
        description: dict[str, Any] = {
            "ImportArn": f"{created['TableArn']}/import/{int(now * 1000):014d}-{uuid4().hex[:8]}",
            "ImportStatus": "IN_PROGRESS",
            "TableArn": created["TableArn"],
            "TableId": created["TableId"],
            "ClientToken": request.get("ClientToken") or str(uuid4()),
            "S3BucketSource": dict(request["S3BucketSource"]),
            "InputFormat": "DYNAMODB_JSON",
            "InputCompressionType": request.get("InputCompressionType", "NONE"),
            "TableCreationParameters": dict(parameters),
            "StartTime": datetime.fromtimestamp(now, UTC),
        }
        one = Import(description, table, held)
        self._imports[description["ImportArn"]] = one
        self._tokens.remember(held, request, description["ImportArn"], now)
        told = dict(description)
        self._jobs.start(f"import-{table}", lambda check: self._carry_out(one, check))
        return told

    def _carry_out(self, one: Import, check: Callable[[], None]) -> None:
        tally = _Tally()
        try:
            self._fill(one, tally, check)
            self._end(one, tally, {"ImportStatus": "COMPLETED"})
        except Stopped:
            raise
        except Exception as error:
            # Whatever it was: who waits for an import asks how it ended, and for nothing else.
            told, expected = failure(error, "Import")
            self._end(one, tally, {"ImportStatus": "FAILED", **told})
            if not expected:
                raise
        finally:
            # Last: a table that is ACTIVE is one whose import says how it ended.
            one.held.filling.discard(one.table)

    def _end(self, one: Import, tally: _Tally, outcome: Mapping[str, Any]) -> None:
        moment = datetime.fromtimestamp(self._databases.clock(), UTC)
        # One assignment: whoever describes the import meanwhile sees it as it was, or as it is.
        one.description = {**one.description, **outcome, **tally.document(), "EndTime": moment}

    def _fill(self, one: Import, tally: _Tally, check: Callable[[], None]) -> None:
        for body in self._bodies(one, tally, check):
            items = items_in(body)
            while some := list(islice(items, _AT_ONCE)):
                check()
                requests = [{"TableName": one.table, "Item": item} for item in some if item is not None]
                refused = self._databases.fill(one.held, requests)
                tally.processed += len(some)
                tally.errors += refused + len(some) - len(requests)

    def _bodies(self, one: Import, tally: _Tally, check: Callable[[], None]) -> Iterator[bytes]:
        """The source's objects, uncompressed; one that is not gzip where it has to be counts as an error."""
        s3, source = self._s3(one.held.account, one.held.region), one.description["S3BucketSource"]
        packed = one.description["InputCompressionType"] == "GZIP"
        found = {"Bucket": source["S3Bucket"], "Prefix": source.get("S3KeyPrefix", "")}
        listed = s3.get_paginator("list_objects_v2").paginate(**found)
        for entry in (entry for some in listed for entry in some.get("Contents", ())):
            check()
            body = s3.get_object(Bucket=source["S3Bucket"], Key=entry["Key"])["Body"].read()
            tally.size_bytes += len(body)
            try:
                yield gzip.decompress(body) if packed else body
            except (OSError, EOFError, zlib.error):
                tally.processed += 1
                tally.errors += 1

    def _describe(self, _: Held, request: Mapping[str, Any]) -> dict[str, Any]:
        found = self._imports.get(request["ImportArn"])
        if found is None:
            raise DynamoRefused("ImportNotFoundException", f"Import not found: {request['ImportArn']}")
        return {"ImportTableDescription": dict(found.description)}

    def _list(self, held: Held, request: Mapping[str, Any]) -> dict[str, Any]:
        own = [
            {name: one.description[name] for name in _SUMMARY if name in one.description}
            for one in list(self._imports.values())
            if one.held is held and request.get("TableArn") in (None, one.description["TableArn"])
        ]
        found, following = page(own, request.get("NextToken"), request.get("PageSize"))
        return {"ImportSummaryList": found, **following}


def _refuse_what_is_not_done(request: Mapping[str, Any]) -> None:
    if request["InputFormat"] != "DYNAMODB_JSON":
        raise Unsupported(f"ImportTable with InputFormat {request['InputFormat']}")
    if request.get("InputCompressionType", "NONE") not in ("NONE", "GZIP"):
        raise Unsupported(f"ImportTable with InputCompressionType {request['InputCompressionType']}")
