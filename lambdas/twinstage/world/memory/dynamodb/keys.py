"""Primary keys: what a schema makes of an item, the order in which a table holds its items, and the rules a key must meet.

Messages: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html and, as no page lists them, what the service answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OrderKey = tuple[Any, ...]
"""Where an item stands: the hash of its partition key (0 <= hash < 2**64), its partition key, its sort key. Prefixes sort before what they begin."""

HASH_BITS = 64


class _Top:
    """Above every key part: ends a range of order keys."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __lt__

    def __gt__(self, other: object) -> bool:
        return True

    __ge__ = __gt__


TOP = _Top()
"""A part of an order key that is above every value: `(*prefix, TOP)` is above everything that begins with `prefix`."""


@dataclass(frozen=True)
class KeySchema:
    """The attributes of a primary or an index key and the type (S, N, B) of each, in the order of the schema.

    An index may have up to four attributes in either role; a table has one and at most one.
    """

    partition: tuple[str, ...]
    sort: tuple[str, ...]
    types: Mapping[str, str]
    names: tuple[str, ...] = field(init=False)
    name_set: frozenset[str] = field(init=False)
    readers: tuple[tuple[str, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", (*self.partition, *self.sort))
        object.__setattr__(self, "name_set", frozenset(self.names))
        object.__setattr__(self, "readers", tuple((name, self.types[name]) for name in self.names))

    def elements(self) -> list[dict[str, str]]:
        """The schema as the API describes it."""
        hashes = [{"AttributeName": name, "KeyType": "HASH"} for name in self.partition]
        return hashes + [{"AttributeName": name, "KeyType": "RANGE"} for name in self.sort]

    def key_of(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """The key attributes of an item, each copied."""
        return {name: dict(item[name]) for name in self.names}

    def order_key(self, item: Mapping[str, Any]) -> OrderKey:
        """Where an item with this key, in canonical form, stands."""
        parts = [item[name][type_] for name, type_ in self.readers]
        hashed = _hash(parts[: len(self.partition)])
        return (
            hashed,
            *[Decimal(part) if type_ == "N" else part for part, (_, type_) in zip(parts, self.readers, strict=True)],
        )


def partition_prefix(schema: KeySchema, values: Iterable[Mapping[str, Any]]) -> OrderKey:
    """The beginning of the order keys of every item whose partition key attributes have these values, in the schema's order."""
    parts = [value[schema.types[name]] for name, value in zip(schema.partition, values, strict=True)]
    return (
        _hash(parts),
        *[order_part(schema.types[name], part) for name, part in zip(schema.partition, parts, strict=True)],
    )


def order_part(type_: str, raw: Any) -> Any:
    """The value of a key attribute as it sorts: numbers by size, strings by their UTF-8 bytes (as code points do), binary by unsigned bytes."""
    return Decimal(raw) if type_ == "N" else raw


def _hash(parts: list[Any]) -> int:
    if len(parts) == 1:
        part = parts[0]
        data = part if type(part) is bytes else part.encode()
    else:
        encoded = [part if type(part) is bytes else part.encode() for part in parts]
        data = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")


def refuse_empty(schema: KeySchema, attributes: Mapping[str, Any]) -> None:
    """Refuse key attributes that are of the right type and empty."""
    for name, type_ in schema.readers:
        value = attributes.get(name)
        if value is not None and type_ in value and not value[type_]:
            raise _empty(name, type_)


def key_fault(schema: KeySchema, key: Mapping[str, Any]) -> DynamoRefused | None:
    """What is wrong with a `Key` that should be exactly the table's key: other attributes, wrong types, too long; None for nothing.

    Raises ValidationException for an empty value, which the service refuses before it looks at anything else.
    """
    matches, long = len(key) == len(schema.readers), False
    for name, type_ in schema.readers:
        value = key.get(name)
        if value is None or type_ not in value:
            matches = False
            continue
        raw = value[type_]
        if not raw:
            raise _empty(name, type_)
        long = long or len(raw) > _SURELY_SHORT
    if not matches:
        return invalid("The provided key element does not match the schema")
    return size_fault(schema, key) if long else None


def _empty(name: str, type_: str) -> DynamoRefused:
    return invalid(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
        f"{EMPTY_KIND[type_]} value. Key: {name}"
    )


def item_key_fault(schema: KeySchema, item: Mapping[str, Any]) -> DynamoRefused | None:
    """What is wrong with an item's key: missing, of another type, too long; None for nothing."""
    for name, type_ in schema.readers:
        value = item.get(name)
        if value is None:
            return invalid(f"One or more parameter values were invalid: Missing the key {name} in the item")
        if type_ not in value:
            actual = next(iter(value))
            return invalid(
                f"One or more parameter values were invalid: Type mismatch for key {name} expected: {type_} actual: {actual}"
            )
    return size_fault(schema, item)


def checked_key(schema: KeySchema, key: Mapping[str, Any]) -> None:
    """Refuse what is not exactly the table's key, with every value there and short enough."""
    fault = key_fault(schema, key)
    if fault:
        raise fault


def size_fault(schema: KeySchema, key: Mapping[str, Any]) -> DynamoRefused | None:
    """What is wrong with the length of a key's attributes, each there and of the right type; None for nothing."""
    if _role_size(schema, schema.partition, key) > LIMITS.partition_key_bytes:
        # The missing blank is the service's own.
        return invalid(
            f"One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of{LIMITS.partition_key_bytes} bytes"
        )
    if schema.sort and _role_size(schema, schema.sort, key) > LIMITS.sort_key_bytes:
        return invalid(
            "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of "
            f"{LIMITS.sort_key_bytes} bytes"
        )
    return None


EMPTY_KIND = {"S": "string", "B": "binary", "N": "number"}
_LONGEST_CHARACTER = 4
_SURELY_SHORT = LIMITS.sort_key_bytes // _LONGEST_CHARACTER // LIMITS.key_attributes_per_role
"""A string of so many characters is within every limit, however many of them make up a key."""


def _role_size(schema: KeySchema, names: tuple[str, ...], key: Mapping[str, Any]) -> int:
    """Bytes of the strings and binaries among key attributes; a number is always short enough."""
    raws = [key[name][schema.types[name]] for name in names if schema.types[name] != "N"]
    return sum(len(raw) if type(raw) is bytes else len(raw.encode()) for raw in raws)
