"""Whom a change of a contract breaks, rule by rule: less to rely on breaks consumers, more to deliver breaks producers, and what is neither more nor less breaks both."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from twinstage.twin.contracts.contract import contract_of
from twinstage.twin.versions.contracts import contract_changes

C, P, B, NOBODY = "consumers", "producers", "both", ""
Members = dict[str, Any]
OTHER: Final[Members] = {
    "name": "u",
    "properties": [{"name": "id", "logicalType": "string", "required": True, "primaryKey": True}],
}


def contract(columns: list[Members] | None = None, **more: Any) -> bytes:
    """A contract of one table with a key and these columns; more members go to the table or the contract."""
    key = {
        "name": "id",
        "logicalType": "string",
        "required": True,
        "primaryKey": True,
        "primaryKeyPosition": 1,
    }
    of_the_table: Members = {name: more.pop(name) for name in ("quality", "physicalName") if name in more}
    table: Members = {"name": "t", "physicalName": "t", "properties": [key, *(columns or [])], **of_the_table}
    schema = [table, *more.pop("tables", [])]
    head: Members = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "p", "version": "1.0.0", "status": "active"}
    return json.dumps({**head, "schema": schema, **more}).encode()


def broken(before: bytes, after: bytes) -> str:
    """Whom all changes between two contracts break together."""
    products = [contract_of(text, "contract.json").product for text in (before, after)]
    found = {change.breaks for change in contract_changes(*products)} - {""}
    return B if len(found) > 1 else found.pop() if found else NOBODY


def columned(members: Members | None) -> bytes:
    """With a column `v` that has these members, a text where they say no type; without it where there are none."""
    return contract([] if members is None else [{"name": "v", "logicalType": "string", **members}])


TEXT: Final[Members] = {"name": "a", "logicalType": "string"}
COLUMNS: Final[list[tuple[Members | None, Members | None, str]]] = [
    ({}, None, C),
    (None, {}, NOBODY),
    (None, {"required": True}, P),
    ({"logicalType": "integer"}, {"logicalType": "number"}, C),
    ({"logicalType": "number"}, {"logicalType": "integer"}, P),
    ({}, {"logicalType": "integer"}, B),
    ({}, {"logicalType": "object", "properties": [TEXT]}, B),
    ({"physicalType": "VARCHAR(10)"}, {"physicalType": "varchar(10)"}, NOBODY),
    ({"physicalType": "varchar(10)"}, {"physicalType": "varchar(20)"}, NOBODY),
    ({"physicalType": "varchar(20)"}, {"physicalType": "varchar(10)"}, P),
    (
        {"logicalType": "number", "physicalType": "decimal(9, 2)"},
        {"logicalType": "number", "physicalType": "decimal(12,1)"},
        P,
    ),
    ({"required": True}, {}, C),
    ({}, {"required": True}, P),
    ({}, {"required": False}, NOBODY),
    ({"unique": True}, {}, C),
    ({}, {"unique": True}, P),
    ({"required": True}, {"required": True, "primaryKey": True, "primaryKeyPosition": 2}, B),
    ({}, {"partitioned": True, "partitionKeyPosition": 1}, B),
    ({"classification": "public"}, {"classification": "restricted"}, NOBODY),
    ({"description": "a", "tags": ["a"]}, {"description": "b", "tags": ["b"]}, NOBODY),
    ({"physicalName": "a"}, {"physicalName": "b"}, B),
    ({}, {"physicalName": "v"}, NOBODY),
]

NUMBERS: Final[list[tuple[Members, Members, str]]] = [
    ({"minimum": 0}, {"minimum": 1}, P),
    ({"minimum": 0}, {"minimum": -1}, C),
    ({"maximum": 5}, {"maximum": 6}, C),
    ({"maximum": 5}, {}, C),
    ({}, {"maximum": 5}, P),
    ({"minimum": 0}, {"minimum": 0.0}, NOBODY),
    ({"minimum": 0, "maximum": 9}, {"minimum": 1, "maximum": 10}, B),
    ({"exclusiveMinimum": 0}, {"exclusiveMinimum": 1}, P),
    ({"minimum": 0}, {"exclusiveMinimum": 0}, P),
    ({"exclusiveMinimum": 0}, {"minimum": 0}, C),
    ({"exclusiveMinimum": 0}, {"minimum": 1}, P),
    ({"maximum": 5}, {"exclusiveMaximum": 5}, P),
    ({"maximum": 5}, {"exclusiveMaximum": 6}, C),
    ({"minimum": 0}, {"minimum": 0, "exclusiveMinimum": True}, P),
    ({"minimum": 0, "exclusiveMinimum": True}, {"exclusiveMinimum": 0}, NOBODY),
    ({"minimum": 0, "exclusiveMinimum": False}, {"minimum": 0}, NOBODY),
    ({"multipleOf": 2}, {"multipleOf": 4}, P),
    ({"multipleOf": 0.1}, {"multipleOf": 0.01}, C),
    ({"multipleOf": 2}, {"multipleOf": 3}, B),
    ({"format": "i32"}, {"format": "i64"}, B),
]

TEXTS: Final[list[tuple[Members, Members, str]]] = [
    ({"maxLength": 10}, {"maxLength": 20}, C),
    ({"minLength": 1}, {"minLength": 2}, P),
    ({"pattern": "^a$"}, {"pattern": "^b$"}, B),
    ({}, {"pattern": "^a$"}, P),
    ({"format": "uuid"}, {}, C),
]

MOMENTS: Final[list[tuple[Members, Members, str]]] = [
    ({"minimum": "2020-01-01"}, {"minimum": "2021-01-01"}, P),
    ({"maximum": "2020-01-01"}, {"maximum": "2021-01-01"}, C),
    ({"maximum": "2020-01-01T00:00:00Z"}, {"maximum": "2020-01-01T01:00:00+01:00"}, NOBODY),
    ({"maximum": "2020-01-01"}, {"maximum": "always"}, B),
    ({"format": "yyyy-MM-dd"}, {"format": "dd.MM.yyyy"}, B),
]


@pytest.mark.parametrize(
    ("before", "after", "breaks"),
    [
        *COLUMNS,
        *(
            (*({"logicalType": kind, "logicalTypeOptions": options} for options in (old, new)), breaks)
            for kind, cases in (("number", NUMBERS), ("string", TEXTS), ("timestamp", MOMENTS))
            for old, new, breaks in cases
        ),
    ],
)
def test_a_column_that_is_changed_breaks(before: Members | None, after: Members | None, breaks: str) -> None:
    assert broken(columned(before), columned(after)) == breaks


def of(kind: str, members: Members | None = None, **options: Any) -> Members:
    return {"logicalType": kind, **(members or {}), **({"logicalTypeOptions": options} if options else {})}


def listed(kind: str, **members: Any) -> Members:
    return {"items": {"logicalType": kind, **members}}


REQUIRED: Final[Members] = {"name": "b", "logicalType": "string", "required": True}


@pytest.mark.parametrize(
    ("before", "after", "breaks"),
    [
        (of("array", listed("integer")), of("array", listed("number")), C),
        (of("array", listed("string")), of("array", listed("integer")), B),
        (
            of("array", listed("object", properties=[TEXT, {**TEXT, "name": "b"}])),
            of("array", listed("object", properties=[TEXT])),
            C,
        ),
        (
            of("array", listed("object", properties=[TEXT])),
            of("array", listed("object", properties=[TEXT, REQUIRED])),
            P,
        ),
        (of("array", minItems=1), of("array", minItems=2), P),
        (of("array", uniqueItems=True), of("array"), C),
        (of("array", uniqueItems=False), of("array"), NOBODY),
        (of("object", {"properties": [TEXT, REQUIRED]}), of("object", {"properties": [TEXT]}), C),
        (of("object", {"properties": [TEXT]}), of("object", {"properties": [TEXT, {**TEXT, "name": "b"}]}), NOBODY),
        (of("object", {"properties": [TEXT]}, required=["a"]), of("object", {"properties": [TEXT]}), C),
        (of("object", required=["a"]), of("object", required=["a", "b"]), P),
        (of("object", required=["a"]), of("object", required=["b"]), B),
        (of("object", required=["b", "a"]), of("object", required=["a", "b"]), NOBODY),
    ],
)
def test_what_is_inside_a_column_counts_like_a_column(before: Members, after: Members, breaks: str) -> None:
    assert broken(columned(before), columned(after)) == breaks


def valid(*values: str, **bounds: Any) -> Members:
    return {"metric": "invalidValues", "arguments": {"validValues": list(values)}, **(bounds or {"mustBe": 0})}


RULES: Final[list[tuple[Members | None, Members | None, str]]] = [
    ({"mustBeGreaterThan": 10}, {"mustBeGreaterThan": 100}, P),
    ({"mustBeGreaterThan": 10}, {"mustBeGreaterOrEqualTo": 10}, C),
    ({"mustBeLessOrEqualTo": 10}, {"mustBeLessOrEqualTo": 11}, C),
    ({"mustBe": 5}, {"mustBe": 6}, B),
    ({"mustBe": 5}, {"mustBeBetween": [0, 10]}, C),
    ({"mustBeBetween": [0, 10]}, {"mustBeBetween": [1, 9]}, P),
    ({"mustBeBetween": [0, 10]}, {"mustBeBetween": [5, 15]}, B),
    ({"mustNotBeBetween": [0, 10]}, {"mustNotBeBetween": [1, 9]}, C),
    ({"mustNotBe": 0}, {"mustNotBe": 1}, B),
    ({"mustNotBe": 0}, {"mustBeGreaterThan": 0}, P),
    ({"mustNotBe": 5}, {"mustNotBeBetween": [0, 10]}, P),
    ({"mustBe": 5}, {"mustBe": 5, "description": "b"}, NOBODY),
    ({"mustBe": 5}, {"id": "rows", "mustBe": 5}, NOBODY),
    ({"mustBe": 5, "severity": "warning"}, {"mustBe": 5, "severity": "error"}, P),
    ({"mustBeLessThan": 5, "severity": "warning"}, {"mustBeLessThan": 4, "severity": "error"}, P),
    ({"mustBeLessThan": 5, "severity": "error"}, {"mustBeLessThan": 4, "severity": "warning"}, B),
    (None, {"mustBe": 5}, P),
    ({"mustBe": 5}, None, C),
    ({"type": "sql", "query": "select 1", "mustBe": 1}, {"type": "sql", "query": "select 2", "mustBe": 1}, B),
    ({"type": "custom", "engine": "e", "implementation": "a"}, None, C),
    (
        {"type": "custom", "engine": "e", "implementation": "a"},
        {"type": "custom", "engine": "e", "implementation": "b"},
        B,
    ),
    ({"type": "text", "description": "a"}, None, NOBODY),
    (valid("a", "b"), valid("a"), P),
    (valid("a"), valid("a", "b"), C),
    (valid("a"), valid("b"), B),
    (valid("a", "b"), valid("b", "a"), NOBODY),
    (valid("a", "b", mustBeGreaterThan=3), valid("a", mustBeGreaterThan=3), B),
    (valid("a", mustBeLessThan=5, unit="rows"), valid("a", mustBeLessThan=5, unit="percent"), B),
]


@pytest.mark.parametrize(("before", "after", "breaks"), RULES)
def test_a_rule_that_is_changed_breaks(before: Members | None, after: Members | None, breaks: str) -> None:
    """Fewer valid values make more values invalid, which is harder only where no number of them is too small."""
    of_the_library = {"metric": "rowCount", "column": "id"}
    rules = [[] if rule is None else [rule if "type" in rule else of_the_library | rule] for rule in (before, after)]
    assert broken(*(contract(quality=each) for each in rules)) == breaks


def test_rules_that_measure_the_same_are_matched_by_what_they_say_and_not_by_their_order() -> None:
    low, high = {"metric": "rowCount", "mustBeGreaterThan": 1}, {"metric": "rowCount", "mustBeLessThan": 9}
    assert broken(contract(quality=[low, high]), contract(quality=[high, low])) == NOBODY
    assert broken(contract(quality=[low, high]), contract(quality=[high])) == C
    looser = {"metric": "rowCount", "mustBeLessThan": 10}
    assert broken(contract(quality=[low, high]), contract(quality=[looser, low])) == C


def level(property_: str, value: Any, unit: str = "") -> Members:
    return {"property": property_, "value": value, **({"unit": unit} if unit else {})}


@pytest.mark.parametrize(
    ("before", "after", "breaks"),
    [
        (level("latency", 4, "d"), level("latency", 2, "h"), P),
        (level("latency", 2, "h"), level("latency", 4, "h"), C),
        (level("latency", 2, "d"), level("latency", 48, "h"), NOBODY),
        (level("latency", 1, "day"), level("latency", "P1D"), NOBODY),
        (level("frequency", 1, "h"), level("frequency", 1, "d"), C),
        (level("retention", 3, "y"), level("retention", 5, "y"), P),
        (level("retention", 5, "y"), level("retention", 3, "y"), C),
        (level("availability", "99.9%"), level("availability", "99%"), C),
        (level("availability", 99, "percent"), level("availability", 30, "d"), B),
        (level("errorRate", 5, "percent"), level("errorRate", 1, "percent"), P),
        (level("completeness", 99, "percent"), level("completeness", 90, "percent"), C),
        (level("throughput", 5, "rps"), level("throughput", 10, "rps"), P),
        (level("throughput", 50, "per second"), level("throughput", 100, "per day"), B),
        (level("throughput", "5 rps"), level("throughput", "10 rps"), B),
        (level("timeToNotify", 1, "h"), level("timeToNotify", 2, "h"), C),
        (level("generalAvailability", "2022-05-12T09:30:10Z"), level("generalAvailability", "2023-05-12"), C),
        (level("endOfSupport", "2032-05-12"), level("endOfSupport", "2030-05-12"), C),
        (level("endOfLife", "2032-01-01T00:00:00Z"), level("endOfLife", "2032-01-01T01:00:00+01:00"), NOBODY),
        (level("happiness", 1), level("happiness", 2), B),
        (
            level("support", "24/7") | {"driver": "analytics"},
            level("support", "24/7") | {"driver": "regulatory"},
            NOBODY,
        ),
        (level("latency", 4, "h") | {"driver": "analytics"}, level("latency", 5, "h") | {"driver": "regulatory"}, C),
        (None, level("latency", 4, "d"), P),
        (level("latency", 4, "d"), None, C),
    ],
)
def test_a_service_level_that_is_changed_breaks(before: Members | None, after: Members | None, breaks: str) -> None:
    levels = [[] if one is None else [one] for one in (before, after)]
    assert broken(*(contract(slaProperties=each) for each in levels)) == breaks


def test_service_levels_of_one_kind_are_matched_by_why_they_are_promised_before_anything_else() -> None:
    warn, fail = (level("latency", n, "h") | {"driver": driver} for n, driver in ((4, "warn"), (8, "fail")))
    assert broken(contract(slaProperties=[warn, fail]), contract(slaProperties=[fail])) == C
    assert broken(contract(slaProperties=[warn, fail]), contract(slaProperties=[fail, warn | {"value": 3}])) == P


def test_a_reference_is_a_promise_that_what_it_names_is_there() -> None:
    plain = {"name": "v", "logicalType": "string"}
    referring = {**plain, "relationships": [{"type": "foreignKey", "to": "u.id"}]}
    without, with_it = (contract([column], tables=[OTHER]) for column in (plain, referring))
    assert (broken(without, with_it), broken(with_it, without)) == (P, C)


def test_tables_columns_and_names_in_another_order_are_the_same() -> None:
    tables = [OTHER, {**OTHER, "name": "w"}]
    assert broken(contract(tables=tables), contract(tables=tables[::-1])) == NOBODY
    columns = [TEXT, {**TEXT, "name": "b"}]
    assert broken(contract(columns), contract(columns[::-1])) == NOBODY
    assert broken(contract(), contract(physicalName="other")) == B
    assert (broken(contract(tables=[OTHER]), contract()), broken(contract(), contract(tables=[OTHER]))) == (C, NOBODY)


def test_a_product_of_another_id_or_one_that_is_retired_is_gone_for_its_consumers() -> None:
    assert broken(contract(), contract(id="q")) == C
    assert broken(contract(), contract(status="retired")) == C
    assert broken(contract(), contract(status="deprecated", version="2.0.0", tags=["a"])) == NOBODY
