"""JSON documents and JSON lines in a store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json, pretty_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.world.store import Store


def put_json(store: Store, key: str, document: Any) -> None:
    """Write one document, sorted and indented."""
    store.put(key, pretty_json(document))


def get_json(store: Store, key: str) -> Any:
    """Read one document."""
    return json.loads(store.get(key))


def put_lines(store: Store, key: str, documents: Iterable[Any]) -> None:
    """Write one document a line, in canonical form."""
    store.put(key, b"".join(canonical_json(document) + b"\n" for document in documents))


def get_lines(store: Store, key: str) -> Iterator[Any]:
    """Read one document a line, in order."""
    for line in store.get(key).splitlines():
        yield json.loads(line)
