"""A request as JSON has it, in the form that boto3's clients take: binary values as bytes instead of base64.

Which members are binary the service's model says.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from botocore.model import ListShape, MapShape, StructureShape
from botocore.validate import ParamValidator

from twinstage.world.answers.service_models import operation_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import Shape


def client_request(service: str, operation: str, request: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The parameters of an operation in the client's form, and all that boto3 would not send of them, in its words; empty where it would send them. Raises LookupError for an operation that the service has not."""
    model = operation_model(service, operation)
    if model is None:
        raise LookupError(f"{service} has no {operation}")
    shape, faults = model.input_shape, list[str]()
    if shape is None:
        return dict(request), ""
    parameters: dict[str, Any] = _client_form(shape, request, "input", faults)
    report = ParamValidator().validate(parameters, shape)
    return parameters, "; ".join([*faults, *report.generate_report().splitlines()])


def _client_form(shape: Shape, value: Any, place: str, faults: list[str]) -> Any:
    """A value of this shape; what is of another type stays as it is, for the validator to tell of."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        known = shape.members
        return {
            name: _client_form(known[name], content, f"{place}.{name}", faults) if name in known else content
            for name, content in value.items()
        }
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {name: _client_form(shape.value, content, f"{place}.{name}", faults) for name, content in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_client_form(shape.member, content, f"{place}[{at}]", faults) for at, content in enumerate(value)]
    if shape.type_name == "blob" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            faults.append(f"{place} is no base64: {error}")
    return value
