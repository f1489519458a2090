"""Route 53's XML on the wire. moto's parser and serializer, which follow the service model, are the only parts of moto that work here.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/api-making-api-requests.html
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import uuid4

from botocore.validate import ParamValidator

from twinstage.local import route53
from twinstage.local.exact import Answer
from twinstage.local.wire_errors import render
from twinstage.world.memory.aws import STATUSES
from twinstage.world.memory.route53 import REFUSALS, Route53Unsupported

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from twinstage.local.exact import Request

UNSUPPORTED = "UnsupportedOperation"
_MEMBER = re.compile(r"\{(\w+)\+?\}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Route:
    """An operation, and the paths that ask for it."""

    model: OperationModel
    path: re.Pattern[str]


class Route53Service:
    """Route 53 as the engine's server asks for it, for every account."""

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        found = _found(request.method, request.path)
        if found is None:
            return _refused("UnknownOperationException", f"Route 53 has no {request.method} {request.path}", 404)
        model, members = found
        try:
            parameters = _parsed(model, members, request)
        except ValueError as error:
            return _refused("InvalidInput", f"Invalid XML ; {error}")
        try:
            return _written(model, route53.execute(request.account, model.name, parameters, request.quotas))
        except REFUSALS as refused:
            return _refused(refused.error, refused.message, STATUSES.get(refused.error, 400))
        except Route53Unsupported as missing:
            return _refused(UNSUPPORTED, f"{missing.message} (the embedded AWS)")
        except Exception as error:  # noqa: BLE001  a request that no SDK lets through, or a fault of ours: the caller has to see which
            return _failed(model, parameters, error)


def _found(method: str, path: str) -> tuple[OperationModel, dict[str, str]] | None:
    """The operation that a path asks for, with the members that the path holds."""
    for route in _routes(method):
        match = route.path.fullmatch(path)
        if match is not None:
            return route.model, match.groupdict()
    return None


@cache
def _routes(method: str) -> tuple[Route, ...]:
    """Every operation of a method, those whose paths hold the most words of their own first."""
    from moto.core.utils import get_service_model

    # moto's own model of the service, which is botocore's: its serializer takes no other.
    model = get_service_model("route53")
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.http["method"] == method:
            uri = operation.http["requestUri"].partition("?")[0].rstrip("/")
            words = len(_MEMBER.sub("", uri))
            routes.append((-words, Route(operation, re.compile(_MEMBER.sub(r"(?P<\1>[^/]+)", uri) + "/?"))))
    return tuple(route for _, route in sorted(routes, key=lambda entry: entry[0]))


def _parsed(model: OperationModel, members: dict[str, str], request: Request) -> dict[str, Any]:
    """The request's parameters, in boto3's form. Raises ValueError for a body that is not XML, or holds other types."""
    from moto.core.parse import RequestParserError, RestXMLParser
    from werkzeug.datastructures import MultiDict

    given = {
        "method": request.method,
        "values": MultiDict(parse_qsl(request.query, keep_blank_values=True)),
        "headers": {},
        "body": request.body,
        "url_path": request.path,
        "url_params": members,
    }
    try:
        parsed: dict[str, Any] = RestXMLParser(model).parse(given)
    except RequestParserError as error:
        raise ValueError("the request is not well-formed") from error
    return {name: value for name, value in parsed.items() if value is not None}


def _written(model: OperationModel, answer: dict[str, Any]) -> Answer:
    from moto.core.serialize import get_serializer_class

    written = get_serializer_class("route53", "rest-xml")(model).serialize(answer)
    body = written["body"]
    return _answered(
        int(written["status_code"]), body.encode() if isinstance(body, str) else bytes(body), dict(written["headers"])
    )


def _failed(model: OperationModel, parameters: dict[str, Any], error: Exception) -> Answer:
    if model.input_shape is not None:
        report = ParamValidator().validate(parameters, model.input_shape)
        if report.has_errors():
            return _refused("InvalidInput", report.generate_report())
    _log.error("Route 53 %s", model.name, exc_info=error)
    return _refused("InternalFailure", f"the embedded AWS failed: {type(error).__name__}: {error}", 500)


def _refused(code: str, message: str, status: int = 400) -> Answer:
    told = render("route53", json_target=False, code=code, message=message, status=status)
    return Answer(status, told.headers, told.body)


def _answered(status: int, body: bytes, headers: dict[str, str]) -> Answer:
    own = {"Content-Type": "text/xml", "Content-Length": str(len(body)), "x-amzn-RequestId": str(uuid4())}
    kept = {name: str(value) for name, value in headers.items() if name.lower() not in map(str.lower, own)}
    return Answer(status, (*own.items(), *kept.items()), body)
