"""Tables in parts: a function of the state alone, whatever its size, in memory that does not grow with it."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.state.production_parts import SCHEMA, item
from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import TwinstageError
from twinstage.model.item import item_key
from twinstage.model.item_lines import canonical_line, line_of
from twinstage.state import table_spool
from twinstage.state.snapshot import get_items, get_lines
from twinstage.state.table_parts import BYTES_A_PART, ITEMS_A_PART, part_bits, write_table
from twinstage.state.table_spool import Spool

if TYPE_CHECKING:
    from twinstage.model.item import Item
    from twinstage.world.store import DirectoryStore

KEY = SCHEMA["KeySchema"]
ROOT = Path(__file__).parents[2]


def items(number: int, prefix: str = "plan") -> list[Item]:
    return [item(f"{prefix}-{i % 97}", str(i), name={"S": "x" * (i % 40)}) for i in range(number)]


def by_definition(found: list[Item], bits: int) -> dict[int, list[bytes]]:
    """The lines of each bucket, as the words of the manifest's description say it."""
    placed = sorted((zlib.crc32(item_key(each, KEY)), item_key(each, KEY), canonical_line(each)) for each in found)
    buckets: dict[int, list[bytes]] = {}
    for crc, _, line in placed:
        buckets.setdefault(crc >> 32 - bits, []).append(line)
    return buckets


@pytest.mark.parametrize(("number", "bits"), [(0, 0), (1, 0), (100, 0), (8192, 0), (8193, 1), (30_000, 2)])
def test_items_lie_by_the_crc_of_their_keys_some_thousands_a_part(
    store: DirectoryStore, number: int, bits: int
) -> None:
    found = items(number)
    parts = write_table(store, found, KEY)
    expected = by_definition(found, bits)
    assert (parts.items, parts.part_bits) == (number, bits)
    assert [(part.bucket, part.items) for part in parts.parts] == [(b, len(lines)) for b, lines in expected.items()]
    for part in parts.parts:
        lines = expected[part.bucket or 0]
        assert get_lines(store, part) == lines
        assert (part.sha256, part.size_bytes) == (
            sha256_hex(b"\n".join([*lines, b""])),
            sum(map(len, lines)) + len(lines),
        )
    assert write_table(store, reversed(found), KEY) == parts


@pytest.mark.parametrize(
    ("number", "size", "bits"),
    [
        (0, 0, 0),
        (ITEMS_A_PART, BYTES_A_PART, 0),
        (ITEMS_A_PART + 1, 0, 1),
        (1, BYTES_A_PART + 1, 1),
        (1_000_000, 300_000_000, 7),
        (10**9, 0, 17),
        (10**15, 0, 32),
    ],
)
def test_how_many_bits_follows_from_items_and_bytes_alone(number: int, size: int, bits: int) -> None:
    assert part_bits(number, size) == bits


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keys=st.sets(st.tuples(st.text(min_size=1, max_size=5), st.integers(-9, 99)), max_size=60),
    bits=st.integers(0, 14),
    gathered=st.sampled_from([1, 500, 4 << 20]),
    sorted_bytes=st.sampled_from([1, 200, 64 << 20]),
    order=st.randoms(use_true_random=False),
)
def test_what_is_written_to_disk_and_parted_again_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    keys: set[tuple[str, int]],
    bits: int,
    gathered: int,
    sorted_bytes: int,
    order: object,
) -> None:
    found = [item(pk, str(sk)) for pk, sk in keys]
    with monkeypatch.context() as patch:
        patch.setattr(table_spool, "GATHERED_BYTES", gathered)
        with Spool(KEY, sorted_bytes=sorted_bytes) as spool:
            spool.add(found)
            for each in (bits, 0):
                lines = {bucket: list(map(line_of, bodies)) for bucket, bodies in spool.buckets(each)}
                assert lines == by_definition(found, each)
            assert (spool.items, spool.size_bytes) == (len(found), sum(len(canonical_line(i)) + 1 for i in found))


def test_one_changed_item_changes_one_part(store: DirectoryStore) -> None:
    found = items(30_000)
    before = write_table(store, found, KEY)
    found[777] = {**found[777], "name": {"S": "changed"}}
    after = write_table(store, found, KEY)
    assert len(set(before.parts) - set(after.parts)) == len(set(after.parts) - set(before.parts)) == 1


def test_two_items_of_one_key_are_refused_with_the_key(store: DirectoryStore) -> None:
    with pytest.raises(TwinstageError, match=r'two items have the key \[\{"S":"plan-3"\},\{"N":"3"\}\]') as caught:
        write_table(store, [*items(100), item("plan-3", "3.0", other={"S": "x"})], KEY)
    assert caught.value.code == "SAME_KEY"
    assert list(store.list("")) == []


def test_keys_that_share_a_crc_lie_in_the_order_of_the_keys(store: DirectoryStore) -> None:
    seen: dict[int, str] = {}
    for number in itertools.count():
        # Names without a pattern: a CRC tells keys that differ in one short stretch always apart.
        name = sha256_hex(str(number).encode())[:16]
        if (other := seen.setdefault(zlib.crc32(item_key(item(name, "1"), KEY)), name)) != name:
            break
    for first, second in ((other, name), (name, other)):
        # The other way round where their lines alone were compared.
        found = [item(first, "1", a={"S": "z"}), item(second, "1", a={"S": "a"})]
        (part,) = write_table(store, found, KEY).parts
        assert get_lines(store, part) == by_definition(found, 0)[0]


def test_a_table_comes_back_item_by_item(store: DirectoryStore) -> None:
    found = items(9_000)
    parts = write_table(store, iter(found), KEY)
    back = [each for part in parts.parts for each in get_items(store, part)]
    assert sorted(back, key=lambda each: int(each["sk"]["N"])) == [dict(sorted(each.items())) for each in found]


MEASURED = """
import json, pathlib, sys
from twinstage.state.table_parts import write_table
from twinstage.world.store import DirectoryStore
KEY = json.loads(sys.argv[2])
def items(number):
    for i in range(number):
        yield {"pk": {"S": f"plan-{i % 997}"}, "sk": {"N": str(i)}, "name": {"S": "x" * 200}}
write_table(DirectoryStore(pathlib.Path(sys.argv[3])), items(int(sys.argv[1])), KEY)
status = pathlib.Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
"""


def peak_kib(number: int, folder: Path) -> int:
    """The most memory that a process of its own held while it wrote so many items, in their parts, to an empty store."""
    command = [sys.executable, "-c", MEASURED, str(number), json.dumps(KEY), str(folder)]
    done = subprocess.run(command, capture_output=True, check=True, env={"PYTHONPATH": str(ROOT / "lambdas")})
    return int(done.stdout)


def test_memory_does_not_grow_with_the_table(tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("this system has no /proc to tell how much memory a process held")
    small, large = peak_kib(30_000, tmp_path / "small"), peak_kib(300_000, tmp_path / "large")
    assert large < small * 1.25
