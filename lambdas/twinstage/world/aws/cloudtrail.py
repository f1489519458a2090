"""CloudTrail's spelling of request parameters, and the way back to the API's.

CloudTrail lowers the first letter of every member (`TTL` becomes `tTL`, `DNSName` `dNSName`). The way back is the service model: lowering is not
reversible by rule alone.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Callable

    Restorer = Callable[[Any, str], Any]

_DIGITS = re.compile(r"-?[0-9]{1,18}")


@cache
def _restorer(service: str, operation: str) -> Restorer:
    shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
    return _restorer_of(shape)


def api_parameters(service: str, operation: str, parameters: Any, pointer: str = "") -> dict[str, Any]:
    """Request parameters as CloudTrail delivers them, in the API's form.

    Raises ValueError for members that the model does not know and for those it asks for and that are not there, TypeError for values of another
    type; both messages begin with the JSON pointer (below `pointer`) of the place.
    """
    restored: dict[str, Any] = _restorer(service, operation)(parameters, pointer)
    return restored


def _restorer_of(shape: Any) -> Restorer:
    """What restores a value of a shape. A structure that holds itself is looked into when it is met, not before."""
    if shape.type_name == "structure":
        return _Structure(shape)
    if shape.type_name == "list":
        return _List(shape)
    return _SCALARS.get(shape.type_name, _as_it_is)


class _List:
    def __init__(self, shape: Any) -> None:
        self._shape = shape

    @cached_property
    def _member(self) -> Restorer:
        return _restorer_of(self._shape.member)

    def __call__(self, value: Any, pointer: str) -> list[Any]:
        if not isinstance(value, list):
            raise TypeError(f"{pointer}: expected a list")
        restore = self._member
        return [restore(element, f"{pointer}/{index}") for index, element in enumerate(value)]


class _Structure:
    def __init__(self, shape: Any) -> None:
        self._shape = shape

    @cached_property
    def _members(self) -> dict[str, tuple[str, Restorer]]:
        """By CloudTrail's spelling and by the API's own: the member, and what restores its value."""
        found = {name: (name, _restorer_of(member)) for name, member in self._shape.members.items()}
        return found | {name[0].lower() + name[1:]: entry for name, entry in found.items()}

    @cached_property
    def _required(self) -> list[str]:
        return list(self._shape.required_members)

    def __call__(self, value: Any, pointer: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise TypeError(f"{pointer or '/'}: expected an object")
        restored, members = {}, self._members
        for spelled, content in value.items():
            found = members.get(spelled)
            if found is None:
                raise ValueError(f"{pointer}/{spelled}: {self._shape.name} has no such member")
            if content is not None:
                name, restore = found
                restored[name] = restore(content, f"{pointer}/{spelled}")
        missing = [name for name in self._required if name not in restored]
        if missing:
            raise ValueError(f"{pointer or '/'}: {self._shape.name} needs {', '.join(missing)}")
        return restored


def _as_it_is(value: Any, _: str) -> Any:
    return value


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


_SCALARS: dict[str, Restorer] = {
    "string": _text,
    "integer": _integer,
    "long": _integer,
    "boolean": _boolean,
}
