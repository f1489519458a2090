"""CloudTrail's spelling of request parameters, and the way back to the API's.

CloudTrail lowers the first letter of every member (`TTL` becomes `tTL`, `DNSName` `dNSName`). The way back is the service model: lowering is not
reversible by rule alone.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS = re.compile(r"-?[0-9]{1,18}")


@cache
def _input_shape(service: str, operation: str) -> Any:
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


def api_parameters(service: str, operation: str, parameters: Any, pointer: str = "") -> dict[str, Any]:
    """Request parameters as CloudTrail delivers them, in the API's form.

    Raises ValueError for members that the model does not know and for those it asks for and that are not there, TypeError for values of another
    type; both messages begin with the JSON pointer (below `pointer`) of the place.
    """
    restored: dict[str, Any] = _restore(_input_shape(service, operation), parameters, pointer)
    return restored


def _restore(shape: Any, value: Any, pointer: str) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, value, pointer)
    if shape.type_name == "list":
        if not isinstance(value, list):
            raise TypeError(f"{pointer}: expected a list")
        return [_restore(shape.member, element, f"{pointer}/{index}") for index, element in enumerate(value)]
    return _SCALARS[shape.type_name](value, pointer) if shape.type_name in _SCALARS else value


def _structure(shape: Any, value: Any, pointer: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{pointer or '/'}: expected an object")
    members = {name[0].lower() + name[1:]: name for name in shape.members}
    restored = {}
    for spelled, content in value.items():
        name = members.get(spelled) or (spelled if spelled in shape.members else None)
        if name is None:
            raise ValueError(f"{pointer}/{spelled}: {shape.name} has no such member")
        if content is not None:
            restored[name] = _restore(shape.members[name], content, f"{pointer}/{spelled}")
    missing = [name for name in shape.required_members if name not in restored]
    if missing:
        raise ValueError(f"{pointer or '/'}: {shape.name} needs {', '.join(missing)}")
    return restored


def _text(value: Any, pointer: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{pointer}: expected text")
    return value


def _integer(value: Any, pointer: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not _DIGITS.fullmatch(str(value)):
        raise ValueError(f"{pointer}: expected a whole number")
    return int(value)


def _boolean(value: Any, pointer: str) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise ValueError(f"{pointer}: expected true or false")
    return str(value).lower() == "true"


_SCALARS: dict[str, Callable[[Any, str], Any]] = {
    "string": _text,
    "integer": _integer,
    "long": _integer,
    "boolean": _boolean,
}
