"""ExpressionAttributeNames and ExpressionAttributeValues: validated once a request, and which of them its expressions used.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.expressions.hash_order import from_first_place
from twinstage.world.memory.dynamodb.values import MAX_NAME_BYTES, MAX_NESTING, AttributeValue, kind_of, stored_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.dynamodb.expressions.paths import Uses

MAX_KEY_CHARACTERS = 255

_TOO_LONG = "The expression attribute map contains a key that is too long"
_NAME_KEY = re.compile(r"#[0-9a-zA-Z_]+")
_VALUE_KEY = re.compile(r":[0-9a-zA-Z_]+")


@dataclass(frozen=True, init=False)
class Placeholders:
    """What `#name` and `:value` stand for in one request. `values` are in stored form, nothing shared with the request.

    Built from the request's members as they are, None where absent. Raises ValidationException for a bad key, name or value, and for an empty member.
    """

    names: Mapping[str, str]
    values: Mapping[str, AttributeValue]
    written: Mapping[str, Mapping[str, Any]]
    """The values as the request spells them: some messages show them so."""
    signature: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]
    """What decides how an expression is compiled: the names, and the kinds of the values."""

    def __init__(self, names: Mapping[str, str] | None = None, values: Mapping[str, Any] | None = None) -> None:
        if names is not None:
            _refuse_names(names)
        stored = {} if values is None else _stored_values(values)
        kinds = tuple([(name, kind_of(value)) for name, value in stored.items()])
        signature = (tuple(names.items()) if names else (), kinds)
        self.__dict__.update(names=dict(names or ()), values=stored, written=values or {}, signature=signature)


class UsedPlaceholders:
    """Collects what the expressions of one request use. Its refusals are to be asked for once all of them are parsed."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._uses: list[Uses] = []

    def note(self, uses: Uses) -> None:
        """Notes what an expression uses."""
        self._uses.append(uses)

    def refuse_unused(self) -> None:
        """Raises ValidationException for a placeholder that no expression used."""
        given = self._placeholders
        if given.names:
            _refuse_unused("Names", given.names, [uses.names for uses in self._uses])
        if given.values:
            _refuse_unused("Values", given.values, [uses.values for uses in self._uses])

    def refuse_nested_keys(self, key_names: Iterable[str], index_key_names: Iterable[str] = ()) -> None:
        """Raises ValidationException for an expression that reaches into an attribute of the table's key, or of an index's."""
        nested = {name for uses in self._uses for name in uses.nested}
        if not nested:
            return
        for label, names in (("Key", key_names), ("IndexKey", index_key_names)):
            for name in names:
                if name in nested:
                    problem = "list random access '[]' and map lookup '.' are not allowed"
                    raise invalid(f"Key attributes must be scalars; {problem}: {label}: {name}")


def _refuse_unused(kind: str, defined: Mapping[str, Any], used: list[frozenset[str]]) -> None:
    unused = [key for key in defined if not any(key in keys for keys in used)]
    if unused:
        shown = ", ".join(from_first_place(unused))
        raise invalid(f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{shown}}}")


def _refuse_names(names: Mapping[str, str]) -> None:
    if not names:
        raise invalid("ExpressionAttributeNames must not be empty")
    for key, name in names.items():
        _refuse_name_key(key)
        if not name:
            raise invalid(f"ExpressionAttributeNames contains invalid value: Empty attribute name for key {key}")
        if len(name) * 4 > MAX_NAME_BYTES and len(name.encode()) > MAX_NAME_BYTES:
            problem = f"Attribute name is too large, must be less than {MAX_NAME_BYTES + 1} bytes"
            raise invalid(f"ExpressionAttributeNames contains invalid value: {problem} for key {key}")


def _stored_values(values: Mapping[str, Any]) -> dict[str, AttributeValue]:
    if not values:
        raise invalid("ExpressionAttributeValues must not be empty")
    for key in values:
        _refuse_value_key(key)
    stored = {}
    for key, value in values.items():
        try:
            stored[key] = stored_value(value, levels=MAX_NESTING + 1)
        except DynamoRefused as problem:
            if problem.error != "ValidationException":
                raise
            message = f"ExpressionAttributeValues contains invalid value: {problem.message} for key {key}"
            raise invalid(message) from problem
    return stored


@lru_cache(maxsize=4096)
def _refuse_name_key(key: str) -> None:
    if not _NAME_KEY.fullmatch(key):
        raise invalid(f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{key}"')
    if len(key) > MAX_KEY_CHARACTERS:
        raise invalid(f"ExpressionAttributeNames contains invalid key: {_TOO_LONG}; size of key: {len(key)}")


@lru_cache(maxsize=4096)
def _refuse_value_key(key: str) -> None:
    if not _VALUE_KEY.fullmatch(key):
        raise invalid(f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{key}"')
    if len(key) > MAX_KEY_CHARACTERS:
        raise invalid(f"ExpressionAttributeValues contains invalid key: {_TOO_LONG};")
