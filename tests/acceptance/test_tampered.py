"""One flipped bit, a swapped part, an edited manifest: refused before the first write, with the part named."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.road import imported, memory_account, travel
from tests.acceptance.test_item_edges import dumped as dumped_table
from tests.acceptance.test_zone_edges import EDGES
from tests.acceptance.test_zone_edges import dumped as dumped_zone
from twinstage.model.errors import InputError
from twinstage.state.snapshot import get_bytes, get_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.model.manifest import Manifest
    from twinstage.world.store import DirectoryStore


@pytest.fixture
def manifest(store: DirectoryStore, tmp_path: Path) -> Manifest:
    items = [{"pk": {"S": f"p{i % 3}"}, "sk": {"N": str(i)}, "v": {"S": "again and again " * 3}} for i in range(40)]
    return imported(
        store,
        zones=dumped_zone(tmp_path / "zones", EDGES["failover with a health check"]),
        tables=dumped_table(tmp_path / "tables", items),
    )


def file_of(store: DirectoryStore, sha256: str) -> Path:
    return store.root / "objects" / sha256


@pytest.mark.parametrize("kind", ["zone", "table"])
def test_every_single_bit_of_a_part_counts(store: DirectoryStore, manifest: Manifest, kind: str) -> None:
    """Also those that gzip does not look at: of its header, and behind the last code of deflate."""
    part = manifest.zones[0].part if kind == "zone" else manifest.tables[0].parts[0]
    file = file_of(store, part.sha256)
    whole = file.read_bytes()
    for place in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        file.write_bytes(changed)
        with pytest.raises(InputError) as caught:
            get_bytes(store, part)
        assert caught.value.problems[0].file.endswith(part.sha256)


def test_items_are_read_by_whatever_reads_gzip(store: DirectoryStore, manifest: Manifest) -> None:
    part = manifest.tables[0].parts[0]

    lines = gzip.decompress(file_of(store, part.sha256).read_bytes()).splitlines()

    assert len(lines) == 40
    assert all(list(json.loads(line)) == ["Item"] for line in lines)


@pytest.mark.parametrize("kind", ["zone", "table"])
def test_a_twin_is_not_touched_by_a_damaged_snapshot(store: DirectoryStore, manifest: Manifest, kind: str) -> None:
    part = manifest.zones[0].part if kind == "zone" else manifest.tables[0].parts[0]
    file_of(store, part.sha256).write_bytes(b"something else")

    with memory_account() as account:
        with pytest.raises(InputError, match=part.sha256):
            travel(account, manifest, store, "r1")
        assert account.route53.list_hosted_zones()["HostedZones"] == []
        assert account.dynamodb.list_tables()["TableNames"] == []


def test_every_edit_of_a_manifest_is_refused(store: DirectoryStore, manifest: Manifest) -> None:
    file = store.root / "snapshots" / f"{manifest.id.removeprefix('sha256:')}.json"
    whole = json.loads(file.read_bytes())
    edited = 0
    for edit in _edits(whole):
        file.write_text(json.dumps(edit, sort_keys=True, separators=(",", ":")), "utf-8")
        with pytest.raises(InputError) as caught:
            get_manifest(store, manifest.id)
        assert file.name in caught.value.problems[0].file
        edited += 1
    assert edited > 30


def _edits(value: Any) -> Iterator[Any]:
    """The document with one leaf changed, for each of its leaves."""
    if isinstance(value, dict):
        yield from (value | {name: changed} for name, member in value.items() for changed in _edits(member))
    elif isinstance(value, list):
        yield from ([*value[:at], changed, *value[at + 1 :]] for at, one in enumerate(value) for changed in _edits(one))
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    else:
        yield f"{value}0"
