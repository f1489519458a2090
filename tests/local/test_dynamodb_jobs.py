"""Exports and imports as jobs: whatever happens to one, it says how it ended; and one client token is one job, however many ask at once."""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import eventually
from twinstage.local.dynamodb.tables import Tables
from twinstage.local.exact import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT, REGION = "111111111111", "us-east-1"
# Rounds: no more than one page of exports or imports lists.
AT_ONCE, ROUNDS = 8, 25
SHAPE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


class BrokenS3:
    """An S3 client that fails as no S3 does."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(*_: Any, **__: Any) -> Any:
            raise MemoryError(operation)

        return call


@pytest.fixture
def tables() -> Iterator[Tables]:
    made = Tables(lambda _account, _region: BrokenS3())
    yield made
    made.stop()


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Threads take turns after every few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def ask(tables: Tables, operation: str, **request: Any) -> tuple[int, dict[str, Any]]:
    """The status and the document of one request, as it comes over HTTP."""
    body = json.dumps(request).encode()
    answer = tables.service.answer(Request(ACCOUNT, REGION, "POST", "/", "", f"DynamoDB_20120810.{operation}", body))
    return answer.status, json.loads(answer.body)


def exporting(tables: Tables, table: str) -> dict[str, Any]:
    """The request for an export of a new table."""
    _, made = ask(tables, "CreateTable", TableName=table, **SHAPE)
    recovery = {"PointInTimeRecoveryEnabled": True}
    ask(tables, "UpdateContinuousBackups", TableName=table, PointInTimeRecoverySpecification=recovery)
    return {"TableArn": made["TableDescription"]["TableArn"], "S3Bucket": "bucket"}


def importing(_: Tables, table: str) -> dict[str, Any]:
    """The request for an import into a new table."""
    shape = {"TableName": table, **SHAPE}
    return {
        "S3BucketSource": {"S3Bucket": "bucket"},
        "InputFormat": "DYNAMODB_JSON",
        "TableCreationParameters": shape,
    }


KINDS = [
    pytest.param("Export", "ExportTableToPointInTime", "ExportDescription", exporting, id="export"),
    pytest.param("Import", "ImportTable", "ImportTableDescription", importing, id="import"),
]


@pytest.mark.parametrize(("kind", "operation", "member", "request_for"), KINDS)
def test_a_job_that_fails_as_nobody_expected_says_so_and_is_logged(
    tables: Tables,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    operation: str,
    member: str,
    request_for: Callable[[Tables, str], dict[str, Any]],
) -> None:
    _, begun = ask(tables, operation, **request_for(tables, "plans"))
    arn = {f"{kind}Arn": begun[member][f"{kind}Arn"]}

    def ended() -> dict[str, Any] | None:
        told: dict[str, Any] = ask(tables, f"Describe{kind}", **arn)[1][member]
        return told if told[f"{kind}Status"] != "IN_PROGRESS" else None

    told = eventually(ended)
    assert (told[f"{kind}Status"], told["FailureCode"]) == ("FAILED", f"{kind}UnexpectedException")
    assert "MemoryError" in told["FailureMessage"]
    assert "EndTime" in told
    (record,) = eventually(lambda: [each for each in caplog.records if each.exc_info])
    assert record.getMessage() == f"{kind.lower()}-plans failed"


def test_a_table_whose_import_failed_is_not_left_as_one_that_is_being_filled(tables: Tables) -> None:
    ask(tables, "ImportTable", **importing(tables, "plans"))

    def status() -> str:
        return str(ask(tables, "DescribeTable", TableName="plans")[1]["Table"]["TableStatus"])

    assert eventually(lambda: status() == "ACTIVE")
    (summary,) = ask(tables, "ListImports")[1]["ImportSummaryList"]
    assert summary["ImportStatus"] == "FAILED"


@pytest.mark.usefixtures("eager_threads")
@pytest.mark.parametrize(("kind", "operation", "member", "request_for"), KINDS)
def test_requests_at_once_with_one_token_begin_one_job(
    tables: Tables,
    kind: str,
    operation: str,
    member: str,
    request_for: Callable[[Tables, str], dict[str, Any]],
) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number in range(ROUNDS):
            request = {**request_for(tables, f"plans-{number}"), "ClientToken": f"token-{number}"}
            together = threading.Barrier(AT_ONCE)

            def begin(_: int, request: dict[str, Any] = request, together: threading.Barrier = together) -> Any:
                together.wait()
                status, told = ask(tables, operation, **request)
                return told[member][f"{kind}Arn"] if status == 200 else told

            begun = list(pool.map(begin, range(AT_ONCE)))
            assert begun == begun[:1] * AT_ONCE
    _, listed = ask(tables, f"List{kind}s")
    assert len(next(iter(listed.values()))) == ROUNDS
