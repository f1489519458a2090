"""An error as each of AWS's wire protocols carries it.

Source: the "Common Errors" page of each service's API reference, and botocore's parsers, which have to understand it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4
from xml.sax.saxutils import escape

_S3 = {"s3", "s3express"}
# Services with the REST-JSON protocol answer JSON though no target header says so.
_REST_JSON = {"lambda", "scheduler", "apigateway", "batch", "eks", "xray", "resource-groups", "pipes"}


@dataclass(frozen=True)
class Refusal:
    """Why a request is not carried out, in AWS's words."""

    code: str
    message: str
    status: int = 403


@dataclass(frozen=True)
class WireError:
    """A status, headers and body to send."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def render(service: str, *, json_target: bool, code: str, message: str, status: int) -> WireError:
    """The error in the protocol of `service` (its SigV4 signing name); `json_target`: the request had an X-Amz-Target."""
    request_id = str(uuid4())
    if json_target or service in _REST_JSON:
        # JSON services answer every fault of the caller's with 400.
        status_line = _line(
            HTTPStatus.BAD_REQUEST if json_target and status < HTTPStatus.INTERNAL_SERVER_ERROR else status
        )
        body = json.dumps({"__type": code, "message": message, "Message": message})
        kind = "application/x-amz-json-1.0" if json_target else "application/json"
        return _error(status_line, kind, body, request_id, ("x-amzn-ErrorType", code))
    detail = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service in _S3:
        xml = f"<Error>{detail}<RequestId>{request_id}</RequestId></Error>"
    elif service == "ec2":
        xml = f"<Response><Errors><Error>{detail}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        xml = f"<ErrorResponse><Error><Type>Sender</Type>{detail}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return _error(_line(status), "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}', request_id)


def _line(status: int) -> str:
    return f"{int(status)} {HTTPStatus(status).phrase}"


def _error(status: str, kind: str, text: str, request_id: str, *headers: tuple[str, str]) -> WireError:
    body = text.encode()
    fixed = (("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-RequestId", request_id))
    return WireError(status, (*fixed, *headers), body)
