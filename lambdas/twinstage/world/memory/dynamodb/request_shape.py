"""The constraints of the service's own model on a request: members that are required, lengths, ranges, patterns, enumerations.

The model is botocore's description of the API, so that a constraint is written down once, by AWS. The messages are the service's
(`1 validation error detected: Value '...' at '...' failed to satisfy constraint: ...`), every violation in one of them, by the path.
Attribute values and expressions have rules of their own elsewhere.
"""

from __future__ import annotations

import re
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader

from twinstage.world.memory.dynamodb.errors import Unsupported, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Violations = list[tuple[str, str]]
    """Paths, and what is wrong there in the service's words."""

    Check = Callable[[Any, str, Violations], None]
    """Adds what is wrong with a value, which is at a path."""

_FREE = frozenset(
    {
        "AttributeValue",
        "AttributeMap",
        "Key",
        "PutItemInputAttributeMap",
        "ExpressionAttributeValueMap",
        "ExpressionAttributeNameMap",
    }
)
"""Shapes that the rules of items and expressions look into, not these."""

_COUNTED_ELSEWHERE = frozenset({"WriteRequests", "KeyList"})
"""Lists whose length the service answers for in other words than the model's: the operation checks it."""

_REQUIRED_ALSO = {"CreateTableInput": ("AttributeDefinitions", "KeySchema")}
"""Members that the model lets a replica or a vector table do without, neither of which is here."""

_SHOWN_ORDER = {
    "ReturnValue": ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"),
    "Select": ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
}
"""Enumerations that the service shows in another order than its model has them."""

SERVICES = ("dynamodb", "dynamodbstreams")


def check_shape(operation: str, request: Mapping[str, Any], supported: frozenset[str]) -> None:
    """Refuse a request that breaks its operation's model; raises `Unsupported` for a member that is given and not in `supported`."""
    if not request.keys() <= supported:
        raise Unsupported(f"{operation}.{min(request.keys() - supported)}")
    problems: Violations = []
    _operation_check(operation)(request, "", problems)
    if problems:
        count = len(problems)
        texts = "; ".join(text for _, text in sorted(problems, key=itemgetter(0)))
        raise invalid(f"{count} validation error{'s' if count > 1 else ''} detected: {texts}")


@cache
def _operation_check(operation: str) -> Check:
    """Answer the check of a request of an operation, which one of the services has."""
    model = next(model for model in map(_service_model, SERVICES) if operation in model["operations"])
    return _structure_check(model["shapes"], model["operations"][operation]["input"]["shape"]) or _unconstrained


@cache
def _service_model(service: str) -> Mapping[str, Any]:
    model: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    return model


def _unconstrained(value: Any, path: str, problems: Violations) -> None:
    """Find nothing wrong."""


def _check_of(shapes: Mapping[str, Any], name: str) -> Check | None:
    """Answer the check of a shape, None for one without constraints."""
    shape = shapes[name]
    if name in _FREE:
        return None
    kind = shape["type"]
    if kind == "structure":
        return _structure_check(shapes, name)
    if kind in ("list", "map"):
        inner = _check_of(shapes, shape["member" if kind == "list" else "value"]["shape"])
        if kind == "map":
            return _map_check(shape, inner) if inner else None
        return _list_check(shape, name, inner)
    if not shape.keys() & {"min", "max", "pattern", "enum"}:
        return None
    return _string_check(shape, name) if kind == "string" else _number_check(shape)


def _structure_check(shapes: Mapping[str, Any], name: str) -> Check | None:
    """Answer the check of a structure: what it requires, and each of its members that has a constraint."""
    shape = shapes[name]
    required = tuple((member, _lower(member)) for member in (*shape.get("required", ()), *_REQUIRED_ALSO.get(name, ())))
    inner_checks = ((member, _check_of(shapes, reference["shape"])) for member, reference in shape["members"].items())
    checks = {member: (_lower(member), check) for member, check in inner_checks if check}
    if not required and not checks:
        return None

    def check(value: Mapping[str, Any], path: str, problems: Violations) -> None:
        prefix = f"{path}." if path else ""
        for member, lower in required:
            if value.get(member) is None:
                problems.append(_violation(None, prefix + lower, "Member must not be null"))
        for member, inner in value.items():
            found = checks.get(member)
            if found and inner is not None:
                found[1](inner, prefix + found[0], problems)

    return check


def _lower(member: str) -> str:
    return member[0].lower() + member[1:]


def _list_check(shape: Mapping[str, Any], name: str, inner: Check | None) -> Check:
    low, high = (0, None) if name in _COUNTED_ELSEWHERE else (shape.get("min", 0), shape.get("max"))

    def check(value: list[Any], path: str, problems: Violations) -> None:
        _check_length(value, low, high, path, problems)
        if inner:
            for index, element in enumerate(value):
                inner(element, f"{path}.{index + 1}.member", problems)

    return check


def _map_check(shape: Mapping[str, Any], inner: Check) -> Check:
    low, high = shape.get("min", 0), shape.get("max")

    def check(value: Mapping[str, Any], path: str, problems: Violations) -> None:
        _check_length(value, low, high, path, problems)
        for key, element in value.items():
            inner(element, f"{path}.{key}.member", problems)

    return check


def _string_check(shape: Mapping[str, Any], name: str) -> Check:
    low, high = shape.get("min", 0), shape.get("max")
    values = _SHOWN_ORDER.get(name, shape.get("enum"))
    pattern = re.compile(_python_pattern(shape["pattern"])) if "pattern" in shape else None

    def check(value: str, path: str, problems: Violations) -> None:
        if pattern and not pattern.fullmatch(value):
            problems.append(
                _violation(value, path, f"Member must satisfy regular expression pattern: {shape['pattern']}")
            )
        _check_length(value, low, high, path, problems)
        if values and value not in values:
            problems.append(_violation(value, path, f"Member must satisfy enum value set: [{', '.join(values)}]"))

    return check


def _number_check(shape: Mapping[str, Any]) -> Check:
    low, high = shape.get("min"), shape.get("max")

    def check(value: int, path: str, problems: Violations) -> None:
        if low is not None and value < low:
            problems.append(_violation(value, path, f"Member must have value greater than or equal to {low}"))
        if high is not None and value > high:
            problems.append(_violation(value, path, f"Member must have value less than or equal to {high}"))

    return check


def _check_length(value: Any, low: int, high: int | None, path: str, problems: Violations) -> None:
    if len(value) < low:
        problems.append(_violation(value, path, f"Member must have length greater than or equal to {low}"))
    if high is not None and len(value) > high:
        problems.append(_violation(value, path, f"Member must have length less than or equal to {high}"))


def _violation(value: Any, path: str, constraint: str) -> tuple[str, str]:
    text = "null" if value is None else f"'{shown(value)}'"
    return path, f"Value {text} at '{path}' failed to satisfy constraint: {constraint}"


def shown(value: Any) -> str:
    """Answer a value as the service prints it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={shown(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value)


def _python_pattern(pattern: str) -> str:
    """Answer a pattern of the model in Python's syntax."""
    return pattern.replace(r"\p{Print}", r"[\x20-\x7e]")
