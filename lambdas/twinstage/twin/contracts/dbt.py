"""A dbt manifest as a contract: what its models, seeds, snapshots and sources look like, and what its tests demand of them.

Source: https://docs.getdbt.com/reference/artifacts/manifest-json and the schemas v1 to v12 at https://schemas.getdbt.com. Ephemeral models are no tables.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import DataProduct, ProductTable, ServiceLevel
from twinstage.twin.contracts.dbt_columns import dbt_columns
from twinstage.twin.contracts.dbt_tests import tests_by_node
from twinstage.twin.contracts.lengths import seconds_of
from twinstage.twin.contracts.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.data_product import QualityRule

_TABLES: Final = frozenset({"model", "seed", "snapshot"})


def dbt_product(section: Section, standard: str) -> DataProduct:
    """The product of a manifest. The manifest has no version of its own, so the product has none."""
    metadata = section.section("metadata")
    nodes = dict(section.section("nodes").named())
    sources = dict(section.section("sources").named())
    chosen = {name: node for name, node in nodes.items() if _is_table(node)} | sources
    called = _names(chosen)
    tests = tests_by_node(nodes, called)
    tables = [_table(name, node, called, tests) for name, node in chosen.items()]
    if not tables:
        section.told.warning(section.at("nodes"), "no models, seeds, snapshots or sources: a product without tables")
    packages = Counter(name.split(".")[1] for name in chosen if name.count("."))
    project = metadata.text("project_name") or next((name for name, _ in packages.most_common(1)), "dbt")
    return DataProduct(
        id=project,
        name=project,
        version="",
        status="",
        owner=_owner(section, chosen),
        kind="dbt",
        standard=standard,
        tables=tuple(tables),
        service_levels=tuple(level for name, node in sources.items() for level in _freshness(called[name], node)),
    )


def _is_table(node: Section) -> bool:
    config = node.members.get("config")
    materialized = config.get("materialized") if isinstance(config, dict) else None
    return str(node.members.get("resource_type")) in _TABLES and materialized != "ephemeral"


def _names(nodes: Mapping[str, Section]) -> dict[str, str]:
    """What each node's table is called: its name; where two have one, with its package, its source or its version before or behind."""
    plain = {unique: _name(unique, node) for unique, node in nodes.items()}
    times = Counter(plain.values())
    return {unique: name if times[name] == 1 else unique.split(".", 1)[-1] for unique, name in plain.items()}


def _name(unique: str, node: Section) -> str:
    name, version = node.members.get("name"), node.members.get("version")
    said = name if isinstance(name, str) and name else unique.rpartition(".")[2]
    return said if version is None else f"{said}.v{version}"


def _table(
    unique: str, node: Section, called: Mapping[str, str], tests: Mapping[str, list[QualityRule]]
) -> ProductTable:
    kind = str(node.members.get("resource_type") or "source")
    config = node.section("config")
    materialized = config.text("materialized")
    rules = tests.get(unique, [])
    return ProductTable(
        name=called[unique],
        physical_name=node.text("relation_name"),
        physical_type=(materialized or "table") if kind == "model" else kind,
        description=node.text("description"),
        columns=dbt_columns(node, config, rules),
        quality=tuple(rules),
        tags=node.texts("tags"),
        line=node.line,
        pointer=node.place,
    )


def _owner(section: Section, nodes: Mapping[str, Section]) -> str:
    """The owner of the group, or the one that the models' meta data name most often."""
    for _, group in section.section("groups").named():
        owner = group.section("owner")
        if said := owner.text("name") or owner.text("email"):
            return said
    named: Counter[str] = Counter()
    for node in nodes.values():
        for place in (node.members, node.members.get("config")):
            meta: Any = place.get("meta") if isinstance(place, dict) else None
            owner_said = meta.get("owner") if isinstance(meta, dict) else None
            if isinstance(owner_said, str) and owner_said:
                named[owner_said] += 1
    return next((name for name, _ in named.most_common(1)), "")


def _freshness(table: str, node: Section) -> list[ServiceLevel]:
    """What a source promises: the age at which dbt warns, and the one at which it fails."""
    if not node.has("freshness"):
        return []
    freshness, found = node.section("freshness"), []
    for member, driver in (("warn_after", "warn"), ("error_after", "error")):
        one = freshness.section(member) if freshness.has(member) else Section(node.told, {})
        count, period = one.raw("count"), one.text("period")
        if isinstance(count, int | float) and period:
            level = ServiceLevel(
                "freshness", count, period, seconds_of(count, period), element=table, driver=driver, line=one.line
            )
            found.append(level)
    return found
