"""Whether snapshot and log come to a later snapshot: every record set and every item, byte for byte in canonical form.

The settings of zones and tables, and functions, are of no log that is replayed, and not compared.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from twinstage.state.diff import snapshot_differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.manifest import Manifest
    from twinstage.world.store import Store

SHOWN = 1000
_HELD = frozenset({"record_set", "item"})


def expectation(final: Manifest, later: Manifest, store: Store) -> dict[str, Any]:
    """`{"snapshot", "digest", "equal", "differences": [...], "differences_found"}`. Where the replay left the apex NS and SOA out, they are not compared."""
    found = held_differences(final, later, store)
    shown = list(itertools.islice(found, SHOWN))
    return {
        "snapshot": later.id,
        "digest": later.digest,
        "equal": not shown,
        "differences": [_told(difference) for difference in shown],
        "differences_found": len(shown) + sum(1 for _ in found),
    }


def held_differences(final: Manifest, later: Manifest, store: Store) -> Iterator[dict[str, Any]]:
    """Record sets and items that differ, and zones or tables that only one of the two has."""
    for difference in snapshot_differences(final, later, store):
        whole = difference["type"] in ("zone", "table") and difference["key"] == ""
        if whole or difference["type"] in _HELD:
            yield difference


def _told(difference: dict[str, Any]) -> dict[str, Any]:
    """In the words of an expectation: what was expected, and what the replay came to."""
    names = {"before": "replayed", "after": "expected"}
    kinds = {"added": "missing", "removed": "unexpected", "changed": "changed"}
    return {names.get(name, name): value for name, value in difference.items()} | {"kind": kinds[difference["kind"]]}
