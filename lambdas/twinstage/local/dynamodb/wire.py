"""DynamoDB's JSON on the wire, to and from the form that boto3's clients have: base64 is bytes, seconds are datetimes.

The service model says what a request holds where; a converter for each operation, which checks types too, is worked out once. Answers need no
model: bytes and datetimes say what they are.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

from __future__ import annotations

import base64
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import orjson
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationNotFoundError, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

from twinstage.local.dynamodb.wire_types import (
    ATTRIBUTES,
    Converter,
    WrongType,
    attribute_value,
    binary,
    boolean,
    listed,
    mapped,
    moment,
    number,
    text,
    whole_number,
)

if TYPE_CHECKING:
    from botocore.model import OperationModel

SERVICES = {"DynamoDB_20120810": "dynamodb", "DynamoDBStreams_20120810": "dynamodbstreams"}
"""botocore's name of each service, by the prefix of its X-Amz-Target."""


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
    try:
        given: dict[str, Any] = _request_converter(model.service_model.service_name, model.name)(request)
    except WrongType as wrong:
        raise Malformed(str(wrong)) from wrong
    return given


def write(answer: Any) -> bytes:
    """An answer as the body of a response."""
    return orjson.dumps(answer, default=_encoded, option=orjson.OPT_PASSTHROUGH_DATETIME)


def shape_faults(model: OperationModel, request: dict[str, Any]) -> str:
    """What the service model finds wrong with a request, as botocore says it; empty where nothing is."""
    if model.input_shape is None:
        return ""
    return str(ParamValidator().validate(request, model.input_shape).generate_report())


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
def _request_converter(service: str, operation: str) -> Converter:
    shape = _model(service).operation_model(operation).input_shape
    return _structure(shape) if shape is not None else dict


def _converter(shape: Shape) -> Converter:
    """What checks the type of a value of this shape and brings it into the client's form, in place where it can."""
    if shape.name == "AttributeValue":
        return attribute_value
    if isinstance(shape, StructureShape):
        return _structure(shape)
    if isinstance(shape, ListShape):
        return _list(_converter(shape.member))
    if isinstance(shape, MapShape):
        return _map(_converter(shape.value))
    return _LEAVES[shape.type_name]


def _structure(shape: StructureShape) -> Converter:
    # The members of a structure are looked up when they first come: some shapes hold themselves.
    members: dict[str, Converter] = {}
    kind = f"class com.amazonaws.dynamodb.v20120810.{shape.name}"

    def convert(value: Any) -> Any:
        for name, content in list(mapped(value, kind).items()):
            if content is None:
                del value[name]
                continue
            if name not in members:
                members[name] = _converter(shape.members[name]) if name in shape.members else _as_it_is
            value[name] = members[name](content)
        return value

    return convert


def _as_it_is(value: Any) -> Any:
    """A member that the service does not have: whoever answers the request has to say so."""
    return value


def _list(converter: Converter) -> Converter:
    def convert(value: Any) -> Any:
        return [converter(content) for content in listed(value)]

    return convert


def _map(converter: Converter) -> Converter:
    def convert(value: Any) -> Any:
        return {name: converter(content) for name, content in mapped(value, ATTRIBUTES).items()}

    return convert


_LEAVES: dict[str, Converter] = {
    "blob": binary,
    "boolean": boolean,
    "double": number,
    "integer": whole_number,
    "long": partial(whole_number, kind="Long"),
    "string": text,
    "timestamp": moment,
}
