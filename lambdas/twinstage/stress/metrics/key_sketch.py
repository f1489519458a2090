"""Which of any number of keys are heavy, from a bounded room that merges exactly: a linear sketch.

Each key falls, by its hash, into one cell of each of ROWS rows. A cell adds up how many requests its keys had, and for each bit of a key's code how many of these requests
had it set: so the code of a key that has more than half of the requests of its cell can be read off, bit by bit (combinatorial group testing: Cormode and Muthukrishnan,
What's Hot and What's Not, ACM TODS 30(1), 2005, section 4). All of it is sums: of two sketches they add up to that of all requests, whatever the split and the order, which is not
so for counters that are handed from key to key (space-saving).

A key with more than about 3 % of the requests is found; that one is missed needs heavier keys in its cell in every row. Its count is told as a bound: at most that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROWS: Final = 2
COLUMNS: Final = 128
# A code: the first bytes of the key's name, and its hash.
_NAME: Final = 40
_HASH: Final = 8
_BITS: Final = 8 * (_NAME + _HASH)
# A cell's sums of all bits are one whole number, a lane of 40 bits each: up to 10^12 requests.
_LANE: Final = 5
_LANES: Final = tuple(b"".join(bytes([0, 0, 0, 0, byte >> bit & 1]) for bit in range(7, -1, -1)) for byte in range(256))


class Cell(NamedTuple):
    """Requests, half units of capacity, and the sums of the bits of their keys' codes, the first bit in the highest lane."""

    requests: int
    half_units: int
    bits: int


class Found(NamedTuple):
    """A key read off: its name (its beginning and hash, where it is long), and what its requests and half units are at most."""

    key: str
    requests: int
    half_units: int


@dataclass(frozen=True)
class KeySketch:
    """`cells`: by row * COLUMNS + column, those that hold something, ascending."""

    cells: Mapping[int, Cell] = field(default_factory=dict)

    def with_counts(self, counts: Mapping[str, tuple[int, int]]) -> KeySketch:
        """And so many (requests, half units) of each key."""
        cells = dict(self.cells)
        for key, (count, half_units) in counts.items():
            code = _code(key)
            bits = int.from_bytes(b"".join([_LANES[byte] for byte in code])) * count
            for place in _places(code):
                _add(cells, place, Cell(count, half_units, bits))
        return KeySketch(dict(sorted(cells.items())))

    def merged(self, other: KeySketch) -> KeySketch:
        """Both."""
        cells = dict(self.cells)
        for place, cell in other.cells.items():
            _add(cells, place, cell)
        return KeySketch(dict(sorted(cells.items())))

    def found(self) -> tuple[Found, ...]:
        """The keys that can be read off, the heaviest first; of equal ones by name."""
        bounds: dict[bytes, Found] = {}
        for place, cell in self.cells.items():
            code, count = _majority(cell)
            name = _name(code)
            if name is None or place not in _places(code):
                continue
            known = bounds.get(code)
            units = min(self.cells[each].half_units for each in _places(code))
            bounds[code] = Found(name, count if known is None else min(count, known.requests), units)
        return tuple(sorted(bounds.values(), key=lambda each: (-each.requests, each.key)))


def _add(cells: dict[int, Cell], place: int, more: Cell) -> None:
    cell = cells.get(place)
    if cell is not None:
        more = Cell(cell.requests + more.requests, cell.half_units + more.half_units, cell.bits + more.bits)
    cells[place] = more


def _majority(cell: Cell) -> tuple[bytes, int]:
    """The code in which each bit is as in more than half of the requests, and how many requests a key of that code has at most."""
    lanes = cell.bits.to_bytes(_BITS * _LANE)
    code, most = 0, cell.requests
    for begin in range(0, len(lanes), _LANE):
        ones = int.from_bytes(lanes[begin : begin + _LANE])
        is_set = 2 * ones > cell.requests
        code = code << 1 | is_set
        most = min(most, ones if is_set else cell.requests - ones)
    return code.to_bytes(_NAME + _HASH), most


def _code(key: str) -> bytes:
    name = key.encode("utf-8", "surrogatepass")
    return name[:_NAME].ljust(_NAME, b"\0") + _hash(name)


def _hash(name: bytes) -> bytes:
    return blake2b(name, digest_size=_HASH).digest()


def _places(code: bytes) -> Iterator[int]:
    # Two bytes of the hash a row.
    for row in range(ROWS):
        begin = _NAME + 2 * row
        yield row * COLUMNS + int.from_bytes(code[begin : begin + 2]) % COLUMNS


def _name(code: bytes) -> str | None:
    """The name of a code; None where it is that of no key, but of several mixed up."""
    name, digest = code[:_NAME], code[_NAME:]
    whole = name.rstrip(b"\0")
    if _hash(whole) == digest:
        return whole.decode("utf-8", "surrogatepass")
    return None if len(whole) < _NAME else f"{name.decode('utf-8', 'replace')}…{digest.hex()}"
