"""DynamoDB over HTTP on loopback that fails as AWS does, by a seed: the memory world's exact DynamoDB behind it, whatever it loses on the way."""

from __future__ import annotations

import json
import random
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from twinstage.model.item import from_client, to_client
from twinstage.world.aws.calls import ClientCalls
from twinstage.world.aws.retry import Retry
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.wire import Wire
from twinstage.world.memory.dynamodb import DynamoRefused, empty_database, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.model.item import Item

NOW = 1_792_065_600.0
REGION = "us-east-1"
THROTTLES = ("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded")


@dataclass(frozen=True)
class Faults:
    """How often, from 0 to 1: a write left unprocessed, a request throttled, a fault of the server, a connection cut before or after the request is done.

    `expires_after` requests with one access key, it has expired; `denied` refuses every write.
    """

    unprocessed: float = 0.0
    throttled: float = 0.0
    server: float = 0.0
    cut_before: float = 0.0
    cut_after: float = 0.0
    garbled: float = 0.0
    expires_after: int | None = None
    denied: bool = False


@dataclass
class FaultyDynamo:
    """What is behind the server. `requests` counts by operation; `written` are the write requests that were applied, `happened` the faults by kind."""

    faults: Faults = field(default_factory=Faults)
    seed: int = 0
    endpoint: str = ""
    before_write: Callable[[int], None] = lambda _: None
    after_write: Callable[[int], None] = lambda _: None

    def __post_init__(self) -> None:
        self.database = empty_database(account="222222222222", region=REGION)
        self.random, self.lock = random.Random(self.seed), threading.Lock()  # noqa: S311 faults that a seed repeats
        self.requests: dict[str, int] = {}
        self.happened: dict[str, int] = {}
        self.used: dict[str, int] = {}
        self.written = 0

    def execute(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """One operation in the client's form, without faults."""
        self.database, answer = execute(self.database, operation, request, now=NOW)
        return answer

    def create(self, table: str, schema: dict[str, Any]) -> None:
        """A table with the schema of a manifest."""
        wanted = {name: schema[name] for name in ("KeySchema", "AttributeDefinitions", "BillingMode")}
        self.execute("CreateTable", {"TableName": table, **wanted})

    def items(self, table: str) -> list[Item]:
        """What a table holds, in JSON form."""
        found: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            page = self.execute("Scan", {"TableName": table, **start})
            found += [from_client(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def put(self, table: str, items: list[Item]) -> None:
        """Items of somebody else's."""
        for item in items:
            self.execute("PutItem", {"TableName": table, "Item": to_client(item)})

    def answer(self, operation: str, request: dict[str, Any], key: str) -> tuple[int, dict[str, Any]] | None:
        """Status and document, or None for a connection that is cut."""
        with self.lock:
            self.requests[operation] = self.requests.get(operation, 0) + 1
            self.used[key] = self.used.get(key, 0) + 1
            faults = self.faults
            if faults.expires_after is not None and self.used[key] > faults.expires_after:
                return self._failed(
                    400, "ExpiredTokenException", "The security token included in the request is expired"
                )
            if faults.denied and operation == "BatchWriteItem":
                return self._failed(400, "AccessDeniedException", "not authorized to perform: dynamodb:BatchWriteItem")
            if self._happens("throttled", faults.throttled):
                return self._failed(400, self.random.choice(THROTTLES), "Rate exceeded")
            if self._happens("server", faults.server):
                return self._failed(500, "InternalServerError", "The request processing has failed")
            if self._happens("cut_before", faults.cut_before):
                return None
            document = self._done(operation, request)
            return None if self._happens("cut_after", faults.cut_after) else (200, document)

    def _done(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "BatchWriteItem":
            return self._batch_write(request)
        start = request.get("ExclusiveStartKey")
        answer = self.execute(operation, {**request, **({"ExclusiveStartKey": to_client(start)} if start else {})})
        if "LastEvaluatedKey" in answer:
            answer["LastEvaluatedKey"] = from_client(answer["LastEvaluatedKey"])
        return {**answer, **({"Items": [from_client(i) for i in answer["Items"]]} if "Items" in answer else {})}

    def _batch_write(self, request: dict[str, Any]) -> dict[str, Any]:
        ((table, writes),) = request["RequestItems"].items()
        self.before_write(self.requests["BatchWriteItem"])
        left = [write for write in writes if self._happens("unprocessed", self.faults.unprocessed)]
        applied = [write for write in writes if write not in left]
        if applied:
            self.execute("BatchWriteItem", {"RequestItems": {table: [_to_client(write) for write in applied]}})
        self.written += len(applied)
        self.after_write(self.requests["BatchWriteItem"])
        return {"UnprocessedItems": {table: left} if left else {}}

    def _happens(self, kind: str, how_often: float) -> bool:
        happens = how_often > 0 and self.random.random() < how_often
        self.happened[kind] = self.happened.get(kind, 0) + happens
        return happens

    def _failed(self, status: int, code: str, message: str) -> tuple[int, dict[str, Any]]:
        self.happened[code] = self.happened.get(code, 0) + 1
        return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}

    def wire(self, *, threads: int = 1, **retry: Any) -> DynamoTables:
        """Tables over requests of our own."""
        wire = Wire(self.endpoint, REGION, self.credentials, retry=patient(**retry))
        wire.threads = threads
        # Nothing here is asked of a client: only `schema` would.
        return DynamoTables(None, calls=wire, retry=patient(**retry))

    def boto3(self, **retry: Any) -> DynamoTables:
        """Tables over a boto3 client, whose own retries are off."""
        calls = ClientCalls(self.client, retry=patient(**retry))
        return DynamoTables(calls.client, calls=calls, retry=patient(**retry))

    def credentials(self) -> Credentials:
        """Credentials that nobody used yet."""
        return Credentials(f"AKIATEST{len(self.used):04d}", "secret", "token")

    def client(self) -> Any:
        """A client with credentials that nobody used yet."""
        given = self.credentials()
        session = boto3.Session(given.access_key, given.secret_key, given.token, region_name=REGION)
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        return session.client("dynamodb", endpoint_url=self.endpoint, config=config)


def patient(**given: Any) -> Retry:
    """Back-off that never waits, with a clock that stands still."""
    return Retry(**{"attempts": 60, "pause": lambda _: None, "jitter": lambda: 1.0, "clock": lambda: 0.0, **given})


@contextmanager
def faulty(faults: Faults | None = None, seed: int = 0) -> Iterator[FaultyDynamo]:
    """A server for the length of the block."""
    state = FaultyDynamo(faults or Faults(), seed)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.state = state
    state.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    state: FaultyDynamo

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed in the middle of a request is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body in one segment, or each answer waits for an acknowledgement.
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        key = self.headers["Authorization"].partition("Credential=")[2].partition("/")[0]
        try:
            answered = self.server.state.answer(operation, json.loads(body), key)
        except DynamoRefused as refused:
            answered = 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{refused.error}", "message": refused.message}
        if answered is None:
            self.close_connection = True
            return
        status, document = answered
        data = json.dumps(document).encode()
        checksum = zlib.crc32(data)
        if self.server.state.faults.garbled and self.server.state._happens("garbled", self.server.state.faults.garbled):
            data = data[:-1] + b"?"
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("x-amz-crc32", str(checksum))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the name that http.server gives it
        """Nothing: what is asked is counted."""


def _to_client(write: dict[str, Any]) -> dict[str, Any]:
    ((kind, content),) = write.items()
    return {kind: {name: to_client(item) for name, item in content.items()}}
