"""Models of the Data Contract Specification: tables by name, their fields by name, definitions that fields refer to."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import Column, ProductTable
from twinstage.model.errors import InputError
from twinstage.twin.contracts.columns import column_type, keyed, typed
from twinstage.twin.contracts.quality import quality_rules
from twinstage.twin.contracts.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.data_product import QualityRule

_REFERENCE: Final = "$ref"
_DEFINITIONS: Final = "#/definitions/"
_LIMITS: Final = (
    *("enum", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "multipleOf", "precision", "scale", "minItems", "maxItems", "uniqueItems"),
)
_TOLD: Final = (
    "title",
    "links",
    "config",
    "name",
    "domain",
    "businessName",
    "additionalFields",
    "namespace",
    "lineage",
)
# What a server calls the type; `avroType` and `jsonType` are those of files.
_PHYSICAL: Final = re.compile(r"(?!avro|json|pandera)[a-z]{1,40}Type")
MOST_FIELDS: Final = 10_000
DEEPEST: Final = 32
"""Definitions that refer to one another may stand for far more than the file holds; no table is so large."""


def dcs_tables(section: Section) -> tuple[ProductTable, ...]:
    """Every model, in the order of the file."""
    definitions = section.members.get("definitions")
    reader = _Models(definitions if isinstance(definitions, dict) else {})
    return tuple(reader.table(name, one) for name, one in section.section("models").named())


class _Models:
    """Reads models. A reference to a definition is followed once: a definition's own go no further than the first that comes back."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions
        self.fields = 0

    def table(self, name: str, section: Section) -> ProductTable:
        section.skip(*_TOLD, "examples", "primaryKey")
        rules = list(quality_rules(section, name))
        columns = self._fields(section, name, "", rules, ())
        table = ProductTable(
            name=name,
            physical_name=section.text("physicalName"),
            physical_type=section.text("type") or "table",
            description=section.text("description"),
            columns=self._compound(section, columns),
            quality=tuple(rules),
            tags=section.texts("tags"),
            line=section.line,
            pointer=section.place,
        )
        section.close()
        return table

    def _compound(self, section: Section, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """A model's `primaryKey` gives the columns of its key in order."""
        key = section.texts("primaryKey")
        names = {column.name for column in columns}
        for n, name in enumerate(key):
            if name not in names:
                place = f"{section.at('primaryKey')}/{n}"
                section.told.problem(place, f"{name!r} is in the primary key, and is no field", "name a field")
        position = {name: n + 1 for n, name in reversed(list(enumerate(key)))}
        return tuple(replace(c, key_position=position.get(c.name)) for c in columns) if key else columns

    def _fields(
        self, section: Section, table: str, around: str, rules: list[QualityRule], through: tuple[str, ...]
    ) -> tuple[Column, ...]:
        columns, flags = [], []
        for name, given in section.section("fields").named():
            one, passed = self._resolved(given, through)
            path = f"{around}.{name}" if around else name
            columns.append(self._column(one, table, name, path, rules, passed))
            flags.append(bool(one.flag("primaryKey", "primary")))
        return keyed(section.told, columns, flags)

    def _column(
        self, section: Section, table: str, name: str, path: str, rules: list[QualityRule], through: tuple[str, ...]
    ) -> Column:
        self.fields += 1
        if self.fields > MOST_FIELDS:
            section.told.problem(
                section.place, f"more than {MOST_FIELDS} fields, with its definitions", "fewer of them"
            )
            raise InputError(section.told.problems)
        section.skip(*_TOLD, _REFERENCE, "primaryKey", "primary", "example", "examples", "keys", "pii")
        said = section.text("type")
        rules.extend(quality_rules(section, table, path))
        reference = section.text("references")
        inner = next((member for member in ("items", "values") if section.has(member)), "")
        column = Column(
            name=name,
            path=path,
            logical_type=column_type(section, said, ""),
            physical_type=_physical(section) or said,
            description=section.text("description"),
            required=bool(section.flag("required")),
            unique=bool(section.flag("unique")),
            classification=section.text("classification"),
            tags=(*section.texts("tags"), *(("pii",) if section.flag("pii") else ())),
            references=(reference,) if reference else (),
            sources=_sources(section),
            options={limit: section.raw(limit) for limit in _LIMITS if section.has(limit)},
            examples=_examples(section),
            columns=self._fields(section, table, path, rules, through),
            items=self._items(section.section(inner), table, path, rules, through) if inner else None,
            line=section.line,
            pointer=section.place,
        )
        section.skip(*_LIMITS, "items", "values")
        section.close()
        return typed(section, column) if column.logical_type != "map" else column

    def _items(
        self, given: Section, table: str, path: str, rules: list[QualityRule], through: tuple[str, ...]
    ) -> Column:
        section, passed = self._resolved(given, through)
        return self._column(section, table, "[]", f"{path}[]", rules, passed)

    def _resolved(self, section: Section, through: tuple[str, ...]) -> tuple[Section, tuple[str, ...]]:
        """A field with what its definition says where it says nothing itself. A definition that comes back to itself is a problem."""
        reference = section.members.get(_REFERENCE)
        if reference is None:
            return section, through
        name = str(reference).removeprefix(_DEFINITIONS)
        known = str(reference).startswith(_DEFINITIONS) and self._definition(name)
        if not known:
            place = section.at(_REFERENCE)
            section.told.warning(place, f"{reference!r} is not in this file: what it says is not read")
            return section, through
        if name in through or len(through) == DEEPEST:
            said = "contains itself" if name in through else f"is nested deeper than {DEEPEST} definitions"
            section.told.problem(section.at(_REFERENCE), f"the definition {name!r} {said}", "write its fields out")
            return Section(section.told, {}, section.place), through
        inner, passed = self._resolved(Section(section.told, known, section.place), (*through, name))
        own = {key: value for key, value in section.members.items() if key != _REFERENCE}
        return Section(section.told, {**inner.members, **own}, section.place), passed

    def _definition(self, name: str) -> dict[str, Any] | None:
        """The definition of that name; since 1.1 names have slashes, and a step may be a level."""
        found: Any = self.definitions.get(name)
        if found is None:
            found = self.definitions
            for step in name.split("/"):
                found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else None


def _physical(section: Section) -> str:
    """What one of the servers calls the type, from `config`: the first such entry."""
    config = section.members.get("config")
    entries = config.items() if isinstance(config, dict) else ()
    return next((value for key, value in entries if _PHYSICAL.fullmatch(key) and isinstance(value, str)), "")


def _sources(section: Section) -> tuple[str, ...]:
    """The columns that a column is made from, as `table.column`."""
    lineage = section.section("lineage")
    found = []
    for one in lineage.sections("inputFields"):
        one.skip("transformations")
        found.append(f"{one.text('name')}.{one.text('field')}")
    return tuple(found)


def _examples(section: Section) -> tuple[Any, ...]:
    found = section.raw("examples" if section.has("examples") else "example")
    return tuple(found) if isinstance(found, list) else () if found is None else (found,)
