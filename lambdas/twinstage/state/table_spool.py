"""Any number of items, in the order of a snapshot's parts, in memory that does not grow with them.

An item's place is given by the CRC-32 of its key, then by the key. Items come in any order; they are kept in 256 buckets by the first bits of that CRC and
written to one temporary file whenever some megabytes have gathered. Read back, a bucket is small enough to be sorted in memory, or is parted once more.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from io import SEEK_END
from operator import add
from typing import TYPE_CHECKING
from zlib import crc32

from twinstage.model.errors import TwinstageError
from twinstage.model.item import item_key
from twinstage.model.item_lines import LINE_HEAD, LINE_TAIL, keyed_bodies, line_of
from twinstage.state.snapshot import item_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from twinstage.model.item import Item

CRC_BITS = 32
_BITS = 8
_BUCKETS = 1 << _BITS
_HEX = CRC_BITS // 4
_AROUND = len(LINE_HEAD) + len(LINE_TAIL) + len(b"\n")
# What is gathered before it is written, what is worked on at once, and what is sorted in memory.
GATHERED_BYTES, BATCH_BYTES, SORTED_BYTES = 4 << 20, 1 << 16, 64 << 20
LARGEST_BATCH = 1024


class Spool:
    """Items of one table in the order of their places. A context manager: what it wrote is gone when it ends.

    `depth` bits of the CRC are the same for all its items. `sorted_bytes` is the size up to which a bucket is sorted in memory.
    """

    def __init__(
        self, key_schema: Sequence[Mapping[str, str]], *, depth: int = 0, sorted_bytes: int = SORTED_BYTES
    ) -> None:
        self.items = self.size_bytes = 0
        self._key_schema = key_schema
        self._depth, self._sorted_bytes = depth, sorted_bytes
        self._gathered: list[list[bytes]] = [[] for _ in range(_BUCKETS)]
        self._waiting = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed by __exit__
        # Where each bucket begins in each stretch that was written, and where the stretch ends: 257 offsets a stretch.
        self._offsets = array("Q")

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the temporary file back."""
        self._file.close()

    def add(self, items: Iterable[Item]) -> Spool:
        """Take items in JSON form, in any order. `size_bytes` counts their lines as the parts will hold them."""
        iterator, batch = iter(items), 16
        shift, gathered = CRC_BITS - _BITS - self._depth, self._gathered
        while chunk := list(itertools.islice(iterator, batch)):
            keys, bodies = keyed_bodies(chunk, self._key_schema)
            crcs = array("I", map(crc32, keys))
            # Text that sorts as the CRCs do. The few keys that share one are looked at when they are read back.
            for crc, record in zip(crcs, map(add, _hexadecimal(crcs), bodies), strict=True):
                gathered[crc >> shift].append(record)
            size = sum(map(len, bodies)) + len(bodies) * _AROUND
            self.items += len(chunk)
            self.size_bytes += size
            self._gather(size)
            batch = max(1, min(LARGEST_BATCH, BATCH_BYTES * len(chunk) // size))
        return self

    def buckets(self, bits: int) -> Iterator[tuple[int, list[bytes]]]:
        """The bodies of the lines of each bucket that has any, `bits` of the CRC to a bucket, buckets and lines in order.

        Raises TwinstageError where two items have the same key.
        """
        step = 1 << max(0, _BITS - (bits - self._depth))
        for first in range(0, _BUCKETS, step):
            size = sum(self._size(bucket) for bucket in range(first, first + step))
            if step == 1 and size > self._sorted_bytes and self._depth + _BITS < CRC_BITS:
                yield from self._parted(first, bits)
            elif size:
                records: list[bytes] = []
                for bucket in range(first, first + step):
                    records += self._records(bucket)
                yield from self._by_bucket(records, bits)

    def _gather(self, size: int) -> None:
        self._waiting += size
        if self._waiting >= GATHERED_BYTES:
            self._write()

    def _write(self) -> None:
        """Append what has gathered, bucket after bucket."""
        begin = self._file.seek(0, SEEK_END)
        buckets = [_ended(records) for records in self._gathered]
        self._offsets.extend(itertools.accumulate(map(len, buckets), initial=begin))
        self._file.write(b"".join(buckets))
        for records in self._gathered:
            records.clear()
        self._waiting = 0

    def _stretches(self, bucket: int) -> Iterator[tuple[int, int]]:
        for at in range(bucket, len(self._offsets), _BUCKETS + 1):
            yield self._offsets[at], self._offsets[at + 1]

    def _size(self, bucket: int) -> int:
        written = sum(end - begin for begin, end in self._stretches(bucket))
        gathered = self._gathered[bucket]
        return written + sum(map(len, gathered)) + len(gathered)

    def _records(self, bucket: int) -> list[bytes]:
        """What a bucket holds, in the order in which it came, without line breaks."""
        return b"".join(self._pieces(bucket)).split(b"\n")[:-1]

    def _pieces(self, bucket: int) -> Iterator[bytes]:
        for begin, end in self._stretches(bucket):
            self._file.seek(begin)
            yield self._file.read(end - begin)
        yield _ended(self._gathered[bucket])

    def _parted(self, bucket: int, bits: int) -> Iterator[tuple[int, list[bytes]]]:
        """A bucket that is too large to be sorted, by the next bits."""
        with Spool(self._key_schema, depth=self._depth + _BITS, sorted_bytes=self._sorted_bytes) as spool:
            spool._take(record for piece in self._pieces(bucket) for record in piece.split(b"\n")[:-1])
            yield from spool.buckets(bits)

    def _take(self, records: Iterable[bytes]) -> None:
        shift = CRC_BITS - _BITS - self._depth
        for record in records:
            self._gathered[int(record[:_HEX], 16) >> shift & (_BUCKETS - 1)].append(record)
            self._gather(len(record))

    def _by_bucket(self, records: list[bytes], bits: int) -> Iterator[tuple[int, list[bytes]]]:
        records.sort()
        crcs = [record[:_HEX] for record in records]
        if len(set(crcs)) != len(crcs):
            self._by_key(records, crcs)
        beyond = CRC_BITS - bits
        if int(crcs[0], 16) >> beyond == int(crcs[-1], 16) >> beyond:
            yield int(crcs[0], 16) >> beyond, [record[_HEX:] for record in records]
            return
        for bucket, group in itertools.groupby(records, key=lambda record: int(record[:_HEX], 16) >> beyond):
            yield bucket, [record[_HEX:] for record in group]

    def _by_key(self, records: list[bytes], crcs: list[bytes]) -> None:
        """Put records that are in the order of their CRCs, and share one, in the order of their keys. Raises SAME_KEY."""
        for shared in (crc for crc, count in Counter(crcs).items() if count > 1):
            first, end = bisect_left(crcs, shared), bisect_right(crcs, shared)
            keyed = sorted((self._key(record), record) for record in records[first:end])
            for (key, _), (after, _) in itertools.pairwise(keyed):
                if key == after:
                    raise _twice(key)
            records[first:end] = [record for _, record in keyed]

    def _key(self, record: bytes) -> bytes:
        return item_key(item_of(line_of(record[_HEX:])), self._key_schema)


def _hexadecimal(crcs: array[int]) -> list[bytes]:
    """Eight digits each, the first of them the highest."""
    if sys.byteorder == "little":
        crcs = array("I", crcs)
        crcs.byteswap()
    return crcs.tobytes().hex("\n", crcs.itemsize).encode().split(b"\n")


def _ended(records: Sequence[bytes]) -> bytes:
    """Records, each with its line break."""
    return b"\n".join([*records, b""])


def _twice(key: bytes) -> TwinstageError:
    message = f"two items have the key {key.decode(errors='replace')}"
    return TwinstageError("SAME_KEY", message, hint="a table holds one item of a key")
