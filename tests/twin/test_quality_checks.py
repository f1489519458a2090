"""The promises of a contract, checked on rows: what is measured, what holds, and what is told and not checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from twinstage.model.data_product import Bound, Column, DataProduct, ProductTable, QualityRule, ServiceLevel
from twinstage.twin.quality.check import QualityFinding, check_product

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"id": "a", "currency": "EUR", "at": "2026-05-01T11:30:00Z", "lines": [{"sku": "x"}, {"sku": None}]},
    {"id": "b", "currency": "XXX", "at": "2026-05-01T10:00:00Z", "lines": []},
    {"id": "b", "currency": None, "at": None, "lines": [{"sku": "y"}]},
    {"id": "c", "currency": "", "at": "not a time"},
]


def rule(metric: str, *bounds: Bound, column: str = "", **members: Any) -> QualityRule:
    return QualityRule("r", members.pop("kind", "library"), column, metric, bounds, **members)


def checked(
    *rules: QualityRule,
    columns: tuple[Column, ...] = (),
    levels: tuple[ServiceLevel, ...] = (),
    rows: list[dict[str, Any]] = ROWS,
) -> list[QualityFinding]:
    table = ProductTable("orders", columns=columns, quality=rules)
    product = DataProduct("1", "o", "1", "active", "t", "odcs", "3.1.0", (table,), levels)
    return check_product(product, {"orders": rows}, NOW, slowest_s=2.5)


ZERO = Bound("=", 0)


@pytest.mark.parametrize(
    ("given", "measured"),
    [
        (rule("rowCount", ZERO), 4),
        (rule("nullValues", ZERO, column="currency"), 1),
        (rule("missingValues", ZERO, column="currency"), 2),
        (rule("missingValues", ZERO, column="currency", arguments={"missingValues": ["XXX"]}), 2),
        (rule("nullValues", ZERO, column="currency", unit="percent"), 25),
        (rule("invalidValues", ZERO, column="currency", arguments={"validValues": ["EUR", ""]}), 1),
        (rule("invalidValues", ZERO, column="id", arguments={"pattern": "^[ab]$"}), 1),
        (rule("duplicateValues", ZERO, column="id"), 1),
        (rule("duplicateValues", ZERO, arguments={"properties": ["id", "currency"]}), 0),
        (rule("nullValues", ZERO, column="lines[].sku"), 1),
        (rule("nullValues", ZERO, column="nowhere.at.all"), 4),
    ],
)
def test_a_metric_counts(given: QualityRule, measured: float) -> None:
    [finding] = checked(given)

    assert finding.measured == measured
    assert finding.passed is (measured == 0)


@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ([Bound(">", 3)], True),
        ([Bound(">", 4)], False),
        ([Bound(">=", 4), Bound("<=", 4)], True),
        ([Bound("<", 4)], False),
        ([Bound("!=", 4)], False),
        ([Bound("outside", (5, 9))], True),
        ([Bound("outside", (1, 9))], False),
    ],
)
def test_every_bound_must_hold(bounds: list[Bound], holds: bool) -> None:
    [finding] = checked(rule("rowCount", *bounds))

    assert finding.passed is holds


@pytest.mark.parametrize(
    "given",
    [
        rule("", kind="text"),
        rule("", kind="sql", query="SELECT 1"),
        rule("rowCount"),
        rule("madeUp", ZERO),
        rule("nullValues", ZERO),
        rule("invalidValues", ZERO, column="id"),
        rule("invalidValues", ZERO, column="id", arguments={"pattern": "(a+)+$"}),
        rule("invalidValues", ZERO, column="id", arguments={"pattern": "["}),
        rule("invalidValues", ZERO, column="id", arguments={"pattern": ".*.*.*.*.*x"}),
    ],
)
def test_what_cannot_be_checked_says_so_and_neither_passes_nor_fails(given: QualityRule) -> None:
    [finding] = checked(given)

    assert finding.passed is None
    assert finding.message


def test_the_schema_promises_of_each_column_are_checked() -> None:
    columns = (
        Column("id", "id", "string", required=True, unique=True),
        Column("currency", "currency", "string", required=True, options={"minLength": 1}),
        Column("at", "at", "string", options={"minimum": 3, "multipleOf": 2, "format": "date-time"}),
        Column("id", "id", "string", options={"pattern": "^[ab]$"}),
        Column("currency", "currency", "string", options={"pattern": ".*.*.*.*.*x"}),
        Column("lines", "lines", "array", options={"minItems": 1}),
    )

    found = {finding.check: finding.passed for finding in checked(columns=columns)}

    assert found == {
        "orders.id/required": True,
        "orders.id/unique": False,
        "orders.currency/required": False,
        "orders.currency/minLength": False,
        "orders.at/minimum": False,
        "orders.at/multipleOf": False,
        "orders.at/format": None,
        "orders.id/pattern": False,
        "orders.currency/pattern": None,
        "orders.lines/minItems": False,
    }


@pytest.mark.parametrize(
    ("limits", "value", "passed"),
    [
        ({"uniqueItems": True}, ["x", {"n": 1}, {"n": 1}], False),
        ({"uniqueItems": True}, ["x", {"n": 1}, {"n": 2}], True),
        ({"minProperties": 2}, {"n": 1}, False),
        ({"minProperties": 1}, {"n": 1}, True),
        ({"maxProperties": 1}, {"n": 1, "m": 2}, False),
        ({"maxProperties": 2}, {"n": 1, "m": 2}, True),
        ({"precision": 3}, 12345, None),
        ({"scale": 2}, 1.2345, None),
        ({"timezone": True}, "2026-05-01", None),
        ({"format": "uuid"}, None, None),
        ({"pattern": "(a+)+$"}, None, None),
    ],
)
def test_every_limit_of_a_column_is_checked_or_told_to_be_not(limits: Any, value: Any, passed: bool | None) -> None:
    [finding] = checked(columns=(Column("c", "c", options=limits),), rows=[{"c": value}])

    assert finding.passed is passed
    assert next(iter(limits)) in finding.check
    assert passed is not None or "not looked at" in finding.message or "beyond" in finding.message


LONG = "a" * 256


@pytest.mark.parametrize(("text", "passed"), [(LONG, True), (LONG + "X", None), (LONG[1:] + "X", False)])
def test_a_text_too_long_to_be_matched_is_told_and_not_judged_by_its_beginning(text: str, passed: bool | None) -> None:
    columns = (Column("id", "id", "string", options={"pattern": "^a+$"}),)
    invalid = rule("invalidValues", ZERO, column="id", arguments={"pattern": "^a+$"})

    assert [finding.passed for finding in checked(invalid, columns=columns, rows=[{"id": text}])] == [passed, passed]


def test_what_is_nested_in_a_column_is_checked_where_the_column_is_there() -> None:
    sku = Column("sku", "lines[].sku", "string", required=True, options={"maxLength": 1})
    line = Column("[]", "lines[]", "object", columns=(sku,))
    prices = Column("prices", "prices", "map", items=Column("[]", "prices[]", "number", options={"minimum": 2}))
    rows = [{"lines": [{"sku": "x"}, {"sku": None}, {"sku": "long"}], "prices": {"a": 1, "b": 3}}, {}]

    found = checked(columns=(Column("lines", "lines", "array", items=line), prices), rows=rows)

    assert [(each.check, each.measured) for each in found] == [
        ("orders.lines[].sku/required", 1),
        ("orders.lines[].sku/maxLength", 1),
        ("orders.prices[]/minimum", 1),
    ]
    assert found[0].message == "required: 1 of 3 values break it"


@pytest.mark.parametrize(("second", "passed"), [(2, True), (1, False)])
def test_a_key_of_several_columns_is_unique_as_a_whole(second: int, passed: bool) -> None:
    columns = (Column("order", "order", key_position=1), Column("line", "line", key_position=2))

    [finding] = checked(columns=columns, rows=[{"order": "a", "line": 1}, {"order": "a", "line": second}])

    assert (finding.check, finding.passed) == ("orders.order/key", passed)


@pytest.mark.parametrize(
    ("level", "passed"),
    [
        (ServiceLevel("freshness", 1, "h", 3600, element="orders.at"), True),
        (ServiceLevel("freshness", 20, "m", 1200, element="orders.at"), False),
        (ServiceLevel("freshness", 1, "h", 3600, element="orders.id"), None),
        (ServiceLevel("freshness", 1, "h", 3600), None),
        (ServiceLevel("latency", 3, "s", 3, element="orders.at"), True),
        (ServiceLevel("latency", 2, "s", 2, element="orders.at"), False),
        (ServiceLevel("retention", 2, "y", 63072000, element="orders.at"), None),
    ],
)
def test_service_levels_of_freshness_and_latency_are_checked_and_the_others_told(
    level: ServiceLevel, passed: bool | None
) -> None:
    [finding] = checked(levels=(level,))

    assert finding.passed is passed
