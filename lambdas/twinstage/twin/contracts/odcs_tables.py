"""Schema of the Open Data Contract Standard 3: objects, their properties, and what is nested in these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import Column, ProductTable
from twinstage.twin.contracts.columns import column_type, keyed, once, tables_once, typed
from twinstage.twin.contracts.quality import quality_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.data_product import QualityRule
    from twinstage.twin.contracts.section import Section

_TOLD: Final = ("id", "businessName", "authoritativeDefinitions", "customProperties", "deprecated", "synonyms")


def odcs_tables(section: Section) -> tuple[ProductTable, ...]:
    """Every object of `schema`, in its order."""
    return tables_once(section.told, [_table(one) for one in section.sections("schema")])


def _table(section: Section) -> ProductTable:
    section.skip(*_TOLD, "logicalType", "dataGranularityDescription")
    name = section.name("name", "physicalName")
    section.skip("physicalName")
    rules = list(quality_rules(section, name))
    relations = list(_relations(section))
    targets = _targets(relations, name)
    columns = _properties(section, name, "", rules, targets)
    table = ProductTable(
        name=name,
        physical_name=section.text("physicalName"),
        physical_type=section.text("physicalType") or "table",
        description=section.text("description"),
        columns=columns,
        quality=tuple(rules),
        references=tuple(to for _, ends in relations for to in ends),
        tags=section.texts("tags"),
        line=section.line,
        pointer=section.place,
    )
    section.close()
    return table


def _properties(
    section: Section, table: str, around: str, rules: list[QualityRule], targets: Mapping[str, list[str]]
) -> tuple[Column, ...]:
    columns, flags = [], []
    for one in section.sections("properties"):
        name = one.name("name")
        path = f"{around}.{name}" if around else name
        columns.append(_column(one, table, name, path, rules, targets))
        flags.append(bool(one.flag("primaryKey")))
    return once(section.told, keyed(section.told, columns, flags))


def _column(
    section: Section, table: str, name: str, path: str, rules: list[QualityRule], targets: Mapping[str, list[str]]
) -> Column:
    section.skip(*_TOLD, "name", "primaryKey", "criticalDataElement", "encryptedName", "transformLogic")
    section.skip("transformDescription", "primaryKeyPosition", "partitionKeyPosition")
    physical = section.text("physicalType")
    rules.extend(quality_rules(section, table, path))
    own = [to for _, ends in _relations(section) for to in ends]
    options = section.section("logicalTypeOptions")
    column = Column(
        name=name,
        path=path,
        logical_type=column_type(section, section.text("logicalType"), physical),
        physical_type=physical,
        physical_name=section.text("physicalName"),
        description=section.text("description"),
        required=_required(section),
        unique=bool(section.flag("unique", "isUnique")),
        key_position=section.position("primaryKeyPosition") if section.members.get("primaryKey") else None,
        partition_position=_partition(section),
        classification=section.text("classification"),
        tags=section.texts("tags"),
        references=(*own, *targets.get(path, ())),
        sources=section.texts("transformSourceObjects"),
        options={key: options.raw(key) for key in options.members if options.has(key)} | _enum(section),
        examples=_examples(section),
        columns=_properties(section, table, path, rules, targets),
        items=_items(section, table, path, rules, targets),
        line=section.line,
        pointer=section.place,
    )
    section.close()
    return typed(section, column)


def _items(
    section: Section, table: str, path: str, rules: list[QualityRule], targets: Mapping[str, list[str]]
) -> Column | None:
    """What an array holds; of a map, what its values are."""
    if not section.has("items"):
        return None
    inner = section.section("items")
    inner.skip("name")
    return _column(inner, table, "[]", f"{path}[]", rules, targets)


def _required(section: Section) -> bool:
    """Whether a value must be there. `isNullable` and `isUnique` are the words of version 2, which early files of version 3 kept."""
    said, nullable = section.flag("required"), section.flag("isNullable")
    return nullable is False if said is None else said


def _partition(section: Section) -> int | None:
    partitioned, position = section.flag("partitioned"), section.position("partitionKeyPosition")
    return (position or 1) if partitioned else None


def _enum(section: Section) -> dict[str, Any]:
    """The values that a column may have, as versions after 3.1 list them: plain, or each an object with its `value`."""
    values = section.raw("enum")
    if not isinstance(values, list):
        return {}
    return {"enum": [one.get("value") if isinstance(one, dict) else one for one in values]}


def _examples(section: Section) -> tuple[Any, ...]:
    found = section.raw("examples")
    return tuple(found) if isinstance(found, list) else () if found is None else (found,)


def _relations(section: Section) -> list[tuple[list[str], list[str]]]:
    """Foreign keys: the columns on this side (none where the property itself is it), and on the other."""
    found = []
    for one in section.sections("relationships"):
        one.skip("type", "customProperties", "description", "id")
        found.append((list(one.texts("from")), list(one.texts("to"))))
        one.close()
    return found


def _targets(relations: list[tuple[list[str], list[str]]], table: str) -> dict[str, list[str]]:
    """What the columns of a table refer to by its own foreign keys, by their paths."""
    found: dict[str, list[str]] = {}
    for ours, theirs in relations:
        for mine, other in zip(ours, theirs, strict=False):
            found.setdefault(mine.removeprefix(f"{table}."), []).append(other)
    return found
