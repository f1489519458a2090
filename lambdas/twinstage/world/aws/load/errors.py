"""What an AWS service's answer says went wrong, in whichever of its protocols: the error's code, and whether it is a throttle.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization (a JSON service names it in `__type`),
https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization (Lambda in `x-amzn-errortype`),
https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html#operation-error-serialization (Route 53 in `<Error><Code>`).
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import orjson

from twinstage.world.aws.clients import THROTTLES
from twinstage.world.load.exchange import FAILED, THROTTLED

if TYPE_CHECKING:
    from typing import Any

    from twinstage.world.load.exchange import Reply

# Throttles that no client repeats by this list, or that only some services have.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html, https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html,
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
_THROTTLES: Final = THROTTLES | {
    "EC2ThrottledException",
    "ExecutionLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "ThrottledException",
    "TransactionInProgressException",
}
MALFORMED: Final = f"{FAILED}MalformedAnswer"
"""The class of a good answer in which nothing stands that its operation answers with."""
_XML_CODE: Final = re.compile(rb"<Code>([^<]{1,200})</Code>")


def error_class(reply: Reply) -> str | None:
    """`throttled:<code>` or `failed:<code>` of an answer that says so, None of one that is good."""
    if reply.status < HTTPStatus.BAD_REQUEST:
        return None
    code = _code(reply)
    return classed(code, throttled=reply.status == HTTPStatus.TOO_MANY_REQUESTS)


def classed(code: str, *, throttled: bool = False) -> str:
    """The class of an error's code; `throttled` where something else than the code says so."""
    return f"{THROTTLED if throttled or code in _THROTTLES else FAILED}{code}"


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object that a body is, None where it is none."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def is_throttle(code: str) -> bool:
    """Whether a code tells of too many requests."""
    return code in _THROTTLES


def _code(reply: Reply) -> str:
    told = reply.header(b"x-amzn-errortype")
    if not told and (match := _XML_CODE.search(reply.body)):
        told = match[1].decode("utf-8", "replace")
    if not told:
        document = json_object(reply.body) or {}
        told = str(document.get("__type") or document.get("code") or "")
    # `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException:http://...` in some services.
    return told.partition(":")[0].rpartition("#")[2] or f"HTTP{reply.status}"
