"""Template values in the types that an AWS API wants.

CloudFormation accepts `"true"` for a boolean and `"5"` for a number, and writes every member in PascalCase; botocore does
neither. A member that the API does not have is refused with its path: nothing of a template is dropped on the way.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NUMBERS: Mapping[str, Callable[[Any], int | float]] = {"integer": int, "long": int, "float": float, "double": float}


def _member(shape: Any, key: str, path: str) -> str:
    for candidate in (key, key[:1].lower() + key[1:], key[:1].upper() + key[1:]):
        if candidate in shape.members:
            return candidate
    raise ResourceFailed(f"Property {path}{key} is not supported by the embedded AWS ({shape.name} has no such member)")


def _boolean(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ResourceFailed(f"Value {value!r} of property {path.rstrip('.')} is not a boolean")


def _number(kind: str, value: Any, path: str) -> int | float:
    try:
        return NUMBERS[kind](value)
    except (TypeError, ValueError) as error:
        raise ResourceFailed(f"Value {value!r} of property {path.rstrip('.')} is not a number") from error


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else str(value)


def shaped(shape: Any, value: Any, path: str = "") -> Any:
    """`value` as botocore's `shape` wants it: members named, numbers and booleans converted, documents as JSON text."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        named = {_member(shape, key, path): (key, member) for key, member in value.items()}
        return {name: shaped(shape.members[name], member, f"{path}{key}.") for name, (key, member) in named.items()}
    if kind == "list" and isinstance(value, list):
        return [shaped(shape.member, member, f"{path.rstrip('.')}[{n}].") for n, member in enumerate(value)]
    if kind == "map" and isinstance(value, dict):
        return {str(key): shaped(shape.value, member, f"{path}{key}.") for key, member in value.items()}
    if kind in ("structure", "list", "map"):
        raise ResourceFailed(f"Value {value!r} of property {path.rstrip('.')} is not a {kind}")
    if kind == "boolean":
        return _boolean(value, path)
    if kind in NUMBERS:
        return _number(kind, value, path)
    return _text(value) if kind == "string" else value
