"""The key of a twin's table follows from the primary key of the contract's."""

from __future__ import annotations

import pytest

from twinstage.model.data_product import Column, ProductTable
from twinstage.model.errors import InputError
from twinstage.model.table_key import key_problems, table_key


def table(*types: str) -> ProductTable:
    """A table whose key has columns `k1`, `k2`, … of these types, and one column beside it."""
    keys = [Column(f"k{n}", f"k{n}", kind, key_position=n, line=n + 1) for n, kind in enumerate(types, start=1)]  # type: ignore[arg-type]  # each is one
    return ProductTable("t", columns=(Column("other", "other"), *reversed(keys)), line=1)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("string", "S"),
        ("date", "S"),
        ("time", "S"),
        ("timestamp", "S"),
        ("integer", "N"),
        ("number", "N"),
        ("bytes", "B"),
    ],
)
def test_one_column_is_the_partition_key(kind: str, expected: str) -> None:
    key = table_key(table(kind), "c.yaml")
    assert (key.partition.name, key.partition.type, key.sort) == ("k1", expected, None)
    assert key.partition.value({"k1": 5, "other": 6}) == 5


def test_two_columns_are_partition_and_sort_key_in_the_order_of_their_positions() -> None:
    key = table_key(table("string", "integer"), "c.yaml")
    assert key.sort is not None
    assert (key.partition.columns, key.sort.columns, key.sort.type) == (("k1",), ("k2",), "N")


def test_more_columns_are_one_text_that_no_other_values_have() -> None:
    key = table_key(table("string", "boolean", "string"), "c.yaml")
    assert key.sort is not None
    assert (key.sort.name, key.sort.type, key.sort.columns) == ("k2#k3", "S", ("k2", "k3"))
    values = {
        key.sort.value({"k2": one, "k3": other}) for one, other in [("a", "b"), ("a,b", ""), ("", "a,b"), (1, "1")]
    }
    assert len(values) == 4


def test_a_table_without_a_key_is_refused_with_its_line_and_the_way_out() -> None:
    with pytest.raises(InputError, match="no primary key") as refused:
        table_key(table(), "c.yaml")
    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == ("c.yaml", 1)
    assert "primaryKey: true" in problem.hint


@pytest.mark.parametrize("kind", ["boolean", "object", "array", "map", "any"])
def test_a_type_that_no_key_can_have_is_refused(kind: str) -> None:
    (problem,) = key_problems(table("string", kind), "c.yaml")
    assert problem.line == 3
    assert kind in problem.message
    assert [p.line for p in key_problems(table(kind, "any", "any"), "c.yaml")] == [2]
