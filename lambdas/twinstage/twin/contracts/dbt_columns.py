"""Columns of a dbt node: what is declared, and what its constraints and tests say of keys and nulls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import Column
from twinstage.twin.contracts.columns import column_type, once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.model.data_product import QualityRule
    from twinstage.twin.contracts.section import Section

_NULLS: Final = "nullValues"
_TWICE: Final = "duplicateValues"


def dbt_columns(node: Section, config: Section, rules: Iterable[QualityRule]) -> tuple[Column, ...]:
    """The node's columns, in the manifest's order; those that only a key or a test names come behind them."""
    rules = list(rules)
    nulls = {rule.column for rule in rules if rule.metric == _NULLS}
    twice = {rule.column for rule in rules if rule.metric == _TWICE}
    declared = dict(node.section("columns").named())
    constraints = [
        (kind, columns)
        for one in node.sections("constraints")
        if (kind := one.text("type")) and (columns := one.texts("columns"))
    ]
    found = [
        _column(name, one, required=name in nulls, unique=name in twice, rules=rules) for name, one in declared.items()
    ]
    known = {column.name for column in found}
    key = _key(node, config, constraints, found)
    beyond = dict.fromkeys([*key, *(rule.column for rule in rules if rule.column)])
    found += [
        Column(name, name, required=name in nulls, unique=name in twice, line=node.line, pointer=node.place)
        for name in beyond
        if name not in known
    ]
    position = {name: n + 1 for n, name in reversed(list(enumerate(key)))}
    return once(node.told, [_at(column, position.get(column.name)) for column in found])


def _column(name: str, section: Section, *, required: bool, unique: bool, rules: list[QualityRule]) -> Column:
    kinds = {one.text("type"): one for one in section.sections("constraints")}
    said = section.text("data_type")
    values = next(
        (r.arguments["validValues"] for r in rules if r.column == name and "validValues" in r.arguments), None
    )
    references = tuple(str(r.arguments["to"]) for r in rules if r.column == name and "to" in r.arguments)
    primary = "primary_key" in kinds
    options: dict[str, Any] = {} if values is None else {"enum": values}
    return Column(
        name=section.text("name") or name,
        path=section.text("name") or name,
        logical_type=column_type(section, said, ""),
        physical_type=said,
        description=section.text("description"),
        required=required or primary or "not_null" in kinds,
        unique=unique or "unique" in kinds,
        key_position=1 if primary else None,
        tags=section.texts("tags"),
        references=references,
        options=options,
        line=section.line,
        pointer=section.place,
    )


def _key(
    node: Section, config: Section, constraints: list[tuple[str, tuple[str, ...]]], columns: list[Column]
) -> tuple[str, ...]:
    """The primary key: declared as a constraint, found by dbt (v12), given as `unique_key`, or the first column that is tested unique and not null."""
    for kind, names in constraints:
        if kind == "primary_key":
            return names
    flagged = tuple(column.name for column in columns if column.key_position is not None)
    if flagged:
        return flagged
    for said in (node.texts("primary_key"), config.texts("unique_key")):
        if said and all(name.isidentifier() for name in said):
            return said
    return next(((column.name,) for column in columns if column.unique and column.required), ())


def _at(column: Column, position: int | None) -> Column:
    """The column at a position of the key; None where it is not in it."""
    return column if column.key_position == position else replace(column, key_position=position)
