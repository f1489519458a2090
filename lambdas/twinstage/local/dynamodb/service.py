"""DynamoDB and its streams, as the engine's server asks for them: one request with its target, and the answer's status and body."""

from __future__ import annotations

import logging
import time
import zlib
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from twinstage.local.dynamodb.refusals import refusal, refused_by
from twinstage.local.dynamodb.wire import SERVICES, Malformed, operation_model, read, shape_faults, write
from twinstage.local.exact import Answer
from twinstage.world.memory.dynamodb import DynamoRefused, Unsupported
from twinstage.world.quotas import request_demands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from botocore.model import OperationModel

    from twinstage.local.dynamodb.databases import Databases, Held
    from twinstage.local.dynamodb.exports import Exports
    from twinstage.local.dynamodb.imports import Imports
    from twinstage.local.exact import Request
    from twinstage.world.quotas import Quotas, Refusal

    Job = Callable[[Held, Mapping[str, Any]], dict[str, Any]]

_NOT_FOUND = "Requested resource not found"
_log = logging.getLogger(__name__)


class DynamoDb:
    """The service of all accounts and regions."""

    def __init__(self, databases: Databases, exports: Exports, imports: Imports) -> None:
        self._databases = databases
        self._jobs: dict[str, Job] = {**exports.operations(), **imports.operations()}

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        prefix, _, operation = request.target.partition(".")
        service = SERVICES.get(prefix, "")
        model = operation_model(service, operation) if service else None
        if model is None:
            return _answered(400, refusal("UnknownOperationException", ""))
        try:
            parameters = read(model, request.body)
        except Malformed as error:
            return _answered(400, refusal("SerializationException", str(error)))
        try:
            throttled = _throttled(service, operation, parameters, request)
            if throttled is not None:
                return _answered(throttled.status, refusal(throttled.error, throttled.message, service=service))
            held = self._databases.held(request.account, request.region)
            return _answered(200, self._execute(held, operation, parameters, request.quotas))
        except (DynamoRefused, Unsupported) as refused:
            return _answered(400, refused_by(refused, service))
        except Exception as error:  # noqa: BLE001  a request that no SDK lets through, or a fault of ours: the caller has to see which
            return _failed(model, parameters, error)

    def _execute(self, held: Held, operation: str, request: dict[str, Any], quotas: Quotas | None) -> dict[str, Any]:
        job = self._jobs.get(operation)
        if job is not None:
            return job(held, request)
        if held.filling:
            return self._while_filling(held, operation, request, quotas)
        return self._databases.execute(held, operation, request, quotas)

    def _while_filling(
        self, held: Held, operation: str, request: dict[str, Any], quotas: Quotas | None
    ) -> dict[str, Any]:
        """A table that is still being imported is CREATING: it can be described, and nothing else."""
        filled = held.filling & {name.rpartition("/")[2] for name in _tables(request)}
        if operation == "DescribeTable" and filled:
            answer = self._databases.execute(held, operation, request)
            answer["Table"]["TableStatus"] = "CREATING"
            return answer
        if filled and operation in ("DeleteTable", "UpdateTable"):
            raise DynamoRefused("ResourceInUseException", f"Table is being created: {sorted(filled)[0]}")
        if filled:
            raise DynamoRefused("ResourceNotFoundException", _NOT_FOUND)
        return self._databases.execute(held, operation, request, quotas)


def _throttled(service: str, operation: str, parameters: Mapping[str, Any], request: Request) -> Refusal | None:
    """Why a request is over a quota on requests; those on capacity are asked once it is known what it consumes."""
    if request.quotas is None:
        return None
    demands = request_demands(service, operation, parameters, account=request.account, region=request.region)
    return request.quotas.admit(demands, time.time())


def _tables(request: Mapping[str, Any]) -> Iterable[str]:
    """The names or ARNs of every table that a request names."""
    if "TableName" in request:
        yield request["TableName"]
    yield from request.get("RequestItems", ())
    for actions in request.get("TransactItems", ()):
        for action in actions.values():
            yield action["TableName"]


def _failed(model: OperationModel, request: dict[str, Any], error: Exception) -> Answer:
    faults = shape_faults(model, request)
    if faults:
        return _answered(400, refusal("ValidationException", faults))
    _log.error("DynamoDB %s", model.name, exc_info=error)
    message = f"the embedded AWS failed: {type(error).__name__}: {error}"
    return _answered(500, refusal("InternalServerError", message))


def _answered(status: int, document: Mapping[str, Any]) -> Answer:
    body = write(document)
    headers = (
        ("Content-Type", "application/x-amz-json-1.0"),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", uuid4().hex.upper()),
        ("x-amz-crc32", str(zlib.crc32(body))),
    )
    return Answer(status, headers, body)
