"""What columns of every standard have in common: their types, their keys, one name once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twinstage.model.data_product import NESTED
from twinstage.twin.contracts.logical_types import logical_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.model.data_product import Column, LogicalType, ProductTable
    from twinstage.twin.contracts.section import Section, Told


def column_type(section: Section, logical: str, physical: str) -> LogicalType:
    """The logical type that is said, else what the physical one tells; a word nobody knows is told, and is `any`."""
    for said in (logical, physical):
        if said and (found := logical_type(said)) is not None:
            if said is not logical and logical:
                section.told.warning(section.place, f"the type {logical!r} is not known: {physical!r} is read instead")
            return found
    if logical or physical:
        section.told.warning(section.place, f"the type {logical or physical!r} is not known: any value may be in it")
    return "any"


def typed(section: Section, column: Column) -> Column:
    """A column whose type says nothing of what is in it, though its members do."""
    if column.logical_type not in NESTED and column.columns:
        return replace(column, logical_type="object")
    if column.logical_type not in NESTED and column.items is not None:
        section.told.warning(section.place, f"{column.logical_type} has `items`: it is read as an array")
        return replace(column, logical_type="array")
    return column


def once(told: Told, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns. A name that stands twice is a problem: nobody can tell which is meant."""
    seen: dict[str, Column] = {}
    for column in columns:
        if column.name in seen:
            line = seen[column.name].line
            told.problem(column.pointer, f"the column {column.name!r} is there already (line {line})", "keep one")
        elif column.name:
            seen[column.name] = column
    return tuple(column for column in columns if column.name)


def keyed(told: Told, columns: Sequence[Column], flagged: Sequence[bool]) -> tuple[Column, ...]:
    """Columns with the positions of their primary key from 1 on: where a key's columns give none, the order of the file is theirs."""
    keys = [column for column, flag in zip(columns, flagged, strict=True) if flag]
    taken: dict[int, Column] = {}
    for column in keys:
        position = column.key_position
        if position is not None and position in taken:
            told.problem(
                column.pointer,
                f"{column.name!r} has position {position} of the primary key, as {taken[position].name!r} has",
                "number them 1, 2, …",
            )
        elif position is not None:
            taken[position] = column
    first, order = max(taken, default=0), {id(column): n for n, column in enumerate(keys)}
    ranked = sorted(keys, key=lambda column: (column.key_position or first + 1, order[id(column)]))
    rank = {id(column): n + 1 for n, column in enumerate(ranked)}
    return tuple(replace(column, key_position=rank.get(id(column))) for column in columns)


def tables_once(told: Told, tables: Sequence[ProductTable]) -> tuple[ProductTable, ...]:
    """The tables. A name that stands twice is a problem."""
    seen: dict[str, ProductTable] = {}
    for table in tables:
        if table.name in seen:
            line = seen[table.name].line
            told.problem(table.pointer, f"the table {table.name!r} is there already (line {line})", "keep one")
        elif table.name:
            seen[table.name] = table
    return tuple(table for table in tables if table.name)
