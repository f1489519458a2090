"""Answers: a response as Lambda marshals it, and the envelope in which a clone's answer travels."""

from __future__ import annotations

import importlib
import io
import json
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.response import StreamingBody

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENVELOPE = {"recorder": 1}


class MarshalError(Exception):
    """The response is nothing that Lambda can answer with."""


def marshalled(response: Any) -> Any:
    """The JSON value that a caller would be given for a handler's response. Raises MarshalError."""
    try:
        return json.loads(_to_json(response))
    except Exception as error:  # the runtime's marshaller takes whatever its encoder raises for this
        raise MarshalError(f"Unable to marshal response: {error}") from error


def to_json(response: Any) -> str:
    """As the runtime's own encoder does, where that cannot be imported: Decimals are numbers, bytes are text, named tuples are objects."""
    return json.dumps(_encodable(response))


def _encodable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return math.nan if value.is_nan() else json.loads(str(value))
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _encodable(value._asdict())
    if isinstance(value, dict):
        return {_encodable(name) if isinstance(name, bytes) else name: _encodable(v) for name, v in value.items()}
    return [_encodable(element) for element in value] if isinstance(value, (list, tuple)) else value


def _runtimes_encoder() -> Callable[[Any], str]:
    try:
        found: Callable[[Any], str] = importlib.import_module("awslambdaric.lambda_runtime_marshaller").to_json
    except (ImportError, AttributeError):
        return to_json
    return found


_to_json = _runtimes_encoder()


@dataclass(frozen=True)
class Nested:
    """What an answer of Lambda's Invoke holds of the function that was invoked: its recorded calls, and what went unrecorded there."""

    calls: list[dict[str, Any]]
    unrecorded: list[str]


def unwrap(parameters: Mapping[str, Any], answer: dict[str, Any]) -> Nested:
    """Make an Invoke's answer what the invoked function itself would have given, and tell what the envelope held.

    The payload is read and put back. A function that does not answer in the envelope (invoked for later, killed, or without a recorder) may have done anything.
    """
    function = parameters.get("FunctionName")
    kind = parameters.get("InvocationType", "RequestResponse")
    if kind == "DryRun":
        return Nested([], [])
    if kind != "RequestResponse":
        return Nested([], [f"lambda.Invoke {function} ({kind})"])
    body = answer["Payload"].read()
    _put(answer, body)
    try:
        document = json.loads(body or b"null")
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("recorder") != ENVELOPE["recorder"]:
        return Nested([], [f"lambda.Invoke {function}"])
    if failure := document["error"]:
        answer["FunctionError"] = "Unhandled"
        document["response"] = {"errorMessage": failure["message"], "errorType": failure["type"], "stackTrace": []}
    _put(answer, json.dumps(document["response"]).encode())
    return Nested(document["calls"], document["unrecorded"])


def _put(answer: dict[str, Any], body: bytes) -> None:
    answer["Payload"] = StreamingBody(io.BytesIO(body), len(body))
