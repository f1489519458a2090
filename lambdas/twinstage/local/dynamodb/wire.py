"""DynamoDB's JSON on the wire, to and from the form that boto3's clients have: base64 is bytes, seconds are datetimes.

The service model says where a request holds either; a converter for each operation is worked out once. Most requests hold neither, and
pass as they are. Answers need no model: bytes and datetimes say what they are.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationNotFoundError, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from botocore.model import OperationModel

SERVICES = {"DynamoDB_20120810": "dynamodb", "DynamoDBStreams_20120810": "dynamodbstreams"}
"""botocore's name of each service, by the prefix of its X-Amz-Target."""

_SETS = frozenset({"NS", "SS"})

Converter: TypeAlias = Callable[[Any], Any]


class Malformed(Exception):
    """A request that cannot be read: what the service answers with SerializationException."""


def operation_model(service: str, operation: str) -> OperationModel | None:
    """botocore's model of an operation; None where the service has none of that name."""
    try:
        return _model(service).operation_model(operation)
    except OperationNotFoundError:
        return None


def read(model: OperationModel, body: bytes) -> dict[str, Any]:
    """The request that a body holds, in the client's form. Members that are null are absent. Raises Malformed."""
    try:
        request = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise Malformed(str(error)) from error
    if not isinstance(request, dict):
        raise Malformed("Start of structure or map found where not expected.")
    given = {name: value for name, value in request.items() if value is not None}
    convert = _request_converter(model.service_model.service_name, model.name)
    if convert is not None:
        try:
            convert(given)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError, binascii.Error) as error:
            raise Malformed(f"Unexpected value type in payload: {error}") from error
    return given


def write(answer: Any) -> bytes:
    """An answer as the body of a response."""
    return orjson.dumps(answer, default=_encoded, option=orjson.OPT_PASSTHROUGH_DATETIME)


def shape_faults(model: OperationModel, request: dict[str, Any]) -> str:
    """What the service model finds wrong with a request, as botocore says it; empty where nothing is."""
    if model.input_shape is None:
        return ""
    return str(ParamValidator().validate(request, model.input_shape).generate_report())


def attribute_value(value: dict[str, Any]) -> dict[str, Any]:
    """One attribute value out of JSON, in the client's form; `value` itself is changed. Raises ValueError or TypeError."""
    for kind, content in value.items():
        if kind == "B":
            value[kind] = _bytes(content)
        elif kind == "BS":
            value[kind] = [_bytes(one) for one in content]
        elif kind == "M":
            for member in content.values():
                attribute_value(member)
        elif kind == "L":
            for member in content:
                attribute_value(member)
        elif kind in _SETS and not isinstance(content, list):
            raise TypeError(f"expected a list, got {type(content).__name__}")
    return value


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"DynamoDB answers with no {type(value).__name__}")


@cache
def _model(service: str) -> ServiceModel:
    loader = Loader()
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


@cache
def _request_converter(service: str, operation: str) -> Converter | None:
    shape = _model(service).operation_model(operation).input_shape
    return None if shape is None else _converter(shape)


def _converter(shape: Shape) -> Converter | None:
    """What converts a value of this shape, in place where it can; None where nothing in it needs it."""
    if shape.name == "AttributeValue":
        return attribute_value
    if isinstance(shape, StructureShape):
        return _structure({name: found for name, one in shape.members.items() if (found := _converter(one))})
    if isinstance(shape, ListShape):
        return _each(_converter(shape.member), enumerate)
    if isinstance(shape, MapShape):
        return _each(_converter(shape.value), lambda value: value.items())
    if shape.type_name == "blob":
        return _bytes
    return _moment if shape.type_name == "timestamp" else None


def _structure(members: dict[str, Converter]) -> Converter | None:
    if not members:
        return None

    def convert(value: Any) -> Any:
        for name, converter in members.items():
            content = value.get(name)
            if content is not None:
                value[name] = converter(content)
        return value

    return convert


def _each(converter: Converter | None, entries: Callable[[Any], Any]) -> Converter | None:
    if converter is None:
        return None

    def convert(value: Any) -> Any:
        for place, content in entries(value):
            value[place] = converter(content)
        return value

    return convert


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
