"""Snapshots of a store form a history: parents, references by id and by state, and damaged ones that stop nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.state.sample_snapshots import ITEMS, RECORDS, snapshot_of, source
from twinstage.model.errors import InputError
from twinstage.state.history import chained, commit, entries, resolve
from twinstage.state.snapshot import get_manifest, manifest_key

if TYPE_CHECKING:
    from twinstage.world.store import DirectoryStore


def day(number: int) -> str:
    return f"2026-01-{number:02d}T00:00:00Z"


def test_the_parent_of_a_capture_is_the_newest_one_of_the_same_selection(store: DirectoryStore) -> None:
    first = snapshot_of(source(), store, at=day(1))
    other = snapshot_of(source(tables={"plans": ITEMS}), store, at=day(2))
    second = snapshot_of(source(zones={"ex.test": RECORDS[1:], "other.test": []}), store, at=day(3))
    third = snapshot_of(source(), store, at=day(4))
    assert [snapshot.parent for snapshot in (first, other, second, third)] == [None, None, first.id, second.id]
    assert third.digest == first.digest


def test_a_manifest_that_was_damaged_is_mended_by_whoever_captures_the_same_again(store: DirectoryStore) -> None:
    first = snapshot_of(source(), store, at=day(1))
    store.put(manifest_key(first.id), b"{")
    assert snapshot_of(source(), store, at=day(1)).id == first.id
    assert get_manifest(store, first.id) == first


def test_captures_of_one_second_still_form_a_line(store: DirectoryStore) -> None:
    line = [snapshot_of(source(), store, at=day(1)) for _ in range(4)]
    assert [snapshot.parent for snapshot in line] == [None, *(snapshot.id for snapshot in line[:-1])]
    assert [entry.id for entry in chained(list(entries(store)))] == [snapshot.id for snapshot in line]


def test_another_account_or_region_has_a_history_of_its_own(store: DirectoryStore) -> None:
    snapshot_of(source(), store, at=day(1))
    assert snapshot_of(source(), store, at=day(2), account="222222222222").parent is None
    assert snapshot_of(source(), store, at=day(2), region="eu-west-1").parent is None


def test_what_a_run_ended_with_descends_from_its_snapshot_and_is_no_parent_of_captures(store: DirectoryStore) -> None:
    first = snapshot_of(source(), store, at=day(1))
    ended = snapshot_of(source(), store, at=day(2), derived="rehearsal r1 baseline", parent=first.id)
    assert ended.parent == first.id
    assert snapshot_of(source(), store, at=day(3)).parent == first.id
    assert snapshot_of(source(), store, at=day(4), derived="replay").parent is None


def test_a_damaged_manifest_is_listed_and_keeps_nobody_from_capturing(store: DirectoryStore) -> None:
    first = snapshot_of(source(), store, at=day(1))
    second = snapshot_of(source(), store, at=day(2))
    store.put(manifest_key(second.id), b"{")
    third = snapshot_of(source(), store, at=day(3))
    assert third.parent == first.id
    found = chained(list(entries(store)))
    assert [entry.id for entry in found] == [first.id, third.id, second.id]
    assert [problem.file for problem in found[-1].problems] == [manifest_key(second.id)]


def test_a_capture_made_while_the_clock_was_wrong_comes_after_its_parent(store: DirectoryStore) -> None:
    late = snapshot_of(source(), store, at=day(9))
    early = commit(store, replace(late, captured={**late.captured, "at": day(1)}, parent=late.id))
    assert [entry.id for entry in chained(list(entries(store)))] == [late.id, early.id]


def test_a_state_means_its_newest_snapshot(store: DirectoryStore) -> None:
    first = snapshot_of(source(), store, at=day(1))
    other = snapshot_of(source(zones={"ex.test": [], "other.test": []}), store, at=day(2))
    third = snapshot_of(source(), store, at=day(3))
    assert resolve(store, first.digest) == third.id
    assert resolve(store, first.digest[:20]) == third.id
    assert resolve(store, first.id[:20]) == first.id
    assert resolve(store, other.digest) == other.id
    assert get_manifest(store, resolve(store, other.id.removeprefix("sha256:"))) == other


@pytest.mark.parametrize("reference", ["", "sha256:", "sha256:zz", "nothing", "../snapshots"])
def test_a_reference_that_means_nothing_is_refused(store: DirectoryStore, reference: str) -> None:
    snapshot_of(source(), store)
    with pytest.raises(InputError, match="no snapshot begins with"):
        resolve(store, reference)


def test_a_beginning_of_several_is_refused(store: DirectoryStore) -> None:
    ids = [snapshot_of(source(), store, at=f"2026-01-01T00:00:{second:02d}Z").id for second in range(20)]
    first_digits = [id_.removeprefix("sha256:")[0] for id_ in ids]
    shared = next(digit for digit in first_digits if first_digits.count(digit) > 1)
    with pytest.raises(InputError, match=rf"\d+ ids begin with '{shared}'"):
        resolve(store, shared)


def test_the_latest_is_the_capture_that_was_made_last_whatever_it_is_of(store: DirectoryStore) -> None:
    with pytest.raises(InputError, match="there is no snapshot"):
        resolve(store, "latest")
    snapshot_of(source(), store, at=day(1))
    last = snapshot_of(source(tables={"plans": ITEMS}), store, at=day(2))
    snapshot_of(source(), store, at=day(3), derived="rehearsal r1 baseline", parent=last.id)

    assert resolve(store, "latest") == last.id
