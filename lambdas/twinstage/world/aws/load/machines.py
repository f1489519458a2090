"""A Step Functions state machine as a target: an execution is a request that ends when the execution does.

Of a standard one the end is asked for by DescribeExecution, at growing intervals, until it has come; what counts is the time between the execution's own two dates, however
late its end was seen. An express one is started synchronously and answers when it has ended.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html, .../API_DescribeExecution.html, .../API_StartSyncExecution.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from twinstage.model.errors import InputError, InputProblem
from twinstage.world.aws.clients import LOOPBACK, aws_errors, client
from twinstage.world.aws.load.errors import MALFORMED, error_class, json_object
from twinstage.world.aws.load.signed_requests import Service, SignedRequests, Unsigned
from twinstage.world.load.exchange import FAILED, THROTTLED, FollowUp, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import boto3

    from twinstage.world.load.exchange import Endpoint, Held, Reply, Request

_NS: Final = 1_000_000_000
FIRST_LOOK_NS: Final = _NS // 4
LONGEST_NS: Final = 10 * _NS
GROWTH: Final = 1.5
# An account's bucket for DescribeExecution refills slowly: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-api-action-throttling-general
THROTTLED_GROWTH: Final = 4.0


class MachineTarget:
    """Executions of one state machine with the given inputs in turn. An execution that fails is failed by its error's name, one that timed out or was aborted by its status."""

    held: Held | None = None

    def __init__(
        self,
        session: boto3.Session | None,
        arn: str,
        inputs: Sequence[Any],
        *,
        name: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`name`: what results call it. Raises InputError without inputs, AwsError where the machine cannot be described."""
        if not inputs:
            raise InputError([InputProblem("requests", 0, "", f"there is no input to start {arn} with")])
        states = client("stepfunctions", session)
        with aws_errors("stepfunctions", "DescribeStateMachine"):
            described = states.describe_state_machine(stateMachineArn=arn)
        express = described["type"] == "EXPRESS"
        operation = "StartSyncExecution" if express else "StartExecution"
        self.machine = name or described["name"]
        self._service = Service(states, session, clock, url=_url(states.meta.endpoint_url, express=express))
        unsigned = [
            _unsigned(operation, {"stateMachineArn": arn, "input": orjson.dumps(given).decode()}) for given in inputs
        ]
        self._requests = SignedRequests(self._service, unsigned)
        self.request: Callable[[int], Request] = self._requests.request
        self.subject: Callable[[int], tuple[str, str | None]] = self._requests.subject

    @property
    def endpoint(self) -> Endpoint:
        """See `LoadTarget`."""
        return self._service.endpoint

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome | FollowUp:
        """See `LoadTarget`."""
        del request
        error = error_class(reply)
        if error is not None:
            again = following is not None and (error.startswith(THROTTLED) or reply.status >= 500)  # noqa: PLR2004 a fault of the service
            return self._again(following, THROTTLED_GROWTH) if following and again else Outcome(error)
        document = json_object(reply.body) or {}
        if "status" not in document:
            execution = document.get("executionArn")
            return self._asking(str(execution), FIRST_LOOK_NS) if execution else Outcome(MALFORMED)
        if document["status"] == "RUNNING" and following is not None:
            return self._again(following, GROWTH)
        return _ended(document)

    def _again(self, following: FollowUp, growth: float) -> FollowUp:
        later = min(round(max(following.after_ns, FIRST_LOOK_NS) * growth), LONGEST_NS)
        return self._asking(following.subject, later)

    def _asking(self, execution: str, after_ns: int) -> FollowUp:
        """Signed when it is made, some seconds before it is sent."""
        asking = self._service.signed(_unsigned("DescribeExecution", {"executionArn": execution}))
        return FollowUp(asking, after_ns, execution)


def _ended(document: Mapping[str, Any]) -> Outcome:
    status = document["status"]
    took_ns = round((document["stopDate"] - document["startDate"]) * _NS) if "stopDate" in document else None
    error = None if status == "SUCCEEDED" else FAILED + str(document.get("error") or status)
    return Outcome(error, service_ns=took_ns)


def _unsigned(operation: str, parameters: Mapping[str, Any]) -> Unsigned:
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"AWSStepFunctions.{operation}"}
    return Unsigned(f"states.{operation}", orjson.dumps(parameters), headers)


def _url(url: str, *, express: bool) -> str:
    """Synchronous executions have a host of their own, but on a server of this machine."""
    parts = urlsplit(url)
    return url if not express or parts.hostname in LOOPBACK else parts._replace(netloc=f"sync-{parts.netloc}").geturl()
