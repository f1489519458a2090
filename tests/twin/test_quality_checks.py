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
    *rules: QualityRule, columns: tuple[Column, ...] = (), levels: tuple[ServiceLevel, ...] = ()
) -> list[QualityFinding]:
    table = ProductTable("orders", columns=columns, quality=rules)
    product = DataProduct("1", "o", "1", "active", "t", "odcs", "3.1.0", (table,), levels)
    return check_product(product, {"orders": ROWS}, NOW, slowest_s=2.5)


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
