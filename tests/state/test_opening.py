"""The door to a snapshot: everything that is wrong is told at once, by name, before anything is made of it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.sample_snapshots import snapshot_of, source
from twinstage.model.errors import InputError
from twinstage.model.manifest import new_manifest
from twinstage.state.history import commit
from twinstage.state.opening import Trust, open_snapshot
from twinstage.state.signature import Standing, sign
from twinstage.state.snapshot import OBJECTS, envelope_key, manifest_key, parts_of
from twinstage.world.signers import PUBLIC, TRUSTED, LocalKey, TrustedKeys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twinstage.model.manifest import Manifest
    from twinstage.world.store import DirectoryStore


@pytest.fixture
def snapshot(store: DirectoryStore, own: LocalKey) -> Manifest:
    return snapshot_of(source(), store, signer=own)


def refused(store: DirectoryStore, snapshot: Manifest, trust: Trust | None) -> list[str]:
    with pytest.raises(InputError) as caught:
        open_snapshot(store, snapshot.id, trust)
    return [problem.file for problem in caught.value.problems]


def trusting(key: LocalKey, *, unsigned: bool = False) -> Trust:
    return Trust(TrustedKeys(key.home), unsigned)


def edit_envelope(store: DirectoryStore, snapshot: Manifest, edit: Callable[[dict[str, Any]], Any]) -> None:
    envelope = json.loads(store.get(envelope_key(snapshot.id)))
    edit(envelope)
    store.put(envelope_key(snapshot.id), json.dumps(envelope).encode())


def test_a_manifest_in_other_bytes_does_not_borrow_the_signature_of_the_one_that_says_the_same(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey
) -> None:
    other = store.get(manifest_key(snapshot.id)) + b"\n"
    name = f"sha256:{hashlib.sha256(other).hexdigest()}"
    store.put(manifest_key(name), other)
    with pytest.raises(InputError, match=f"it says what {snapshot.id} says") as caught:
        open_snapshot(store, name, trusting(own))
    assert caught.value.problems[0].hint


def test_a_part_that_holds_another_number_of_items_than_its_manifest_says_is_refused(store: DirectoryStore) -> None:
    """Such a manifest is whole in itself, and a worker that counts the items of its part would never be done."""
    manifest = snapshot_of(source(), store)
    table = max(manifest.tables, key=lambda found: found.items)
    parts = [replace(part, items=(part.items or 0) + 1) for part in table.parts]
    forged = replace(table, parts=tuple(parts), items=sum(part.items or 0 for part in parts))
    bad = commit(store, new_manifest(manifest.captured, manifest.tool, manifest.zones, [forged], manifest.functions))
    assert sorted(refused(store, bad, None)) == sorted(OBJECTS + part.sha256 for part in parts)


@pytest.mark.parametrize("key", [manifest_key, envelope_key])
def test_a_document_that_is_nested_without_end_is_refused(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey, key: Callable[[str], str]
) -> None:
    store.put(key(snapshot.id), b"[" * 100_000)
    assert refused(store, snapshot, trusting(own)) == [key(snapshot.id)]


def test_a_whole_snapshot_signed_by_the_own_key_is_opened(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey
) -> None:
    done = open_snapshot(store, snapshot.id, trusting(own))
    assert done.manifest == snapshot
    assert done.signature is not None
    assert (done.signature.standing, done.signature.keys) == (Standing.TRUSTED, (own.key_id,))


def test_everything_wrong_is_told_at_once(store: DirectoryStore, snapshot: Manifest, own: LocalKey) -> None:
    zone, other, plans, code = (OBJECTS + part.sha256 for part in parts_of(snapshot))
    store.delete(zone)
    store.put(plans, store.get(plans)[:-3])
    whole = bytearray(store.get(code))
    whole[5] ^= 1
    store.put(code, bytes(whole))
    store.delete(envelope_key(snapshot.id))
    assert refused(store, snapshot, trusting(own)) == sorted([zone, plans, code, envelope_key(snapshot.id)])
    assert other not in refused(store, snapshot, None)


def test_a_signature_that_is_missing_is_refused_unless_unsigned_ones_are_taken(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey
) -> None:
    store.delete(envelope_key(snapshot.id))
    assert refused(store, snapshot, trusting(own)) == [envelope_key(snapshot.id)]
    done = open_snapshot(store, snapshot.id, trusting(own, unsigned=True))
    assert done.signature is not None
    assert done.signature.standing is Standing.UNSIGNED


def test_a_key_that_is_not_trusted_is_refused_until_it_is(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey, tmp_path: Path
) -> None:
    somebody = LocalKey(tmp_path / "somebody")
    with pytest.raises(InputError, match=f"signed by a key that is not trusted: {own.key_id}"):
        open_snapshot(store, snapshot.id, trusting(somebody))
    assert open_snapshot(store, snapshot.id, trusting(somebody, unsigned=True)).manifest == snapshot
    (somebody.home / TRUSTED).mkdir(parents=True)
    (somebody.home / TRUSTED / "own.pem").write_bytes((own.home / PUBLIC).read_bytes())
    assert open_snapshot(store, snapshot.id, trusting(somebody)).manifest == snapshot


def test_a_second_key_may_sign_what_the_first_has_signed(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey, tmp_path: Path
) -> None:
    second = LocalKey(tmp_path / "second")
    sign(store, snapshot, second)
    assert open_snapshot(store, snapshot.id, trusting(own)).signature.keys == (own.key_id,)  # type: ignore[union-attr]  # it was asked for
    assert open_snapshot(store, snapshot.id, trusting(second)).manifest == snapshot


FORGERIES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another signature": lambda e: e["signatures"][0].update(sig=base64.b64encode(bytes(64)).decode()),
    "no base64": lambda e: e["signatures"][0].update(sig="?"),
    "another payload": lambda e: e.update(payload=base64.b64encode(b"{}").decode()),
    "another type": lambda e: e.update(payloadType="application/json"),
    "no payload": lambda e: e.pop("payload"),
    "no list of signatures": lambda e: e.update(signatures={"keyid": "x"}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_wrong_signature_is_refused_even_where_unsigned_snapshots_are_taken(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey, forgery: str
) -> None:
    edit_envelope(store, snapshot, FORGERIES[forgery])
    for unsigned in (False, True):
        assert refused(store, snapshot, trusting(own, unsigned=unsigned)) == [envelope_key(snapshot.id)]


def test_an_envelope_without_signatures_signs_nothing(store: DirectoryStore, snapshot: Manifest, own: LocalKey) -> None:
    edit_envelope(store, snapshot, lambda e: e["signatures"].clear())
    with pytest.raises(InputError, match="the snapshot is not signed"):
        open_snapshot(store, snapshot.id, trusting(own))


def test_the_signature_of_one_snapshot_does_not_serve_another(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey
) -> None:
    later = snapshot_of(source(), store, at="2027-01-01T00:00:00Z")
    store.put(envelope_key(later.id), store.get(envelope_key(snapshot.id)))
    assert refused(store, later, trusting(own)) == [envelope_key(later.id)]


def test_a_forger_who_makes_everything_fit_but_the_key_is_refused(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey, tmp_path: Path
) -> None:
    """Parts, digests, id and signature all agree: only the key is another."""
    forged = snapshot_of(source(tables={"plans": [], "empty": []}), store, signer=LocalKey(tmp_path / "forger"))
    with pytest.raises(InputError, match="signed by a key that is not trusted"):
        open_snapshot(store, forged.id, trusting(own))


def test_a_manifest_under_another_ones_name_is_refused(
    store: DirectoryStore, snapshot: Manifest, own: LocalKey
) -> None:
    other = snapshot_of(source(tables={"plans": [], "empty": []}), store, signer=own)
    store.put(manifest_key(snapshot.id), store.get(manifest_key(other.id)))
    store.put(envelope_key(snapshot.id), store.get(envelope_key(other.id)))
    assert refused(store, snapshot, trusting(own, unsigned=True)) == [manifest_key(snapshot.id)]
