"""The words that contracts and databases have for types, lengths of time and shares; and what is read of contracts that leave things out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.contract_parts import DCS, DCS_0_9, ODCS_2, ODCS_3, manifest, read
from twinstage.model.data_product import Server, ServiceLevel
from twinstage.model.errors import InputError
from twinstage.twin.contracts.lengths import percent_of, seconds_of
from twinstage.twin.contracts.logical_types import logical_type


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("varchar(18)", "string"),
        ("varchar[50]", "string"),
        ("NVARCHAR2(20)", "string"),
        ("character varying", "string"),
        ("uuid", "string"),
        ("bpchar", "string"),
        ("INT64", "integer"),
        ("bigint unsigned", "integer"),
        ("NUMBER(38,0)", "integer"),
        ("numeric(10)", "integer"),
        ("number(10, 2)", "number"),
        ("double precision", "number"),
        ("money", "number"),
        ("bool", "boolean"),
        ("timestamp without time zone", "timestamp"),
        ("TIMESTAMP_NTZ(9)", "timestamp"),
        ("datetime2", "timestamp"),
        ("date", "date"),
        ("time", "time"),
        ("jsonb", "object"),
        ("struct<a:int>", "object"),
        ("array<string>", "array"),
        ("int[]", "array"),
        ("map<string,int>", "map"),
        ("bytea", "bytes"),
        ("Nullable(Int32)", "integer"),
        ("LowCardinality(String)", "string"),
        ("variant", "any"),
        ("Name", None),
        ("", None),
        ("?", None),
    ],
)
def test_a_types_name_tells_what_is_in_it(said: str, expected: str | None) -> None:
    assert logical_type(said) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (4, "d", 345_600),
        (1, "yr", 31_536_000),
        (90, "minutes", 5400),
        ("4", "h", 14_400),
        ("4h", "d", 14_400),
        ("25h", "", 90_000),
        ("1 year", "", 31_536_000),
        ("P1Y", "", 31_536_000),
        ("P1DT2H3M4.5S", "", 93_784.5),
        ("PT36H", "", 129_600),
        ("daily", "", 86_400),
        ("P", "", None),
        ("PT", "", None),
        (4, "", None),
        (4, "rows", None),
        (-4, "d", None),
        (True, "d", None),
        (None, "d", None),
        ("0 0 * * *", "", None),
        ("09:00-08:00", "", None),
        (10**400, "d", None),
    ],
)
def test_a_length_of_time_in_seconds(value: Any, unit: str, expected: float | None) -> None:
    assert seconds_of(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("99.9%", "", 99.9),
        ("99.9 percent", "", 99.9),
        (99.9, "percent", 99.9),
        ("99", "%", 99),
        (100, "%", 100),
        (101, "%", None),
        (99.9, "", None),
        (True, "%", None),
        (None, "%", None),
        ("many%", "", None),
    ],
)
def test_a_share_in_percent(value: Any, unit: str, expected: float | None) -> None:
    assert percent_of(value, unit) == expected


@given(value=st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), unit=st.text(max_size=8))
def test_any_value_is_a_length_a_share_or_neither(value: Any, unit: str) -> None:
    length, share = seconds_of(value, unit), percent_of(value, unit)
    assert length is None or 0 <= length < float("inf")
    assert share is None or 0 <= share <= 100
    assert isinstance(logical_type(unit), str | None)


@pytest.mark.parametrize(
    ("text", "standard", "told"),
    [
        (ODCS_3.replace("apiVersion: v3.1.0\n", ""), "3.1.0", "apiVersion is missing: read as 3.1.0"),
        (ODCS_2.replace("apiVersion: v2.2.2\n", ""), "2.2.2", "apiVersion is missing: read as 2.2.2"),
        (ODCS_3.replace("kind: DataContract\n", ""), "3.1.0", "kind is missing"),
        (ODCS_3.replace("v3.1.0", "3.0"), "3.0", "apiVersion"),
        (ODCS_2.replace("apiVersion: v2.2.2", "templateVersion: 2.1.1"), "2.1.1", ""),
        (
            ODCS_2.replace("apiVersion: v2.2.2", "templateVersion: 2.1.1").replace("DataContract", "virtualDataset"),
            "2.1.1",
            "of an older template",
        ),
        (DCS.replace("1.2.0", "0.9.3", 1), "0.9.3", ""),
        (DCS.replace("1.2.0", "1.9.0", 1), "1.9.0", "newer than 1.2"),
        (manifest(13), "v13", "newer than v12"),
    ],
)
def test_of_versions_the_nearest_is_read(text: Any, standard: str, told: str) -> None:
    found = read(text)
    assert found.product.standard == standard
    assert len(found.product.tables) >= 1
    if told and told != "apiVersion":
        assert any(told in warning.message for warning in found.warnings)


def test_servers_may_be_a_list() -> None:
    text = DCS.replace("  production: {type: postgres", "  - {server: production, type: postgres")
    assert read(text).product.servers == (
        Server("production", "postgres", "", {"host": "db.example.test", "database": "shop"}),
    )


def test_rules_of_no_table_are_told() -> None:
    (warning,) = read(DCS + "quality: [{type: text, description: good}]\n").warnings
    assert "rules of no table are not read" in warning.message


def test_retention_may_have_no_end() -> None:
    levels = read(DCS.replace("{period: P1Y, unlimited: false}", "{unlimited: true}")).product.service_levels
    assert ("retention", "unlimited") in {(level.property, level.value) for level in levels}


def test_a_frequency_may_be_streaming() -> None:
    text = DCS.replace("{type: batch, interval: daily, cron: 0 0 * * *}", "{type: streaming}")
    assert ("frequency", "streaming") in {(level.property, level.value) for level in read(text).product.service_levels}


def test_a_level_that_no_version_knows_is_kept_by_its_name() -> None:
    levels = read(DCS + "  carbon: {description: little}\n").product.service_levels
    assert levels[-1] == ServiceLevel("carbon", description="little")


def test_the_type_of_a_server_is_the_physical_one() -> None:
    text = DCS.replace(
        "customer: {type: text,", "customer: {type: text, config: {avroType: enum, snowflakeType: 'VARCHAR(9)'},"
    )
    (column,) = [c for c in read(text).product.tables[0].columns if c.name == "customer"]
    assert (column.logical_type, column.physical_type) == ("string", "VARCHAR(9)")


def test_members_say_what_a_column_is_where_its_type_does_not() -> None:
    text = ODCS_3.replace("logicalType: array\n", "logicalType: string\n")
    found = read(text)
    (column,) = [c for c in found.product.tables[0].columns if c.name == "lines"]
    assert column.logical_type == "array"
    assert any("string has `items`" in warning.message for warning in found.warnings)


def test_quality_in_another_language_is_told() -> None:
    found = read(DCS_0_9.replace("SodaCL", "great-expectations"))
    assert any("great-expectations" in warning.message for warning in found.warnings)
    assert found.product.tables[0].quality == ()


def with_checks(text: str) -> str:
    """A contract of 0.9 whose checks are this text of YAML."""
    return DCS_0_9[: DCS_0_9.index("  specification:\n    checks")] + f"  specification: '{text}'\n"


def test_checks_in_a_text_that_is_no_yaml_are_refused() -> None:
    with pytest.raises(InputError, match="not YAML"):
        read(with_checks("checks for orders: ["))


def test_checks_in_a_text_are_read_and_those_that_are_no_object_are_told() -> None:
    assert [r.metric for r in read(with_checks("checks for orders: [row_count > 1]")).product.tables[0].quality] == [
        "rowCount"
    ]
    assert any("the checks are no object" in warning.message for warning in read(with_checks("- a")).warnings)


def test_the_owner_of_a_manifest_is_that_of_its_group() -> None:
    document = manifest() | {"groups": {"group.shop.g": {"owner": {"name": "", "email": "g@example.test"}}}}
    assert read(document).product.owner == "g@example.test"


def test_the_key_of_a_model_is_its_constraint_before_anything_else() -> None:
    document = manifest()
    model = document["nodes"]["model.shop.orders"]
    model["config"] = {"materialized": "table", "unique_key": ["state", "id"]}
    assert [c.name for c in read(document).product.tables[0].key] == ["state", "id"]
    model["primary_key"] = ["id"]
    assert [c.name for c in read(document).product.tables[0].key] == ["id"]
    model["constraints"] = [{"type": "primary_key", "columns": ["id", "state"]}]
    assert [c.name for c in read(document).product.tables[0].key] == ["id", "state"]


def test_a_test_that_is_attached_to_nothing_belongs_to_what_its_argument_names() -> None:
    document = manifest()
    for node in document["nodes"].values():
        node.pop("attached_node", None)
    assert len(read(document).product.tables[0].quality) == 5


def test_versions_of_a_model_are_tables_of_their_own() -> None:
    document = manifest()
    document["nodes"]["model.shop.orders.v2"] = document["nodes"]["model.shop.orders"] | {"version": 2}
    assert [table.name for table in read(document).product.tables][-2:] == ["orders.v2", "shop.raw.orders"]
