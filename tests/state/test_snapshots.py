"""Snapshots in a store: what was captured comes back, equal state has an equal digest, and nothing damaged is ever used."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.state.production_parts import CODE, zone_id
from tests.state.sample_snapshots import ITEMS, RECORDS, snapshot_of, source
from twinstage.model.errors import InputError
from twinstage.state.opening import open_snapshot
from twinstage.state.snapshot import (
    OBJECTS,
    SNAPSHOTS,
    get_bytes,
    get_items,
    get_manifest,
    get_record_sets,
    item_of,
    manifest_key,
    parts_of,
    put_lines,
)
from twinstage.state.snapshot_copy import copy_snapshot
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.manifest import Manifest
    from twinstage.state.capture import Production


def test_everything_that_was_captured_comes_back(store: DirectoryStore, snapshot: Manifest) -> None:
    found = get_manifest(store, snapshot.id)
    assert found == snapshot
    ex, other = found.zones
    assert (ex.id, ex.name, ex.private, ex.record_sets) == (zone_id("ex.test"), "ex.test.", False, 6)
    assert get_record_sets(store, ex.part) == list(source().zones.record_sets(ex.id))
    assert other.record_sets == 2
    empty, plans = found.tables
    assert (empty.items, empty.parts) == (0, ())
    assert plans.items == 3
    assert sorted(get_items(store, plans.parts[0]), key=str) == [
        {"code": {"B": "AAEC"}, "pk": {"S": "plan"}, "sk": {"N": "10"}},
        {"n": {"N": "1.5"}, "pk": {"S": "lock"}, "sk": {"N": "1"}},
        {"pk": {"S": "plan"}, "sk": {"N": "2"}, "tags": {"SS": ["a", "b"]}},
    ]
    (function,) = found.functions
    assert get_bytes(store, function.code) == CODE
    assert (function.runtime, function.environment) == ("python3.12", {"PLAN_TABLE": "plans"})
    assert open_snapshot(store, found.id, trust=None).manifest == found


def test_a_files_name_is_the_sha256_of_what_it_holds(store: DirectoryStore, snapshot: Manifest) -> None:
    """So `sha256sum` and `zcat` are enough to check a snapshot; a table's parts are what DynamoDB's ImportTable reads."""
    assert f"sha256:{hashlib.sha256(store.get(manifest_key(snapshot.id))).hexdigest()}" == snapshot.id
    part = snapshot.tables[1].parts[0]
    lines = gzip.decompress(store.get(OBJECTS + part.sha256))
    assert hashlib.sha256(lines).hexdigest() == part.sha256
    assert [list(json.loads(line)) for line in lines.splitlines()] == [["Item"]] * 3


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False))
def test_equal_state_has_an_equal_digest_in_whatever_order_it_is_read(tmp_path: Path, order: Any) -> None:
    records = [
        r | {"ResourceRecords": order.sample(r["ResourceRecords"], len(r["ResourceRecords"]))}
        if "ResourceRecords" in r
        else r
        for r in RECORDS
    ]
    zones = [("ex.test", order.sample(records, len(records))), ("other.test", [])]
    tables = [("plans", order.sample(ITEMS, len(ITEMS))), ("empty", [])]
    shuffled = source(zones=dict(order.sample(zones, 2)), tables=dict(order.sample(tables, 2)))
    store = DirectoryStore(tmp_path / "store")
    assert snapshot_of(shuffled, store, at="2027-02-02T02:02:02Z").digest == snapshot_of(source(), store).digest


@pytest.mark.parametrize(
    "other",
    [
        source(zones={"ex.test": RECORDS[1:], "other.test": []}),
        source(tables={"plans": ITEMS[1:], "empty": []}),
        source(functions={"enactor": CODE + b"."}),
        source(zones={"ex.test": RECORDS}),
    ],
)
def test_other_state_has_another_digest(store: DirectoryStore, snapshot: Manifest, other: Production) -> None:
    assert snapshot_of(other, store).digest != snapshot.digest


def test_equal_parts_are_stored_once(store: DirectoryStore, snapshot: Manifest) -> None:
    before = set(store.list(OBJECTS))
    snapshot_of(source(), store)
    assert set(store.list(OBJECTS)) == before == {OBJECTS + part.sha256 for part in parts_of(snapshot)}


def test_a_part_that_was_damaged_is_mended_by_the_next_capture(store: DirectoryStore, snapshot: Manifest) -> None:
    for part in parts_of(snapshot):
        store.put(OBJECTS + part.sha256, b"damaged")
    for each in (snapshot_of(source(), store), snapshot):
        assert open_snapshot(store, each.id, trust=None).manifest == each


def damaged(store: DirectoryStore, manifest: Manifest) -> list[str]:
    """The parts that verification names."""
    with pytest.raises(InputError) as caught:
        open_snapshot(store, manifest.id, trust=None)
    return [problem.file for problem in caught.value.problems]


@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize("where", [0, 4, 9, -1, 20])
def test_a_flipped_byte_is_refused_with_the_part_named(
    store: DirectoryStore, snapshot: Manifest, index: int, where: int
) -> None:
    part = parts_of(snapshot)[index]
    content = bytearray(store.get(OBJECTS + part.sha256))
    content[where] ^= 1
    store.put(OBJECTS + part.sha256, bytes(content))
    assert damaged(store, snapshot) == [OBJECTS + part.sha256]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 10_000), more=st.binary(min_size=1))
def test_items_that_were_cut_off_anywhere_or_added_to_are_refused(tmp_path: Path, cut: int, more: bytes) -> None:
    store = DirectoryStore(tmp_path / "store")
    part = put_lines(store, b'{"Item":{"pk":{"S":"a"}}}\n{"Item":{"pk":{"S":"b"}}}\n', items=2, bucket=0)
    whole = store.get(OBJECTS + part.sha256)
    for other in (whole[: cut % len(whole)], whole + more, whole + bytes(8), whole + whole):
        store.put(OBJECTS + part.sha256, other)
        with pytest.raises(InputError, match=part.sha256):
            get_bytes(store, part)
    store.put(OBJECTS + part.sha256, whole)


def test_parts_that_changed_places_are_both_named(store: DirectoryStore, snapshot: Manifest) -> None:
    a, b = (OBJECTS + zone.part.sha256 for zone in snapshot.zones)
    content = store.get(a), store.get(b)
    store.put(b, content[0])
    store.put(a, content[1])
    assert sorted(damaged(store, snapshot)) == sorted([a, b])


def test_parts_that_are_not_there_are_all_named(store: DirectoryStore, snapshot: Manifest) -> None:
    gone = [OBJECTS + part.sha256 for part in parts_of(snapshot)[1:3]]
    for key in gone:
        store.delete(key)
    assert damaged(store, snapshot) == sorted(gone)


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda d: d["content"]["zones"][0].update(private=True), "/digest"),
        (lambda d: d["content"]["functions"][0]["configuration"]["Environment"].update(X="1"), "/digest"),
        (lambda d: d["content"]["zones"].append(d["content"]["zones"][0]), "/content/zones/2/id"),
        (lambda d: d["content"].pop("tables"), "/content"),
        (lambda d: d.update(digest="sha256:" + "0" * 64), "/digest"),
        (lambda d: d.update(tool="another"), ""),
        (lambda d: d.update(parent="sha256:" + "0" * 64), ""),
        (lambda d: d["captured"].update(at="2020-01-01T00:00:00Z"), ""),
    ],
)
def test_an_edited_manifest_is_refused(store: DirectoryStore, snapshot: Manifest, edit: Any, place: str) -> None:
    key = manifest_key(snapshot.id)
    document = json.loads(store.get(key))
    edit(document)
    store.put(key, json.dumps(document, sort_keys=True, separators=(",", ":")).encode())
    with pytest.raises(InputError) as caught:
        get_manifest(store, snapshot.id)
    assert {(problem.file, problem.pointer) for problem in caught.value.problems} >= {(key, place)}


def test_a_manifest_that_says_the_same_in_other_bytes_is_refused(store: DirectoryStore, snapshot: Manifest) -> None:
    key = manifest_key(snapshot.id)
    store.put(key, store.get(key) + b"\n")
    with pytest.raises(InputError, match="the manifest was changed after it was captured"):
        get_manifest(store, snapshot.id)


def test_a_manifest_that_is_not_json_is_refused_with_its_line(store: DirectoryStore, snapshot: Manifest) -> None:
    store.put(manifest_key(snapshot.id), b'{\n"schema": ,}')
    with pytest.raises(InputError) as caught:
        get_manifest(store, snapshot.id)
    assert caught.value.problems[0].line == 2


def test_a_snapshot_that_is_not_there_is_told_with_those_that_are(store: DirectoryStore, snapshot: Manifest) -> None:
    with pytest.raises(InputError, match=f"there are: {snapshot.id}"):
        get_manifest(store, "sha256:" + "0" * 64)


def test_a_snapshot_is_never_written_again(store: DirectoryStore, snapshot: Manifest) -> None:
    again = snapshot_of(source(), store)
    assert again.id != snapshot.id
    assert again.digest == snapshot.digest
    assert len(list(store.list(SNAPSHOTS))) == 2


def test_a_copy_in_another_store_is_whole(store: DirectoryStore, snapshot: Manifest, tmp_path: Path) -> None:
    target = DirectoryStore(tmp_path / "target")
    target.put(OBJECTS + snapshot.zones[0].part.sha256, b"damaged")
    copy_snapshot(store, target, snapshot)
    assert open_snapshot(target, snapshot.id, trust=None).manifest == snapshot
    assert sorted(target.list("")) == sorted(store.list(""))


def test_a_lone_surrogate_is_read_back_from_a_part() -> None:
    assert item_of(b'{"Item":{"pk":{"S":"\xed\xa0\x80"}}}') == {"pk": {"S": "\ud800"}}
