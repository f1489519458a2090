"""What files in the wild write that no version of their standard asks for is read as it is meant, or told, and the rest of the file is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.twin.contract_parts import DCS_0_9, ODCS_3, manifest, product, read
from twinstage.model.errors import InputError
from twinstage.twin.lineage.dbt import dbt_of, is_manifest

COLUMN = """\
apiVersion: v3.0.0
kind: DataContract
id: p
version: 0.0.1
status: active
schema:
  - name: t
    properties:
      - {name: c, logicalType: string, %s}
"""


@pytest.mark.parametrize(
    ("said", "required", "unique"),
    [
        ("isNullable: false, isUnique: true", True, True),
        ("isNullable: true, isUnique: false", False, False),
        ("isNullable: false, required: false", False, False),
        ("isNullable: true, required: true", True, False),
        ("physicalType: text", False, False),
    ],
)
def test_columns_of_version_3_may_have_the_words_of_version_2(said: str, required: bool, unique: bool) -> None:
    found = read(COLUMN % said)
    column = found.product.tables[0].columns[0]
    assert (column.required, column.unique, found.warnings) == (required, unique, ())


def test_a_rule_in_sql_without_its_query_is_kept_and_told() -> None:
    found = read(ODCS_3.replace("query: SELECT max(at) FROM orders", "description: none"))
    rule = next(rule for rule in found.product.tables[0].quality if rule.id == "fresh")
    assert (rule.kind, rule.query) == ("sql", "")
    assert ["without a query" in warning.message for warning in found.warnings] == [True]
    assert found.warnings[0].line == rule.line


MODEL = """\
dataContractSpecification: 0.9.1
id: orders
info: {title: Orders, version: 1.0.0}
schema:
  type: dbt
  specification:
    version: 2
    models:
      - name: orders
        %s
        columns:
          - {name: shop, data_type: text, %s}
          - {name: id, data_type: text, %s}
"""


@pytest.mark.parametrize(
    ("model", "shop", "own", "key"),
    [
        ("config: {}", "tests: []", "constraints: [{type: primary_key}]", ["id"]),
        ("config: {}", "constraints: [{type: primary_key}]", "constraints: [{type: primary_key}]", ["shop", "id"]),
        ("constraints: [{type: primary_key, columns: [id, shop]}]", "tests: []", "tests: []", ["id", "shop"]),
        ("config: {}", "tests: [not_null]", "tests: [unique, not_null]", ["id"]),
        ("config: {}", "tests: [unique, not_null]", "constraints: [{type: primary_key}]", ["id"]),
        ("config: {}", "tests: [not_null]", "tests: [unique]", []),
    ],
)
def test_a_key_in_dbts_words_is_read_as_of_dbts_manifest(model: str, shop: str, own: str, key: list[str]) -> None:
    found = read(MODEL % (model, shop, own))
    assert [column.name for column in found.product.tables[0].key] == key
    assert found.warnings == ()


def test_a_column_that_a_constraint_calls_not_null_is_required() -> None:
    shop, _ = (
        product(MODEL % ("config: {}", "constraints: [{type: not_null}, {type: unique}]", "tests: []"))
        .tables[0]
        .columns
    )
    assert (shop.required, shop.unique) == (True, True)


@pytest.mark.parametrize("version", ["0.9.1", "0.9.2", "0.9.3"])
def test_every_version_of_dcs_before_1_is_read_alike(version: str) -> None:
    assert read(DCS_0_9.replace("0.9.0", version)).product.tables == read(DCS_0_9).product.tables


@pytest.mark.parametrize("metadata", [{}, None, {"project_name": "shop"}, {"dbt_schema_version": None}, "absent"])
def test_a_manifest_that_names_no_schema_is_contract_and_lineage_all_the_same(metadata: Any) -> None:
    given = manifest()
    whole = given.pop("metadata")
    cut = given if metadata == "absent" else {**given, "metadata": metadata}
    found = read(cut)
    assert found.product.tables == read({**given, "metadata": whole}).product.tables
    assert [warning.pointer for warning in found.warnings] == ["/metadata"]
    assert is_manifest(json.dumps(cut).encode())
    assert dbt_of(json.dumps(cut).encode(), "m").dependences == dbt_of(json.dumps(given).encode(), "m").dependences


def test_what_has_nodes_of_another_kind_is_no_manifest() -> None:
    several: list[dict[str, Any]] = [{"nodes": {}}, {"nodes": {"a": {"type": "box"}}}, {"nodes": ["a"]}]
    for document in several:
        assert not is_manifest(json.dumps(document).encode())
        with pytest.raises(InputError, match="not a data contract of a standard that is known"):
            read(document)


@pytest.mark.parametrize("metadata", ["shop", 12, [], True])
def test_metadata_of_a_manifest_that_are_no_object_are_refused_with_their_line(metadata: Any) -> None:
    cut = json.dumps({**manifest(), "metadata": metadata}, indent=1).encode()
    assert is_manifest(cut)
    with pytest.raises(InputError) as refused:
        dbt_of(cut, "m")
    assert [(one.pointer, one.line > 0) for one in refused.value.problems] == [("/metadata", True)]
    with pytest.raises(InputError, match="/metadata"):
        read({**manifest(), "metadata": metadata})
