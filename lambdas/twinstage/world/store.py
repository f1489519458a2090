"""The interface of an evidence store, and its implementation over a directory.

A store maps keys (`a/b/c.json`) to bytes. A put is atomic and read-after-write consistent; a key is written whole or not at all.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Store(Protocol):
    """Bytes under keys. Implementations: `DirectoryStore`, `world.aws.S3Store`; one contract suite holds both."""

    def put(self, key: str, data: bytes) -> None:
        """Write, or overwrite, one key."""

    def put_new(self, key: str, data: bytes) -> bool:
        """Write one key that nobody has written: of all who try, one wins. Whether `data` is what is under it now: trying again, or with equal bytes, is no loss."""

    def get(self, key: str) -> bytes:
        """The bytes under `key`. Raises `missing(key)` where there are none."""

    def exists(self, key: str) -> bool:
        """Whether `key` has been written."""

    def list(self, prefix: str) -> Iterator[str]:
        """Every key that starts with `prefix`, in byte order."""

    def delete(self, key: str) -> None:
        """Remove one key; no error where it is not there."""

    def copy(self, key: str, to: str) -> None:
        """Write what is under `key` under another key too, without moving it through this process where the store can. Raises `missing(key)`."""


def missing(key: str) -> TwinstageError:
    """The error of a key that is not in a store."""
    return TwinstageError("NO_SUCH_KEY", f"nothing is stored under {key}", details={"key": key})


class DirectoryStore:
    """A store in a directory: one file a key."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise TwinstageError("BAD_KEY", f"{key!r} is not a key: empty, '.', '..' and NUL parts are refused")
        return self.root.joinpath(*parts)

    def put(self, key: str, data: bytes) -> None:
        """Write through a temporary file and a rename, flushed to the disk first: a full disk leaves no half-written key."""
        with self._written(key, data) as temporary:
            temporary.replace(self._path(key))

    def put_new(self, key: str, data: bytes) -> bool:
        """Give the written file its name by a hard link, which takes no name that is taken."""
        with self._written(key, data) as temporary:
            try:
                self._path(key).hardlink_to(temporary)
            except FileExistsError:
                return self.get(key) == data
        return True

    @contextmanager
    def _written(self, key: str, data: bytes) -> Iterator[Path]:
        """A temporary file beside the key's own that holds the data, on the disk; gone in the end, if it was not renamed."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not mkstemp: results are for others to read, as far as the umask lets them.
        temporary = path.parent / f".put-{secrets.token_hex(8)}"
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def get(self, key: str) -> bytes:
        """The bytes under `key`."""
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise missing(key) from error

    def exists(self, key: str) -> bool:
        """Whether `key` has been written."""
        return self._path(key).is_file()

    def list(self, prefix: str) -> Iterator[str]:
        """Every key under `prefix`, sorted. Only the folder that can hold the prefix is walked."""
        above = prefix.rpartition("/")[0]
        folder = self._path(above) if above else self.root
        if not folder.is_dir():
            return
        keys = (
            path.relative_to(self.root).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith(".put-")
        )
        yield from sorted(key for key in keys if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._path(key).unlink(missing_ok=True)

    def copy(self, key: str, to: str) -> None:
        """Write the same bytes into another file."""
        self.put(to, self.get(key))


class PrefixStore:
    """A part of another store, seen as a store of its own: the results of one run."""

    def __init__(self, store: Store, prefix: str) -> None:
        self.store, self.prefix = store, prefix.rstrip("/") + "/" if prefix else ""

    def put(self, key: str, data: bytes) -> None:
        """Write below the prefix."""
        self.store.put(self.prefix + key, data)

    def put_new(self, key: str, data: bytes) -> bool:
        """Write below the prefix what nobody has written there."""
        return self.store.put_new(self.prefix + key, data)

    def get(self, key: str) -> bytes:
        """Read below the prefix."""
        return self.store.get(self.prefix + key)

    def exists(self, key: str) -> bool:
        """Whether the key exists below the prefix."""
        return self.store.exists(self.prefix + key)

    def list(self, prefix: str) -> Iterator[str]:
        """Keys below the prefix, without it."""
        for key in self.store.list(self.prefix + prefix):
            yield key.removeprefix(self.prefix)

    def delete(self, key: str) -> None:
        """Remove below the prefix."""
        self.store.delete(self.prefix + key)

    def copy(self, key: str, to: str) -> None:
        """Copy below the prefix."""
        self.store.copy(self.prefix + key, self.prefix + to)


class ReadOnce(PrefixStore):
    """Another store, of which each key is read once: what was held against a signature is what is used afterwards. Writes pass through."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, "")
        self._read: dict[str, bytes | None] = {}
        self._listed: dict[str, tuple[str, ...]] = {}

    def get(self, key: str) -> bytes:
        """The bytes that were there at the first look."""
        if not self.exists(key):
            raise missing(key)
        found = self._read[key]
        assert found is not None  # noqa: S101  it exists
        return found

    def exists(self, key: str) -> bool:
        """Whether it was there at the first look."""
        if key not in self._read:
            self._read[key] = self.store.get(key) if self.store.exists(key) else None
        return self._read[key] is not None

    def list(self, prefix: str) -> Iterator[str]:
        """The keys that were there at the first look."""
        if prefix not in self._listed:
            self._listed[prefix] = tuple(self.store.list(prefix))
        return iter(self._listed[prefix])
