"""Reads CreateTable and UpdateTable requests: key schemas, indexes and settings, with every rule about them.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.definition import IndexDefinition, Throughput
from twinstage.world.memory.dynamodb.errors import Unsupported, invalid
from twinstage.world.memory.dynamodb.keys import KeySchema
from twinstage.world.memory.dynamodb.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.world.memory.dynamodb.errors import DynamoRefused

PAY_PER_REQUEST = "PAY_PER_REQUEST"

_INDEX_MEMBERS = frozenset({"IndexName", "KeySchema", "Projection", "ProvisionedThroughput", "OnDemandThroughput"})


def bad_parameter(text: str) -> DynamoRefused:
    """A ValidationException of the kind that says which parameter is wrong."""
    return invalid(f"One or more parameter values were invalid: {text}")


def attribute_types_from(definitions: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Answer the type of each attribute defined; a name may be defined once."""
    types: dict[str, str] = {}
    for definition in definitions:
        name = definition["AttributeName"]
        if name in types:
            raise invalid(f"Attribute Name is duplicated: {name}")
        types[name] = definition["AttributeType"]
    return types


def table_schema_from(elements: Sequence[Mapping[str, str]], types: Mapping[str, str]) -> KeySchema:
    """Answer a table's key schema: one partition key and at most one sort key."""
    _check_defined(elements, types, "Some index key attributes are not defined in AttributeDefinitions.")
    if len(elements) > 2:  # noqa: PLR2004  a table's key has one attribute or two
        shown = (
            "["
            + ", ".join(
                f"KeySchemaElement(attributeName={e['AttributeName']}, keyType={e['KeyType']})" for e in elements
            )
            + "]"
        )
        constraint = "failed to satisfy constraint: Member must have length less than or equal to 2"
        raise invalid(f"1 validation error detected: Value '{shown}' at 'keySchema' {constraint}")
    if elements[0]["KeyType"] != "HASH":
        raise invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(elements) > 1 and elements[1]["KeyType"] != "RANGE":
        raise invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    return _schema(elements, types)


def indexes_from(
    entries: Sequence[Mapping[str, Any]],
    schema: KeySchema,
    types: Mapping[str, str],
    *,
    is_global: bool,
    billing_mode: str,
) -> tuple[IndexDefinition, ...]:
    """Answer the index definitions of a request's list, in its order."""
    kind = "GlobalSecondaryIndexes" if is_global else "LocalSecondaryIndexes"
    if not entries:
        raise bad_parameter(f"List of {kind} is empty")
    if not is_global and len(entries) > LIMITS.local_indexes_per_table:
        raise bad_parameter(
            f"Number of LocalSecondaryIndexes exceeds per-table limit of {LIMITS.local_indexes_per_table}"
        )
    if is_global and len(entries) > LIMITS.global_indexes_per_table:
        raise bad_parameter(
            f"GlobalSecondaryIndex count exceeds the per-table limit of {LIMITS.global_indexes_per_table}"
        )
    return tuple(index_from(entry, schema, types, is_global=is_global, billing_mode=billing_mode) for entry in entries)


def index_from(
    entry: Mapping[str, Any], schema: KeySchema, types: Mapping[str, str], *, is_global: bool, billing_mode: str
) -> IndexDefinition:
    """Answer the definition of one index."""
    name, elements = entry["IndexName"], entry["KeySchema"]
    unknown = sorted(entry.keys() - _INDEX_MEMBERS)
    if unknown:
        raise Unsupported(f"a secondary index with {unknown[0]}")
    _check_defined(elements, types, "Some index key attributes are not defined in AttributeDefinitions.")
    _check_index_schema(name, elements, schema, is_global=is_global)
    projection, included = _projection_from(entry["Projection"])
    throughput = index_throughput(entry, billing_mode) if is_global else None
    settings = {"OnDemandThroughput": deepcopy(entry["OnDemandThroughput"])} if "OnDemandThroughput" in entry else {}
    return IndexDefinition(
        name, _schema(elements, types), projection, included, is_global, schema, throughput, settings
    )


def index_throughput(entry: Mapping[str, Any], billing_mode: str) -> Throughput:
    """Answer what a global index is provisioned with."""
    given, name = entry.get("ProvisionedThroughput"), entry["IndexName"]
    if billing_mode == PAY_PER_REQUEST:
        if given:
            raise bad_parameter(
                f"ProvisionedThroughput should not be specified for index: {name} when BillingMode is PAY_PER_REQUEST"
            )
        return Throughput(0, 0)
    if not given:
        raise bad_parameter(f"ProvisionedThroughput is not specified for index: {name}")
    return Throughput(given["ReadCapacityUnits"], given["WriteCapacityUnits"])


def table_throughput(request: Mapping[str, Any], billing_mode: str) -> Throughput:
    """Answer what a new table is provisioned with."""
    given = request.get("ProvisionedThroughput")
    if billing_mode == PAY_PER_REQUEST:
        if given:
            raise bad_parameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
            )
        return Throughput(0, 0)
    if not given:
        raise bad_parameter(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    return Throughput(given["ReadCapacityUnits"], given["WriteCapacityUnits"])


def check_attributes_used(schema: KeySchema, indexes: Iterable[IndexDefinition], types: Mapping[str, str]) -> None:
    """Refuse attribute definitions that no key uses."""
    with_indexes = tuple(indexes)
    used = dict.fromkeys(name for each in (schema, *(index.schema for index in with_indexes)) for name in each.names)
    if used.keys() == types.keys():
        return
    if not with_indexes:
        raise bad_parameter(
            "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
        )
    raise bad_parameter(
        f"Some AttributeDefinitions are not used. AttributeDefinitions: {_listed(types)}, keys used: {_listed(used)}"
    )


def check_indexes_together(indexes: Iterable[IndexDefinition]) -> None:
    """Refuse two indexes of one name, and more projected attributes than a table may have."""
    names: set[str] = set()
    included = 0
    for index in indexes:
        if index.name in names:
            raise bad_parameter(f"Duplicate index name: {index.name}")
        names.add(index.name)
        included += len(index.included)
    if included > LIMITS.projected_attributes_per_table:
        raise bad_parameter(
            "Number of NonKeyAttributes across all secondary indexes exceeds the per-table limit of "
            f"{LIMITS.projected_attributes_per_table}"
        )


def _schema(elements: Iterable[Mapping[str, str]], types: Mapping[str, str]) -> KeySchema:
    by_role: dict[str, list[str]] = {"HASH": [], "RANGE": []}
    for element in elements:
        by_role[element["KeyType"]].append(element["AttributeName"])
    names = by_role["HASH"] + by_role["RANGE"]
    if len(set(names)) < len(names):
        raise invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    return KeySchema(tuple(by_role["HASH"]), tuple(by_role["RANGE"]), {name: types[name] for name in names})


def _check_defined(elements: Iterable[Mapping[str, str]], types: Mapping[str, str], text: str) -> None:
    names = [element["AttributeName"] for element in elements]
    missing = [name for name in names if name not in types]
    if missing:
        raise bad_parameter(f"{text} Keys: {_listed(names)}, AttributeDefinitions: {_listed(types)}")


def _check_index_schema(name: str, elements: Sequence[Mapping[str, str]], table: KeySchema, *, is_global: bool) -> None:
    roles = [element["KeyType"] for element in elements]
    if roles[0] != "HASH":
        raise invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if is_global:
        _check_global_roles(roles)
        return
    if not table.sort:
        raise bad_parameter(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    if roles != ["HASH", "RANGE"]:
        raise bad_parameter(f"Index KeySchema does not have a range key for index: {name}")
    if elements[0]["AttributeName"] != table.partition[0]:
        raise bad_parameter(
            f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}. "
            f"index hash key: {elements[0]['AttributeName']}, table hash key: {table.partition[0]}"
        )


def _check_global_roles(roles: list[str]) -> None:
    if roles != sorted(roles):
        raise bad_parameter("All HASH key attributes must precede RANGE key attributes in the KeySchema")
    for role in ("HASH", "RANGE"):
        if roles.count(role) > LIMITS.key_attributes_per_role:
            raise bad_parameter(f"The KeySchema exceeds the maximum allowed number of {role} key attributes")


def _projection_from(projection: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    type_, included = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if type_ is None:
        raise bad_parameter("Unknown ProjectionType: null")
    if type_ == "INCLUDE" and not included:
        raise bad_parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if type_ != "INCLUDE" and included is not None:
        raise bad_parameter(f"ProjectionType is {type_}, but NonKeyAttributes is specified")
    names = tuple(included or ())
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise bad_parameter(f"Duplicate element in NonKeyAttributes: {repeated}")
    return type_, names


def _listed(names: Iterable[str]) -> str:
    return "[" + ", ".join(names) + "]"
