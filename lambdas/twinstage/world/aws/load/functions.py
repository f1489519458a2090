"""A Lambda function as a target: synchronous invocations, with its log's tail where the platform's own figures are wanted.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import re
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson

from twinstage.model.errors import InputError, InputProblem
from twinstage.world.aws.clients import client
from twinstage.world.aws.load.errors import classed, error_class, is_throttle, json_object
from twinstage.world.aws.load.signed_requests import Service, SignedRequests, Unsigned
from twinstage.world.load.exchange import FAILED, CallMade, Held, Invocation, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import boto3

    from twinstage.world.load.exchange import Endpoint, FollowUp, Reply, Request

OPERATION: Final = "lambda.Invoke"
_NS_PER_MS: Final = 1_000_000
_NO_CALLS: Final[tuple[CallMade, ...]] = ()
# The line of the log that closes an invocation: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
_REPORT: Final = re.compile(
    rb"Billed Duration: (?P<billed>\d+(?:\.\d+)?) ms\s+Memory Size: (?P<memory>\d+) MB\s+Max Memory Used: (?P<used>\d+) MB"
    rb"(?:\s+Init Duration: (?P<init>\d+(?:\.\d+)?) ms)?"
)


class FunctionTarget:
    """Invocations of one function with the given events in turn.

    `recorded`: the function runs under the recorder, which answers with an envelope of the handler's response or error and of every AWS call that it made.
    `log`: ask for the log's tail, which tells what is billed. `concurrency`: environments that it may have at one time, None where that is not known.
    """

    def __init__(
        self,
        session: boto3.Session | None,
        function: str,
        events: Sequence[Any],
        *,
        name: str | None = None,
        recorded: bool = False,
        log: bool = False,
        concurrency: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`name`: what results call it, the function's own name if None. Raises InputError where there is no event."""
        if not events:
            raise InputError([InputProblem("requests", 0, "", f"there is no event to invoke {function} with")])
        self._service = Service(client("lambda", session), session, clock)
        self._recorded = recorded
        self.function = name or function
        self.held = Held(f"concurrency:{self.function}", "concurrency", concurrency, self.function)
        headers = {"x-amz-invocation-type": "RequestResponse", **({"x-amz-log-type": "Tail"} if log else {})}
        path = f"/2015-03-31/functions/{quote(function, safe='')}/invocations"
        unsigned = [Unsigned(OPERATION, orjson.dumps(event), headers, path=path) for event in events]
        self._requests = SignedRequests(self._service, unsigned)
        self.request: Callable[[int], Request] = self._requests.request
        self.subject: Callable[[int], tuple[str, str | None]] = self._requests.subject

    @property
    def endpoint(self) -> Endpoint:
        """See `LoadTarget`."""
        return self._service.endpoint

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome:
        """See `LoadTarget`. A function's own error is failed, by its type, though the service answers 200."""
        del request, following
        error, calls = error_class(reply), _NO_CALLS
        if error is None and self._recorded:
            error, calls = _recorded(reply)
        elif error is None and reply.header(b"x-amz-function-error"):
            error = FAILED + _error_type(reply.body)
        return Outcome(error, invocation=_invocation(reply), calls=calls)


def _error_type(body: bytes) -> str:
    return str((json_object(body) or {}).get("errorType") or "Unhandled")


def _recorded(reply: Reply) -> tuple[str | None, tuple[CallMade, ...]]:
    """The error and the calls out of the recorder's envelope; what is no envelope tells of a function that came to no answer."""
    document = json_object(reply.body)
    if document is None or document.get("recorder") != 1:
        return FAILED + _error_type(reply.body), ()
    error = document.get("error")
    return classed(str(error["type"])) if error else None, tuple(
        made for call in document["calls"] for made in _made(call)
    )


def _made(call: Mapping[str, Any]) -> Iterator[CallMade]:
    """A call with what the SDK asked before it, in vain: the throttles that it waited out are in the call's time."""
    name, code = f"{call['service']}.{call['operation']}", str(call.get("error", ""))
    for before in call.get("retried", ()):
        if is_throttle(before):
            yield CallMade(name, 0, before)
    yield CallMade(name, round(call["latency_ms"] * _NS_PER_MS), code if is_throttle(code) else None)


def _invocation(reply: Reply) -> Invocation | None:
    told = reply.header(b"x-amz-log-result")
    try:
        reports = list(_REPORT.finditer(base64.b64decode(told or "")))
    except ValueError:
        return None
    if not reports:
        return None
    match = reports[-1]  # whatever the handler printed stands before it
    init = match["init"]
    return Invocation(
        round(float(match["billed"]) * _NS_PER_MS),
        int(match["memory"]),
        int(match["used"]),
        None if init is None else round(float(init) * _NS_PER_MS),
    )
