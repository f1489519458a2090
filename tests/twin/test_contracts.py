"""Contracts of every standard become the same kind of product."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.twin.contract_parts import DCS, DCS_0_9, ODCS_2, ODCS_3, manifest, product, read
from twinstage.model.data_product import AccessRole, Bound, Member, ProductTable, QualityRule
from twinstage.model.data_product_form import product_document, product_of
from twinstage.model.validation import schema_violations


def columns(table: ProductTable) -> dict[str, Any]:
    return {column.path: column for column in table.every_column()}


class TestOpenDataContractStandard3:
    def test_its_head(self) -> None:
        found = product(ODCS_3)
        assert (found.id, found.name, found.version, found.status) == ("orders", "Orders", "1.2.0", "active")
        assert (found.kind, found.standard, found.owner, found.domain) == ("odcs", "3.1.0", "ann", "checkout")
        assert found.terms == {"purpose": "Every order.", "usage": "Reports."}
        assert found.roles == (AccessRole("reader", "read", ("ann",)),)
        assert found.team == (Member("ann", "Owner", "2025-01-01"),)
        assert found.servers[0].settings == {
            "host": "db.example.test",
            "port": 5432,
            "database": "shop",
            "schema": "public",
        }

    def test_columns_with_all_that_is_nested_in_them(self) -> None:
        (table,) = product(ODCS_3).tables
        found = columns(table)
        assert list(found) == ["id", "customer", "total", "lines", "lines[]", "lines[].sku", "lines[].quantity"]
        assert found["lines[].quantity"].logical_type == "integer"
        assert (found["id"].key_position, found["id"].required, found["id"].unique) == (1, True, True)
        assert found["customer"].references == ("customers.id",)
        assert found["total"].options == {"minimum": 0}
        assert [column.name for column in table.key] == ["id"]

    def test_rules_of_the_table_and_of_its_columns(self) -> None:
        (table,) = product(ODCS_3).tables
        count, fresh, nulls = table.quality
        assert (count.id, count.kind, count.metric, count.bounds) == (
            "orders/quality/0",
            "library",
            "rowCount",
            (Bound(">", 10),),
        )
        assert (fresh.id, fresh.kind, fresh.bounds) == ("fresh", "sql", (Bound(">=", 1), Bound("<=", 5)))
        assert (nulls.column, nulls.unit, nulls.severity) == ("total", "percent", "warning")

    def test_service_levels_in_seconds_and_percent(self) -> None:
        latency, availability = product(ODCS_3).service_levels
        assert (latency.property, latency.value, latency.unit, latency.seconds) == ("latency", 4, "h", 14_400)
        assert latency.element == "orders.id"
        assert (availability.percent, availability.seconds) == (99.9, None)

    def test_every_part_knows_its_line(self) -> None:
        (table,) = product(ODCS_3).tables
        lines = ODCS_3.splitlines()
        assert lines[table.line - 1].strip() == "- name: orders"
        assert "name: id" in lines[table.columns[0].line - 1]
        assert "metric: rowCount" in lines[table.quality[0].line - 1]

    def test_of_a_document_in_one_line_every_part_stands_on_it(self) -> None:
        for table in read("\n\n" + json.dumps(manifest())).product.tables:
            assert {table.line, *(column.line for column in table.columns)} == {3}

    @pytest.mark.parametrize(
        ("rule", "metric", "bounds"),
        [
            ("{rule: duplicateCount, mustBeLessThan: 10}", "duplicateValues", (Bound("<", 10),)),
            ("{rule: nullCheck}", "nullValues", (Bound("=", 0),)),
            ("{rule: validValues, validValues: [a, b]}", "invalidValues", (Bound("=", 0),)),
            ("{metric: rowCount, mustNotBeBetween: [3, 7]}", "rowCount", (Bound("outside", (3, 7)),)),
            (
                "{metric: rowCount, mustBeGreaterOrEqualTo: 1, mustNotBe: 7}",
                "rowCount",
                (Bound("!=", 7), Bound(">=", 1)),
            ),
            (
                "{metric: missingValues, mustBe: 0, arguments: {missingValues: [null, '']}}",
                "missingValues",
                (Bound("=", 0),),
            ),
        ],
    )
    def test_rules_of_every_version(self, rule: str, metric: str, bounds: tuple[Bound, ...]) -> None:
        (table,) = product(ODCS_3.replace("- metric: rowCount\n        mustBeGreaterThan: 10", f"- {rule}")).tables
        assert (table.quality[0].metric, set(table.quality[0].bounds)) == (metric, set(bounds))

    def test_a_custom_rule_is_kept_as_its_engine_has_it(self) -> None:
        text = "- {type: custom, engine: soda, implementation: {type: duplicate_percent, must_be_less_than: 1.0}}"
        (table,) = product(ODCS_3.replace("- metric: rowCount\n        mustBeGreaterThan: 10", text)).tables
        assert table.quality[0].implementation == {"type": "duplicate_percent", "must_be_less_than": 1.0}
        assert table.quality[0].bounds == ()

    def test_a_team_was_a_list_before_3_1(self) -> None:
        text = ODCS_3.replace("team:\n  name: checkout-team\n  members:\n    - username", "team:\n    - username")
        found = product(text.replace("v3.1.0", "v3.0.2"))
        assert (found.owner, found.standard) == ("ann", "3.0.2")

    def test_without_an_owner_in_it_the_team_owns(self) -> None:
        assert product(ODCS_3.replace("role: Owner", "role: Tester")).owner == "checkout-team"

    def test_a_key_without_positions_is_in_the_order_of_the_file(self) -> None:
        text = ODCS_3.replace("primaryKeyPosition: 1", "primaryKeyPosition: -1").replace(
            "classification: restricted", "primaryKey: true"
        )
        assert [column.name for column in product(text).tables[0].key] == ["id", "customer"]

    def test_positions_say_the_order_of_a_key(self) -> None:
        text = ODCS_3.replace("primaryKeyPosition: 1", "primaryKeyPosition: 2").replace(
            "classification: restricted", "primaryKey: true\n        primaryKeyPosition: 1"
        )
        assert [(c.name, c.key_position) for c in product(text).tables[0].key] == [("customer", 1), ("id", 2)]


class TestOpenDataContractStandard2:
    def test_other_words_for_the_same(self) -> None:
        found = product(ODCS_2)
        assert (found.id, found.name, found.owner, found.standard) == ("orders", "Orders", "ann", "2.2.2")
        (table,) = found.tables
        assert [(c.name, c.logical_type, c.required) for c in table.columns] == [
            ("id", "string", True),
            ("total", "number", False),
        ]
        assert [c.name for c in table.key] == ["id"]
        assert [c.name for c in table.partition] == ["total"]
        assert found.service_levels[0].element == "orders.id"

    def test_a_template_that_says_it_all_is_a_check_and_another_is_its_tools_own(self) -> None:
        nulls, count = product(ODCS_2).tables[0].quality
        assert (nulls.kind, nulls.metric, nulls.column, nulls.bounds) == (
            "library",
            "nullValues",
            "total",
            (Bound("=", 0),),
        )
        assert (count.kind, count.engine, count.bounds) == ("custom", "Elevate", ())


class TestDataContractSpecification:
    def test_its_head(self) -> None:
        found = product(DCS)
        assert (found.id, found.name, found.owner, found.kind, found.standard) == (
            "orders",
            "Orders",
            "checkout-team",
            "dcs",
            "1.2.0",
        )
        assert found.terms["noticePeriod"] == "P3M"
        assert found.roles == (AccessRole("reader", "read"),)

    def test_fields_with_what_their_definitions_say(self) -> None:
        (table,) = product(DCS).tables
        found = columns(table)
        assert list(found) == ["id", "shop", "total", "customer", "address", "address.city", "tags", "tags[]"]
        assert (found["id"].options, found["id"].required, found["id"].classification) == (
            {"format": "uuid"},
            True,
            "internal",
        )
        assert found["customer"].tags == ("pii",)
        assert [column.name for column in table.key] == ["shop", "id"]
        assert [(rule.kind, rule.column) for rule in table.quality] == [("sql", ""), ("library", "total")]

    def test_service_levels(self) -> None:
        found = {(level.property, level.value): level for level in product(DCS).service_levels}
        assert found["availability", "99.9%"].percent == 99.9
        assert found["retention", "P1Y"].seconds == 365 * 86_400
        assert found["latency", "25h"].seconds == 90_000
        assert found["freshness", "90 minutes"].element == "orders.at"
        assert found["frequency", "daily"].seconds == 86_400
        assert found["frequency", "0 0 * * *"].seconds is None

    def test_version_0_9_has_its_schema_and_its_checks_in_other_languages(self) -> None:
        found = read(DCS_0_9)
        (table,) = found.product.tables
        assert [(c.name, c.logical_type, c.required) for c in table.columns] == [
            ("id", "string", True),
            ("total", "integer", False),
        ]
        assert [(rule.metric, rule.column, rule.bounds, rule.unit) for rule in table.quality[:3]] == [
            ("rowCount", "", (Bound(">", 500),), "rows"),
            ("duplicateValues", "id", (Bound("=", 0),), "rows"),
            ("nullValues", "total", (Bound("<", 5),), "percent"),
        ]
        assert (table.quality[3].kind, table.quality[3].implementation) == ("custom", "freshness(at) < 24h")
        (warning,) = found.warnings
        assert "checks for others" in warning.message

    def test_a_schema_in_a_text_is_read_too(self) -> None:
        before, _, after = DCS_0_9.partition("  specification:\n    version: 2\n")
        models, _, quality = after.partition("quality:")
        text = f"{before}  specification: |\n{models}quality:{quality}"
        assert [table.name for table in read(text).product.tables] == ["orders"]

    @pytest.mark.parametrize("language", ["json-schema", "avro", "protobuf"])
    def test_a_schema_in_another_language_is_told_and_left_out(self, language: str) -> None:
        found = read(DCS_0_9.replace("type: dbt", f"type: {language}"))
        assert found.product.tables == ()
        assert any(language in warning.message and warning.line == 4 for warning in found.warnings)


class TestDbtManifest:
    @pytest.mark.parametrize("version", [1, 4, 8, 12])
    def test_models_snapshots_and_sources_are_tables_and_ephemeral_models_are_none(self, version: int) -> None:
        found = product(manifest(version))
        assert (found.id, found.kind, found.standard, found.owner) == ("shop", "dbt", f"v{version}", "ann")
        assert [(table.name, table.physical_type) for table in found.tables] == [
            ("shop.orders", "incremental"),
            ("orders_history", "snapshot"),
            ("shop.raw.orders", "source"),
        ]

    def test_tests_are_rules_and_say_what_columns_are_like(self) -> None:
        table = product(manifest()).tables[0]
        found = columns(table)
        assert (found["id"].required, found["id"].unique, found["id"].key_position) == (True, True, 1)
        assert found["state"].options == {"enum": ["open", "done"]}
        assert [(rule.metric, rule.severity) for rule in table.quality[:3]] == [
            ("nullValues", "error"),
            ("duplicateValues", "warning"),
            ("invalidValues", "error"),
        ]
        assert table.quality[3].arguments == {"to": "customers.id", "field": "id"}
        assert (table.quality[4].kind, table.quality[4].query) == ("sql", "select * from orders where total < 0")

    def test_a_sources_freshness_is_a_service_level(self) -> None:
        (level,) = product(manifest()).service_levels
        assert (level.property, level.element, level.driver, level.seconds) == (
            "freshness",
            "shop.raw.orders",
            "warn",
            43_200,
        )


@pytest.mark.parametrize("text", [ODCS_3, ODCS_2, DCS, DCS_0_9, manifest()], ids=["v3", "v2", "dcs", "0.9", "dbt"])
def test_a_product_is_what_its_document_says(text: Any) -> None:
    found = read(text).product
    assert product_of(product_document(found)) == found
    assert schema_violations("data-product", product_document(found)) == []


def test_the_digest_is_of_what_is_said_and_not_of_how_it_is_written() -> None:
    commented = "# why\n" + ODCS_3.replace("domain: checkout\n", "").replace("kind:", "domain:   checkout\nkind:")
    assert read(commented).digest == read(ODCS_3).digest
    assert read(ODCS_3.replace("unique: true", "unique: false")).digest != read(ODCS_3).digest


def test_a_rule_is_a_value() -> None:
    assert QualityRule("a", "sql", line=1) == QualityRule("a", "sql", line=2)
