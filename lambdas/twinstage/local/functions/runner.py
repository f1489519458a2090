"""Invocations of moto's functions: run by the pool, throttled by their reservation, written to their log group."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from twinstage.local.credentials import TrustError
from twinstage.local.functions.archive import BadArchiveError
from twinstage.local.functions.concurrency import Reservations, ThrottledError
from twinstage.local.functions.invocation import FunctionSpec, Invocation
from twinstage.local.functions.log import log_lines
from twinstage.local.functions.pool import StoppedError
from twinstage.local.functions.refusals import refusal, refusals
from twinstage.local.functions.specs import reserved_concurrency, spec_of

if TYPE_CHECKING:
    from twinstage.local.cloudwatch.metrics import Metrics
    from twinstage.local.functions.pool import Pool, Ran
    from twinstage.local.functions.routing import Routed
    from twinstage.local.quotas import QuotasInForce

RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
_TAIL_BYTES = 4096
_STATUS = {"RequestResponse": 200, "Event": 202, "DryRun": 204}


@dataclass(frozen=True)
class Answer:
    """The Invoke API's answer."""

    status: int
    headers: dict[str, str]
    payload: bytes = b""


class FunctionRunner:
    """Runs moto's functions on a pool, within the quotas that are in force, and tells `metrics` of each invocation that ran."""

    def __init__(self, pool: Pool, quotas: QuotasInForce, metrics: Metrics) -> None:
        self._pool, self._reservations, self._quotas, self._metrics = pool, Reservations(), quotas, metrics

    def invoke(self, asked: Routed, body: str | bytes, headers: Any) -> Answer:
        """The Invoke API. Raises moto's Lambda errors (throttled, runtime not supported, role not assumable)."""
        kind = headers.get("x-amz-invocation-type", "RequestResponse")
        invocation = Invocation(str(uuid.uuid4()), _payload(body), headers.get("x-amz-client-context", ""))
        spec = spec_of(asked.function)
        answer = Answer(
            _STATUS[kind], {"x-amzn-requestid": invocation.request_id, "x-amz-executed-version": spec.version}
        )
        if kind == "DryRun":
            return answer
        if kind == "Event":
            self._pool.submit(partial(self._run_event, asked, spec, invocation))
            return answer
        ran = self._run(asked, spec, invocation, wait=False)
        if ran.result.error:
            answer.headers["x-amz-function-error"] = "Unhandled"
        if headers.get("x-amz-log-type") == "Tail":
            lines = log_lines(spec, invocation.request_id, ran.result, dt.datetime.now(dt.UTC))
            answer.headers["x-amz-log-result"] = base64.b64encode(
                "\n".join([*lines, ""]).encode()[-_TAIL_BYTES:]
            ).decode()
        return Answer(answer.status, answer.headers, ran.result.payload)

    def reservation_changed(self) -> None:
        """Asynchronous events that wait for a place look again."""
        self._reservations.changed()

    def close(self) -> None:
        """Asynchronous events that wait give up."""
        self._reservations.close()

    def _run_event(self, asked: Routed, spec: FunctionSpec, invocation: Invocation) -> None:
        """An asynchronous invocation, once: what went wrong is in the function's log, for there is nobody to tell."""
        try:
            self._run(asked, spec, invocation, wait=True)
        except StoppedError:
            return
        except refusals() as error:
            stream = f"{dt.datetime.now(dt.UTC):%Y/%m/%d}/[{spec.version}]not-run"
            _write_log(asked.function, spec, stream, [f"{invocation.request_id} {error.message}"])

    def _run(self, asked: Routed, spec: FunctionSpec, invocation: Invocation, *, wait: bool) -> Ran:
        function = asked.function
        reserved = partial(reserved_concurrency, function)
        try:
            with (
                self._reservations.enter(spec.arn, reserved, wait=wait),
                self._quotas.invoking(spec.arn, reserved(), wait=wait) as throttled,
            ):
                if throttled is not None:
                    raise refusal(throttled.error, throttled.message, throttled.status, throttled.reason)
                began = self._metrics.clock()
                ran = self._pool.run(spec, invocation)
                self._metrics.note(asked.invoked, began, error=ran.result.error)
        except ThrottledError:
            raise refusal("TooManyRequestsException", "Rate Exceeded.", 429, RESERVED) from None
        except TrustError as error:
            message = f"The role defined for the function cannot be assumed by Lambda: {error.message}"
            raise refusal("AccessDeniedException", message, 403) from error
        except BadArchiveError as error:
            raise refusal("InvalidZipFileException", error.message, 502) from error
        _write_log(
            function, spec, ran.log_stream, log_lines(spec, invocation.request_id, ran.result, dt.datetime.now(dt.UTC))
        )
        return ran


def _payload(body: str | bytes) -> bytes:
    payload = (body.encode() if isinstance(body, str) else body) or b"{}"
    try:
        json.loads(payload)
    except ValueError as error:
        raise refusal(
            "InvalidRequestContentException", f"Could not parse request body into json: {error}", 400
        ) from error
    return payload


def _write_log(function: Any, spec: FunctionSpec, stream: str, lines: list[str]) -> None:
    """Into the function's log group, made when absent, unless the function has been deleted: nobody would delete the group again."""
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import lambda_backends
    from moto.core.utils import unix_time_millis
    from moto.logs.models import logs_backends

    try:
        lambda_backends[function.account_id][function.region].get_function(function.function_name)
    except UnknownFunctionException:
        return
    logs = logs_backends[function.account_id][function.region]
    logs.ensure_log_group(spec.log_group)
    if stream not in logs.groups[spec.log_group].streams:
        logs.create_log_stream(spec.log_group, stream)
    now = int(unix_time_millis())
    logs.put_log_events(spec.log_group, stream, [{"timestamp": now, "message": line} for line in lines])
