"""Tests of a dbt manifest as quality rules of the tables they are about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import Bound, QualityRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.twin.contracts.section import Section

_NONE: Final = (Bound("=", 0),)
_METRICS: Final = {"not_null": "nullValues", "unique": "duplicateValues", "accepted_values": "invalidValues"}
_NAMED: Final = re.compile(r"(?:ref|source)\(\s*(?:['\"][^'\"]{1,300}['\"]\s*,\s*)?['\"]([^'\"]{1,300})['\"]")


def tests_by_node(nodes: Mapping[str, Section], called: Mapping[str, str]) -> dict[str, list[QualityRule]]:
    """The rules of each node, in the manifest's order. A test that is about no table of the manifest is left out."""
    found: dict[str, list[QualityRule]] = {}
    for unique, node in nodes.items():
        if node.members.get("resource_type") != "test":
            continue
        settings = node.section("test_metadata") if node.has("test_metadata") else None
        kwargs = settings.section("kwargs") if settings else None
        arguments = {name: kwargs.raw(name) for name in kwargs.members} if kwargs else {}
        about = _about(node, arguments, called)
        if about:
            found.setdefault(about, []).append(_rule(unique, node, settings, arguments))
    return found


def _rule(unique: str, node: Section, settings: Section | None, arguments: Mapping[str, Any]) -> QualityRule:
    name = settings.text("name") if settings else ""
    column = node.text("column_name") or str(arguments.get("column_name") or "")
    config = node.section("config")
    kept = {key: value for key, value in arguments.items() if key not in ("model", "column_name")}
    if name == "accepted_values":
        kept["validValues"] = kept.pop("values", [])
    if name == "relationships":
        target = _NAMED.search(str(kept.get("to") or ""))
        kept["to"] = f"{target[1] if target else kept.get('to')}.{kept.get('field') or ''}"
    metric = _METRICS.get(name, "")
    return QualityRule(
        id=node.text("name") or unique,
        kind="library" if metric else "custom" if settings else "sql",
        column=column.strip('"'),
        metric=metric,
        bounds=_NONE if metric or not settings else (),
        arguments=kept,
        query="" if settings else node.text("compiled_code", "compiled_sql", "raw_code", "raw_sql"),
        engine="" if metric or not settings else "dbt",
        implementation=name if settings and not metric else None,
        severity={"warn": "warning"}.get(config.text("severity").lower(), "error"),
        description=node.text("description"),
        line=node.line,
        pointer=node.place,
    )


def _about(node: Section, arguments: Mapping[str, Any], called: Mapping[str, str]) -> str:
    """The node that a test is attached to; of manifests that do not say so, the one its argument names, else the last it depends on."""
    attached = node.text("attached_node")
    if attached in called:
        return attached
    depends = [name for name in node.section("depends_on").texts("nodes") if name in called]
    named = _NAMED.search(str(arguments.get("model") or ""))
    if named:
        depends = [name for name in depends if name.rpartition(".")[2] == named[1]] or depends
    return depends[-1] if depends else ""
