"""JSON documents and JSON lines in a store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import UTF_8, canonical_json, pretty_json
from twinstage.model.errors import InputError
from twinstage.model.reading.json_document import MALFORMED, not_json, record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.world.store import Store


def put_json(store: Store, key: str, document: Any) -> None:
    """Write one document, sorted and indented."""
    store.put(key, pretty_json(document))


def get_json(store: Store, key: str) -> Any:
    """Read one document. Raises InputError, with the line, where it is not JSON."""
    return _read(store.get(key), key)


def put_lines(store: Store, key: str, documents: Iterable[Any]) -> None:
    """Write one document a line, in canonical form."""
    store.put(key, b"".join(canonical_json(document) + b"\n" for document in documents))


def get_lines(store: Store, key: str) -> Iterator[Any]:
    """Read one document a line, in order. Raises InputError, with its number, for a line that is not JSON."""
    for number, line in enumerate(store.get(key).splitlines(), start=1):
        yield _read(line, key, number)


def _read(content: bytes, key: str, line: int = 0) -> Any:
    try:
        return record(content.decode(*UTF_8))
    except MALFORMED as error:
        found = not_json(key, error, "it was changed since it was written: take another copy")
        raise InputError([replace(found, line=line) if line else found]) from error
