"""What changed between two states of a data product."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Final

from twinstage.twin.versions.change import Change
from twinstage.twin.versions.columns import table_changes
from twinstage.twin.versions.promises import level_changes, rule_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.data_product import DataProduct
    from twinstage.twin.versions.change import Breaks

_HEAD: Final = ("id", "name", "version", "status", "owner", "kind", "standard", "domain", "tenant", "description")
_REST: Final = ("servers", "roles", "team", "terms", "tags")
_GONE: Final = frozenset({"retired", "archived", "decommissioned"})


def contract_changes(before: DataProduct, after: DataProduct) -> Iterator[Change]:
    """Every change, tables in the order of the old contract, then of the new one."""
    for name in _HEAD:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            gone = name == "id" or (name == "status" and str(new).lower() in _GONE)
            breaks: Breaks = "consumers" if gone else ""
            yield Change("contract", f"{name}-changed", name, old, new, breaks)
    changes = list(chain(_tables(before, after), level_changes(before, after)))
    yield from changes
    for name in _REST:
        if getattr(before, name) != getattr(after, name):
            old, new = (asdict(product)[name] for product in (before, after))
            yield Change("contract", f"{name}-changed", name, old, new)
    if any(change.breaks in ("consumers", "both") for change in changes) and not raised(before.version, after.version):
        # Semantic versioning (https://semver.org/#spec-item-8): what breaks those who rely on it is another major version.
        yield Change("contract", "major-version-not-raised", "version", before.version, after.version)


def raised(before: str, after: str) -> bool:
    """Whether the first number of a version went up; of versions that are no numbers, whether they differ."""
    old, new = before.lstrip("v").partition(".")[0], after.lstrip("v").partition(".")[0]
    return int(new) > int(old) if old.isdecimal() and new.isdecimal() else before != after


def _tables(before: DataProduct, after: DataProduct) -> Iterator[Change]:
    old, new = ({table.name: table for table in product.tables} for product in (before, after))
    for name, table in old.items():
        if name not in new:
            yield Change("contract", "table-removed", name, table.physical_name or name, None, "consumers", name)
            continue
        yield from table_changes(table, new[name])
        yield from rule_changes(table, new[name])
    for name, table in new.items():
        if name not in old:
            yield Change("contract", "table-added", name, None, table.physical_name or name, "", name)
