"""The rows of a product's tables. A column that refers to another table's has values that are there."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.twin.sample.values import Values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.model.data_product import Column, DataProduct, ProductTable

Row = dict[str, Any]


def sample_rows(
    product: DataProduct,
    counts: Mapping[str, int],
    seed: int,
    given: Mapping[str, Sequence[Row]] | None = None,
    file: str = "contract",
) -> dict[str, list[Row]]:
    """Table -> rows, for every table of the product, in its order. `counts` says how many each is given (none: 0); `given` has rows that stand instead.

    The same product, counts and seed give the same rows, whatever the order of `counts`; a table's rows do not change when another table is given more,
    unless it refers to it. Raises InputError for tables that the product does not have, and columns that no value can be made for.
    """
    found: dict[str, list[Row]] = {name: [dict(row) for row in rows] for name, rows in (given or {}).items()}
    known = {table.name for table in product.tables}
    if unknown := sorted((set(counts) | set(found)) - known):
        raise InputError(
            [
                InputProblem(
                    file, 0, "/sample", f"the contract has no table {name}", f"its tables: {', '.join(sorted(known))}"
                )
                for name in unknown
            ]
        )
    for table in _referred_first(product):
        if table.name not in found:
            found[table.name] = _rows(table, counts.get(table.name, 0), seed, found, file)
    return {table.name: found[table.name] for table in product.tables}


def _rows(table: ProductTable, count: int, seed: int, found: Mapping[str, Sequence[Row]], file: str) -> list[Row]:
    if not count:
        return []
    made = {column.name: _column(table, column, seed, found, file, count) for column in table.columns}
    return [
        {name: values[number] for name, values in made.items() if values[number] is not None} for number in range(count)
    ]


def _column(
    table: ProductTable, column: Column, seed: int, found: Mapping[str, Sequence[Row]], file: str, count: int
) -> list[Any]:
    """One column's values, from a stream of randomness of its own: a column more changes no other."""
    random = Random(f"{seed}/{table.name}/{column.path}")  # noqa: S311  sample data, no secret
    values = Values(column, table.quality, file)
    referred = [] if values.unique else _referred(column, found)
    return [random.choice(referred) if referred else values.of(number, random) for number in range(count)]


def _referred(column: Column, found: Mapping[str, Sequence[Row]]) -> list[Any]:
    for reference in column.references:
        table, _, name = reference.partition(".")
        if values := [row[name] for row in found.get(table, ()) if name in row]:
            return values
    return []


def _referred_first(product: DataProduct) -> list[ProductTable]:
    """The tables, each after those that it refers to; in a circle, in the contract's order."""
    names = {table.name for table in product.tables}
    needs = {
        table.name: {reference.partition(".")[0] for column in table.columns for reference in column.references}
        & names - {table.name}
        for table in product.tables
    }
    left = list(product.tables)
    done: list[ProductTable] = []
    while left:
        ready = next((table for table in left if needs[table.name] <= {each.name for each in done}), left[0])
        left.remove(ready)
        done.append(ready)
    return done
