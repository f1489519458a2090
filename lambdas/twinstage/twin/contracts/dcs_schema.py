"""`schema` of the Data Contract Specification 0.9: a schema in another language, given inline. dbt's properties are read; of the others, that they are there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twinstage.model.data_product import Column, ProductTable
from twinstage.model.errors import InputError
from twinstage.model.reading.yaml_document import located_yaml
from twinstage.twin.contracts.columns import column_type, keyed, once, tables_once
from twinstage.twin.contracts.section import Section, Told


def schema_tables(section: Section) -> tuple[ProductTable, ...]:
    """The models of a schema whose type is dbt; none, with a warning, of another language."""
    language = section.text("type")
    section.skip("specification", "description", "version")
    if language.lower() != "dbt":
        section.told.warning(section.place, f"a schema in {language or 'no language'} is not read: no tables")
        return ()
    inner = _specification(section)
    inner.skip("version", "description")
    return tables_once(section.told, [_table(one) for one in inner.sections("models")])


def _specification(section: Section) -> Section:
    """The specification as an object: inline, or YAML in a text, whose places are told at the text's own."""
    given: Any = section.members.get("specification")
    if not isinstance(given, str):
        return section.section("specification")
    place = section.at("specification")
    told = Told(section.told.file, lambda _: section.told.line_of(place), section.told.problems, section.told.warnings)
    try:
        document = located_yaml(given, section.told.file).document
    except InputError as error:
        for problem in error.problems:
            section.told.problem(place, f"{problem.message}, in line {problem.line} of the text", problem.hint)
        document = None
    return Section(told, document if isinstance(document, dict) else {}, place)


def _table(section: Section) -> ProductTable:
    section.skip("config", "meta", "tests", "data_tests", "docs")
    read = [_column(one) for one in section.sections("columns")]
    columns = once(section.told, keyed(section.told, [one for one, _ in read], [primary for _, primary in read]))
    table = ProductTable(
        name=section.name("name"),
        description=section.text("description"),
        columns=_ordered(columns, _compound(section) or _tested(columns)),
        tags=section.texts("tags"),
        line=section.line,
        pointer=section.place,
    )
    section.close()
    return table


def _column(section: Section) -> tuple[Column, bool]:
    """A column, and whether it is of the primary key."""
    section.skip("meta", "quote", "config")
    tests = section.texts("tests", "data_tests")
    kinds = {one.text("type") for one in _constraints(section)}
    name, said = section.name("name"), section.text("data_type", "type")
    column = Column(
        name=name,
        path=name,
        logical_type=column_type(section, said, ""),
        physical_type=said,
        description=section.text("description"),
        required="not_null" in tests or not kinds.isdisjoint({"not_null", "primary_key"}),
        unique="unique" in tests or "unique" in kinds,
        tags=section.texts("tags"),
        line=section.line,
        pointer=section.place,
    )
    section.close()
    return column, "primary_key" in kinds


def _constraints(section: Section) -> list[Section]:
    found = section.sections("constraints") if isinstance(section.raw("constraints"), list) else ()
    return list(found)


def _compound(section: Section) -> tuple[str, ...]:
    """The columns of the key that the model's own constraints give, in order."""
    keys = (one.texts("columns") for one in _constraints(section) if one.text("type") == "primary_key")
    return next(keys, ())


def _tested(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Where no constraint gives a key, it is the first column that is tested unique and not null, as of dbt's own manifest."""
    if any(one.key_position for one in columns):
        return ()
    return next(((one.name,) for one in columns if one.unique and one.required), ())


def _ordered(columns: tuple[Column, ...], key: tuple[str, ...]) -> tuple[Column, ...]:
    position = {name: n + 1 for n, name in reversed(list(enumerate(key)))}
    return tuple(replace(one, key_position=position.get(one.name)) for one in columns) if key else columns
