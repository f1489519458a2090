"""What lies between two snapshots: record sets and items, the shapes of tables, functions and their code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.state.comparable import comparable_snapshot, differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.manifest import Manifest
    from twinstage.world.store import Store

Difference = dict[str, Any]


def snapshot_differences(before: Manifest, after: Manifest, store: Store) -> list[Difference]:
    """Everything `after` has added, removed or changed: `{"service", "zone" or "table" or "function", "key", "kind", "before"?, "after"?}`.

    The key of a table's shape is `schema`; a function's are `configuration` and `code`.
    """
    found = differences(comparable_snapshot(before, store), comparable_snapshot(after, store))
    schemas = [
        {table.name: {"schema": dict(table.schema)} for table in manifest.tables} for manifest in (before, after)
    ]
    functions = [
        {function.name: _function(function.document()) for function in manifest.functions}
        for manifest in (before, after)
    ]
    return [
        *found,
        *_changed("dynamodb", "table", *schemas),
        *_changed("lambda", "function", *functions, added_too=True),
    ]


def _function(document: Mapping[str, Any]) -> dict[str, Any]:
    return {"configuration": document["configuration"], "code": document["code"]["sha256"]}


def _changed(
    service: str, place: str, old: Mapping[str, Any], new: Mapping[str, Any], *, added_too: bool = False
) -> Iterator[Difference]:
    """Differences by key of what both have; with `added_too` also what only one has, with the key ""."""
    for name in sorted(old.keys() | new.keys()):
        if name in old and name in new:
            for key in sorted(old[name]):
                if old[name][key] != new[name][key]:
                    yield {
                        "service": service,
                        place: name,
                        "key": key,
                        "kind": "changed",
                        "before": old[name][key],
                        "after": new[name][key],
                    }
        elif added_too:
            yield {"service": service, place: name, "key": "", "kind": "added" if name in new else "removed"}
