"""Sample rows: what a contract's schema allows, the same for the same seed, references included."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.data_product import Column, DataProduct, ProductTable, QualityRule
from twinstage.model.errors import InputError
from twinstage.twin.contracts.contract import read_contract
from twinstage.twin.quality.columns import column_promises
from twinstage.twin.sample.items import items, row_of, table_schema
from twinstage.twin.sample.patterns import UnreadPattern, wheels
from twinstage.twin.sample.rows import sample_rows

SHARED = Path(__file__).parents[2].parent / "shared/data/pipelines/odcs"


def product(*tables: ProductTable) -> DataProduct:
    return DataProduct("1", "orders", "1.0.0", "active", "team", "odcs", "3.1.0", tables)


def column(name: str, **members: Any) -> Column:
    return Column(name, name, **members)


ORDERS = ProductTable(
    "orders",
    columns=(
        column("order_id", logical_type="string", key_position=1, options={"pattern": "^ord-[0-9]{4}$"}),
        column("sku", logical_type="string", required=True, references=("articles.sku",)),
        column("quantity", logical_type="integer", required=True, options={"minimum": 1, "maximum": 9}),
        column("currency", logical_type="string", required=True),
        column("note", logical_type="string", options={"minLength": 2, "maxLength": 5}),
        column("ordered_at", logical_type="timestamp", required=True),
        column("price", logical_type="number", required=True, options={"exclusiveMinimum": 0, "maximum": 10}),
    ),
    quality=(QualityRule("c", "library", "currency", "invalidValues", arguments={"validValues": ["EUR", "USD"]}),),
)
ARTICLES = ProductTable("articles", columns=(column("sku", logical_type="string", key_position=1, unique=True),))


def test_equal_seeds_give_equal_rows_and_others_do_not() -> None:
    counts = {"orders": 30, "articles": 5}
    first, again, other = (sample_rows(product(ORDERS, ARTICLES), counts, seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_a_table_that_is_given_more_rows_changes_no_row_of_another_that_does_not_refer_to_it() -> None:
    few, many = (sample_rows(product(ORDERS, ARTICLES), {"orders": n, "articles": 5}, 1)["articles"] for n in (1, 50))

    assert few == many


def test_rows_keep_what_their_schema_promises() -> None:
    rows = sample_rows(product(ORDERS, ARTICLES), {"orders": 200, "articles": 5}, 3)

    for table in (ORDERS, ARTICLES):
        assert [each for each in column_promises(table, rows[table.name]) if each.broken] == []
    assert {row["currency"] for row in rows["orders"]} == {"EUR", "USD"}
    assert {row["sku"] for row in rows["orders"]} <= {row["sku"] for row in rows["articles"]}
    assert all(re.fullmatch("ord-[0-9]{4}", row["order_id"]) for row in rows["orders"])
    assert any("note" not in row for row in rows["orders"])
    assert any("note" in row for row in rows["orders"])


LIMITS = [
    {"minimum": 0.5, "maximum": 0.75},
    {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"minimum": 0, "exclusiveMinimum": True, "maximum": 0.004},
    {"exclusiveMinimum": 3, "maximum": 3.5},
    {"minimum": -2.5, "maximum": 4, "exclusiveMaximum": True},
    {"maximum": -5},
    {"exclusiveMaximum": -5.5},
    {"exclusiveMaximum": 0},
    {"multipleOf": 0.05},
    {"multipleOf": 2.5, "minimum": 0, "exclusiveMinimum": True, "maximum": 10},
    {"multipleOf": 3.34, "exclusiveMinimum": 10, "maximum": 13.36},
    {"multipleOf": 5000, "exclusiveMaximum": 0},
]
WHOLE = [
    {"maximum": -5},
    {"exclusiveMaximum": 0},
    {"multipleOf": 5},
    {"multipleOf": 1.5, "minimum": 2, "maximum": 700},
    {"multipleOf": 7, "maximum": -5},
    {"multipleOf": 5000, "minimum": 1},
]


@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize("limits", WHOLE, ids=str)
def test_whole_numbers_keep_to_limits_below_nothing_and_to_steps(limits: dict[str, Any], unique: bool) -> None:
    given = column("n", logical_type="integer", required=True, unique=unique, options=limits)
    table = ProductTable("t", columns=(given,))
    rows = sample_rows(product(table), {"t": 100}, 5)["t"]

    assert [each for each in column_promises(table, rows) if each.broken] == []
    assert {type(row["n"]) for row in rows} == {int}
    assert len({row["n"] for row in rows}) > 1


def test_whole_numbers_of_their_own_are_whole_where_their_least_is_not() -> None:
    table = ProductTable("t", columns=(column("n", logical_type="integer", unique=True, options={"minimum": 0.5}),))

    assert sample_rows(product(table), {"t": 2}, 5)["t"] == [{"n": 1}, {"n": 2}]


def test_a_key_with_a_pattern_keeps_to_it_whatever_its_examples() -> None:
    key = column(
        "id", logical_type="string", key_position=1, examples=("ord-0001",), options={"pattern": "^ord-[0-9]{4}$"}
    )
    table = ProductTable("t", columns=(key,))
    rows = sample_rows(product(table), {"t": 3}, 1)["t"]

    assert [each for each in column_promises(table, rows) if each.broken] == []


@pytest.mark.parametrize(
    "limits", [{"pattern": "^[a-z]+-[0-9]*$", "minLength": 9}, {"pattern": "^[a-z]{2,4}x?$", "minLength": 5}], ids=str
)
def test_texts_of_a_pattern_are_as_long_as_their_column_asks(limits: dict[str, Any]) -> None:
    table = ProductTable("t", columns=(column("c", logical_type="string", required=True, options=limits),))
    rows = sample_rows(product(table), {"t": 20}, 1)["t"]

    assert [each for each in column_promises(table, rows) if each.broken != 0] == []


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_numbers_are_within_limits_that_are_no_whole_numbers_or_are_told_by_a_flag(limits: dict[str, Any]) -> None:
    table = ProductTable("t", columns=(column("n", logical_type="number", required=True, options=limits),))
    rows = sample_rows(product(table), {"t": 300}, 5)["t"]

    assert [each for each in column_promises(table, rows) if each.broken] == []
    assert len({row["n"] for row in rows}) > 1


def test_values_of_their_own_keep_to_the_length_and_the_limits_of_their_column() -> None:
    columns = (
        column("code", unique=True, logical_type="string", options={"maxLength": 3}),
        column("day", unique=True, logical_type="date", options={"minimum": "2020-01-01"}),
        column("raw", unique=True, logical_type="bytes"),
        column("n", unique=True, logical_type="integer", options={"exclusiveMinimum": 7}),
    )
    rows = sample_rows(product(ProductTable("t", columns=columns)), {"t": 40}, 5)["t"]

    assert all(len({row[each.name] for row in rows}) == 40 for each in columns)
    assert {len(row["code"]) for row in rows} == {3}
    assert min(row["n"] for row in rows) == 8


def test_rows_that_are_given_stand_instead_and_are_referred_to() -> None:
    rows = sample_rows(product(ORDERS, ARTICLES), {"orders": 4}, 1, {"articles": [{"sku": "only"}]})

    assert rows["articles"] == [{"sku": "only"}]
    assert {row["sku"] for row in rows["orders"]} == {"only"}


def test_nested_columns_have_nested_values() -> None:
    inner = column("line", logical_type="object", columns=(column("sku", logical_type="string", required=True),))
    table = ProductTable("carts", columns=(column("lines", logical_type="array", required=True, items=inner),))
    [row] = sample_rows(product(table), {"carts": 1}, 1)["carts"]

    assert [set(line) for line in row["lines"]] == [{"sku"}]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"options": {"pattern": "^(a|b)+$"}, "required": True}, "no sample is made of the pattern"),
        ({"options": {"pattern": "^[ab]$"}, "unique": True}, "2 values and no more"),
        ({"options": {"enum": ["a"]}, "unique": True}, "1 values and no more"),
        ({"options": {"maximum": 1}, "unique": True, "logical_type": "integer"}, "2 values and no more"),
        ({"options": {"maximum": 2, "exclusiveMaximum": True}, "unique": True, "logical_type": "integer"}, "2 values"),
        ({"options": {"pattern": r"^\p{L}$"}, "unique": True}, "no sample is made of the pattern"),
        ({"options": {"pattern": "^[a-z]{2,3}$", "minLength": 4}}, "its text of 3 characters is not of a length"),
        ({"options": {"pattern": "^[a-z]{3}$", "maxLength": 2}}, "its text of 3 characters is not of a length"),
        (
            {"options": {"multipleOf": 7, "minimum": 1, "maximum": 6}, "required": True, "logical_type": "number"},
            "no multiple of 7 is within its limits",
        ),
    ],
)
def test_a_column_that_no_value_can_be_made_for_is_named_with_the_way_out(members: Any, message: str) -> None:
    table = ProductTable(
        "t", columns=(Column("c", "c", **{"logical_type": "string", "line": 7, "pointer": "/schema/0", **members}),)
    )

    with pytest.raises(InputError, match=message) as raised:
        sample_rows(product(table), {"t": 3}, 1, file="orders.yaml")
    [problem] = raised.value.problems
    assert (problem.file, problem.line, bool(problem.hint)) == ("orders.yaml", 7, True)


def test_a_table_that_the_contract_does_not_have_is_refused() -> None:
    with pytest.raises(InputError, match="no table invoices"):
        sample_rows(product(ARTICLES), {"invoices": 1}, 1)


PATTERNS = ["^[A-Z]{2}[0-9]{3}$", r"\d{4}-\d{2}", "a.c", "[a-c_-]{1,3}x?", r"v\.[0-9]+", "^sku-[0-9]{3}$", "[]x]{2}"]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(number=st.integers(0, 10**9))
def test_what_is_made_of_a_pattern_matches_it(pattern: str, number: int) -> None:
    assert re.search(pattern, wheels(pattern).text(number))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_of_a_pattern_are_all_different_until_it_has_no_more(pattern: str) -> None:
    found = wheels(pattern)
    most = min(found.count, 500)

    assert len({found.text(number) for number in range(most)}) == most
    assert found.text(found.count) == found.text(0)


@given(st.text(alphabet="abc019[]{}()|^$*+?.\\dws,-", max_size=12))
def test_any_text_is_read_as_a_pattern_or_refused(pattern: str) -> None:
    try:
        found = wheels(pattern)
    except UnreadPattern:
        return
    assert isinstance(found.text(3), str)


def test_rows_become_items_and_come_back() -> None:
    key = (column("a", logical_type="string", key_position=1), column("b", logical_type="integer", key_position=2))
    table = ProductTable("t", columns=key)
    row = {"a": "x", "b": 3, "price": 1.5, "open": True, "tags": ["n", 1], "of": {"deep": None, "n": 0}, "gone": None}
    [item] = items(table, [row], "c")

    assert table_schema(table, "c")["KeySchema"] == [
        {"AttributeName": "a", "KeyType": "HASH"},
        {"AttributeName": "b", "KeyType": "RANGE"},
    ]
    assert (item["b"], item["price"], item["open"]) == ({"N": "3"}, {"N": "1.5"}, {"BOOL": True})
    back = row_of(item)
    assert {name: back[name] for name in ("a", "b", "open", "tags")} == {
        "a": "x",
        "b": 3,
        "open": True,
        "tags": ["n", 1],
    }
    assert "gone" not in back


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real contracts are not on this machine")
def test_every_real_contract_gives_rows_and_items_or_says_why_not() -> None:
    made: list[int] = []
    for file in sorted(path for path in SHARED.rglob("*") if path.suffix in (".yaml", ".yml")):
        with contextlib.suppress(InputError):
            found = read_contract(file).product
            made.extend(items_made(found, table) for table in found.tables)

    assert sum(made) > 20


def items_made(found: DataProduct, table: ProductTable) -> int:
    """How many items its sample rows become; none where it says why not."""
    try:
        return len(list(items(table, sample_rows(found, {table.name: 3}, 1)[table.name], "c")))
    except InputError as error:
        if any(not problem.hint for problem in error.problems):
            raise
        return 0
