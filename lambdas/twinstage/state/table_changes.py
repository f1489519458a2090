"""What lies between two tables, part by part: a snapshot's and another's, or a snapshot's and a scan of a twin's. Equal parts are never read."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

from twinstage.model.canonical import UTF_8, sha256_hex
from twinstage.model.item import item_key
from twinstage.model.item_lines import content_of, line_of
from twinstage.state.snapshot import get_lines, item_of
from twinstage.state.table_parts import TableParts, own_bits, parted
from twinstage.state.table_spool import CRC_BITS, Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from twinstage.model.captured import TableManifest
    from twinstage.model.item import Item
    from twinstage.world.store import Store


KeySchema: TypeAlias = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class ItemChange:
    """One item that only one of two tables holds, or that they hold otherwise. `key` is its canonical key, as text."""

    key: str
    before: Item | None
    after: Item | None


@dataclass(frozen=True)
class PartChanges:
    """What leads from a table to one part of a snapshot, or to a stretch of it: items to put, and the keys of items to delete.

    `part` is the part's index; None for items of a bucket in which the snapshot has none.
    """

    part: int | None
    puts: list[Item]
    deletes: list[Item]


@dataclass(frozen=True)
class _Bucket:
    """One bucket of one table: the digest of its lines where that is known without reading them, and its lines when asked."""

    number: int
    sha256: str
    lines: Callable[[], list[bytes]]


_Pair: TypeAlias = tuple["_Bucket | None", "_Bucket | None"]


def changes_between(store: Store, before: TableManifest, after: TableManifest) -> Iterator[ItemChange]:
    """What `after` has added, removed or changed against `before`, in the order of the parts.

    Tables of different keys have no item in common.
    """
    if before.key_schema != after.key_schema:
        yield from _whole(store, before, added=False)
        yield from _whole(store, after, added=True)
        return
    bits = max(before.part_bits, after.part_bits)
    for old, new in _aligned(_buckets(store, before, bits), _buckets(store, after, bits)):
        yield from _changes(old, new, before.key_schema)


class TwinTable:
    """A twin's copy of a captured table, scanned once: what it holds, against the parts of the snapshot.

    A context manager: the scan's items, in JSON form and in any order, lie in a temporary file while it is open.
    """

    def __init__(self, store: Store, table: TableManifest, scan: Iterable[Item]) -> None:
        self._store, self._table, self._spool = store, table, Spool(table.key_schema)
        try:
            self._spool.add(scan)
        except BaseException:
            self._spool.close()
            raise

    def __enter__(self) -> TwinTable:
        return self

    def __exit__(self, *raised: object) -> None:
        self._spool.close()

    def parts(self) -> TableParts:
        """The twin's parts, cut as the snapshot's are: equal parts, equal items."""
        return parted(self._spool, self._table.part_bits)

    def changes(self) -> Iterator[ItemChange]:
        """What the twin has added, removed or changed against the snapshot, in the order of the parts."""
        for old, new in self._pairs():
            yield from _changes(old, new, self._table.key_schema)

    def reconciliation(self) -> Iterator[PartChanges]:
        """What leads from the twin's items to the snapshot's; nothing for parts that are equal."""
        indices = {part.bucket: index for index, part in enumerate(self._table.parts)}
        names = [element["AttributeName"] for element in self._table.key_schema]
        finer = self._bits() - self._table.part_bits
        for old, new in self._pairs():
            found = list(_changes(old, new, self._table.key_schema))
            puts = [change.before for change in found if change.before is not None]
            gone = [change.after for change in found if change.before is None and change.after is not None]
            if found:
                keys = [{name: item[name] for name in names} for item in gone]
                yield PartChanges(indices.get(old.number >> finer) if old else None, puts, keys)

    def _pairs(self) -> Iterator[_Pair]:
        bits = self._bits()
        return _aligned(_buckets(self._store, self._table, bits), _spooled(self._spool, bits))

    def _bits(self) -> int:
        """As fine as the larger of the two asks for: a twin may hold many times what was captured."""
        return max(self._table.part_bits, own_bits(self._spool))


def changes_to(store: Store, table: TableManifest, scan: Iterable[Item]) -> Iterator[PartChanges]:
    """What leads from a table's items, as a scan gives them, to those of the snapshot. The scan is over before the first change is told."""
    with TwinTable(store, table, scan) as twin:
        yield from twin.reconciliation()


def _buckets(store: Store, table: TableManifest, bits: int) -> Iterator[_Bucket]:
    """A captured table in buckets of so many bits, which are no fewer than its own parts have."""
    for part in table.parts:
        if bits == table.part_bits:
            yield _Bucket(part.bucket or 0, part.sha256, partial(get_lines, store, part))
        else:
            yield from _cut(get_lines(store, part), table.key_schema, bits)


def _cut(lines: Sequence[bytes], key_schema: KeySchema, bits: int) -> Iterator[_Bucket]:
    def bucket(line: bytes) -> int:
        return crc32(item_key(item_of(line), key_schema)) >> CRC_BITS - bits

    for number, group in itertools.groupby(lines, key=bucket):
        found = list(group)
        yield _Bucket(number, sha256_hex(b"\n".join([*found, b""])), partial(list, found))


def _spooled(spool: Spool, bits: int) -> Iterator[_Bucket]:
    for number, bodies in spool.buckets(bits):
        yield _Bucket(number, sha256_hex(content_of(bodies)), partial(_lines, bodies))


def _lines(bodies: Sequence[bytes]) -> list[bytes]:
    return [line_of(body) for body in bodies]


def _aligned(old: Iterator[_Bucket], new: Iterator[_Bucket]) -> Iterator[_Pair]:
    """The buckets of both in order, those of one number side by side; those that are equal are left out."""
    before, after = next(old, None), next(new, None)
    while before is not None or after is not None:
        if after is None or (before is not None and before.number < after.number):
            yield before, None
            before = next(old, None)
        elif before is None or after.number < before.number:
            yield None, after
            after = next(new, None)
        else:
            if before.sha256 != after.sha256:
                yield before, after
            before, after = next(old, None), next(new, None)


def _changes(before: _Bucket | None, after: _Bucket | None, key_schema: KeySchema) -> Iterator[ItemChange]:
    old, new = (dict.fromkeys(bucket.lines() if bucket else ()) for bucket in (before, after))
    gone = _keyed((line for line in old if line not in new), key_schema)
    come = _keyed((line for line in new if line not in old), key_schema)
    for key in sorted(gone.keys() | come.keys(), key=lambda key: (crc32(key), key)):
        yield ItemChange(key.decode(*UTF_8), gone.get(key), come.get(key))


def _whole(store: Store, table: TableManifest, *, added: bool) -> Iterator[ItemChange]:
    for bucket in _buckets(store, table, table.part_bits):
        yield from _changes(None if added else bucket, bucket if added else None, table.key_schema)


def _keyed(lines: Iterable[bytes], key_schema: KeySchema) -> dict[bytes, Item]:
    return {item_key(item, key_schema): item for item in map(item_of, lines)}
