"""Numbered versions of documents, each written once: where the registry of twins keeps its own.

A version is written only right behind the one before it, and by one writer only: compare-and-set on the number. Readers see a version as soon as its write has returned.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Protocol

from twinstage.model.canonical import canonical_json
from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.world.store import Store

FIRST: Final = 1


class Versions(Protocol):
    """Versions by id and number. Implementations: `StoredVersions`, `world.aws.DynamoVersions`; one contract suite holds both."""

    def write(self, id_: str, version: int, document: Mapping[str, Any]) -> bool:
        """Write a version. Whether `document` is that version now: False where another was written before it, or the one before it is not there. Repeating it is no loss."""

    def read(self, id_: str, version: int) -> dict[str, Any] | None:
        """One version; None where there is none."""

    def newest(self, id_: str) -> dict[str, Any] | None:
        """The version with the highest number; None where there is none."""

    def all(self, id_: str) -> Iterator[dict[str, Any]]:
        """Every version, the first one first."""

    def ids(self) -> Iterator[str]:
        """Every id that has a version, in byte order."""


class StoredVersions:
    """Versions as files of a store: `twins/<id>/<number>.json`. The store's own \"write what nobody has written\" decides between writers."""

    _PREFIX: Final = "twins/"
    _NAME: Final = re.compile(r"twins/([^/]+)/([0-9]{9})\.json")

    def __init__(self, store: Store) -> None:
        self.store = store

    def write(self, id_: str, version: int, document: Mapping[str, Any]) -> bool:
        """See `Versions`."""
        if version != FIRST and not self.store.exists(self._key(id_, version - 1)):
            return False
        return self.store.put_new(self._key(id_, version), canonical_json(dict(document)))

    def read(self, id_: str, version: int) -> dict[str, Any] | None:
        """See `Versions`. Raises InputError where the file is no JSON object."""
        key = self._key(id_, version)
        return as_object(self.store.get(key), key) if self.store.exists(key) else None

    def newest(self, id_: str) -> dict[str, Any] | None:
        """See `Versions`."""
        numbers = self._numbers(id_)
        return self.read(id_, numbers[-1]) if numbers else None

    def all(self, id_: str) -> Iterator[dict[str, Any]]:
        """See `Versions`."""
        for number in self._numbers(id_):
            found = self.read(id_, number)
            if found is not None:
                yield found

    def ids(self) -> Iterator[str]:
        """See `Versions`."""
        found = (self._NAME.fullmatch(key) for key in self.store.list(self._PREFIX))
        yield from sorted({name[1] for name in found if name})

    def _numbers(self, id_: str) -> list[int]:
        found = (self._NAME.fullmatch(key) for key in self.store.list(f"{self._PREFIX}{id_}/"))
        return sorted(int(name[2]) for name in found if name)

    def _key(self, id_: str, version: int) -> str:
        return f"{self._PREFIX}{id_}/{version:09d}.json"


def as_object(content: bytes | str, place: str) -> dict[str, Any]:
    """A kept document. Raises InputError, naming its place, where it is no JSON object."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"not JSON: {error}"
        raise InputError([InputProblem(place, 0, "", message, "restore the registry's copy of it")]) from error
    if not isinstance(document, dict):
        raise InputError([InputProblem(place, 0, "", "no JSON object", "restore the registry's copy of it")])
    return document
