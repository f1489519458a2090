"""One contract for every evidence store: a directory, a bucket, a part of either."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.errors import AwsError, TwinstageError
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.jsons import get_json, get_lines, put_json, put_lines
from twinstage.world.store import DirectoryStore, PrefixStore, Store

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["directory", "bucket", "part of a directory", "part of a bucket"]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if "directory" in request.param:
        whole: Store = DirectoryStore(tmp_path / "store")
    else:
        aws: Any = request.getfixturevalue("aws")
        bucket = aws.name("bucket")
        aws.client("s3").create_bucket(Bucket=bucket)
        whole = S3Store(aws.client("s3"), bucket)
    if "part" not in request.param:
        return whole
    whole.put("runs/other/a", b"another run's")
    whole.put("runs/r10/a", b"a run whose name begins alike")
    return PrefixStore(whole, "runs/r1")


def test_what_was_put_comes_back(store: Store) -> None:
    store.put("a/b/c.json", b"\x00 bytes")
    store.put("empty", b"")
    assert (store.get("a/b/c.json"), store.get("empty")) == (b"\x00 bytes", b"")


def test_a_second_put_replaces_the_first(store: Store) -> None:
    store.put("a", b"1")
    store.put("a", b"2")
    assert store.get("a") == b"2"
    assert list(store.list("")) == ["a"]


def test_what_is_put_as_new_takes_no_key_that_is_taken(store: Store) -> None:
    assert store.put_new("a/first", b"1")
    assert not store.put_new("a/first", b"2")
    store.put("b", b"there")
    assert not store.put_new("b", b"late")
    assert (store.get("a/first"), store.get("b")) == (b"1", b"there")
    assert list(store.list("")) == ["a/first", "b"]


def test_putting_the_same_as_new_again_is_no_loss(store: Store) -> None:
    assert [store.put_new("a", b"1") for _ in range(3)] == [True, True, True]


def test_of_all_who_put_one_key_as_new_at_once_one_wins(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: store.put_new("slot", b"%d" % n), range(8)))
    assert won.count(True) == 1
    assert store.get("slot") == b"%d" % won.index(True)


def test_a_key_that_was_not_put_is_missing(store: Store) -> None:
    store.put("a/b", b"")
    for key in ("gone", "a", "a/b/c", "a/bb"):
        assert not store.exists(key)
        with pytest.raises(TwinstageError) as caught:
            store.get(key)
        assert caught.value.code == "NO_SUCH_KEY"
    assert store.exists("a/b")


def test_keys_are_listed_by_any_beginning_in_byte_order(store: Store) -> None:
    keys = ["a/10", "a/2", "a/B", "a/b/deep/er", "ab", "a0", "b/é", "b/z", "b/\U0001f600"]
    for key in reversed(keys):
        store.put(key, b"")
    assert list(store.list("")) == sorted(keys, key=str.encode)
    assert list(store.list("a/")) == ["a/10", "a/2", "a/B", "a/b/deep/er"]
    assert list(store.list("a/b/d")) == ["a/b/deep/er"]
    assert list(store.list("a")) == ["a/10", "a/2", "a/B", "a/b/deep/er", "a0", "ab"]
    assert list(store.list("nothing/here")) == []


def test_a_deleted_key_is_gone_and_may_be_deleted_again(store: Store) -> None:
    store.put("a/b", b"")
    store.delete("a/b")
    store.delete("a/b")
    assert not store.exists("a/b")
    assert list(store.list("")) == []


def test_a_copy_has_the_same_bytes_and_what_is_missing_cannot_be_copied(store: Store) -> None:
    store.put("copied/a", b"\x00bytes")
    store.copy("copied/a", "copied/b")
    store.copy("copied/a", "copied/b")
    assert (store.get("copied/b"), list(store.list("copied/"))) == (b"\x00bytes", ["copied/a", "copied/b"])
    with pytest.raises(TwinstageError) as caught:
        store.copy("copied/missing", "copied/c")
    assert caught.value.code == "NO_SUCH_KEY"


def test_documents_and_lines_come_back(store: Store) -> None:
    document = {"b": [1, None, "ä\u2028"], "a": {"nested": True}}
    put_json(store, "d.json", document)
    put_lines(store, "d.jsonl", [document, 5, "\u2028 is no end of a line", "nor \x85 or \x0b"])
    put_lines(store, "none.jsonl", [])
    assert get_json(store, "d.json") == document
    assert list(get_lines(store, "d.jsonl")) == [document, 5, "\u2028 is no end of a line", "nor \x85 or \x0b"]
    assert list(get_lines(store, "none.jsonl")) == []


@pytest.mark.parametrize("key", ["", "/a", "a//b", "../a", "a/../b", "./a", "a/.", "a\0"])
def test_a_directory_takes_no_key_that_would_leave_it(tmp_path: Path, key: str) -> None:
    store = DirectoryStore(tmp_path / "store")
    for use in (store.get, store.exists, store.delete, lambda k: store.put(k, b"")):
        with pytest.raises(TwinstageError) as caught:
            use(key)
        assert caught.value.code == "BAD_KEY"
    assert not (tmp_path / "a").exists()


def test_a_directory_is_not_listed_beyond_itself(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"")
    store = DirectoryStore(tmp_path / "store")
    with pytest.raises(TwinstageError):
        list(store.list("../"))
    assert list(store.list("")) == []


def test_a_put_that_fails_leaves_the_old_value_and_nothing_else(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.put("a", b"old")
    with pytest.raises(TypeError):
        store.put("a", "not bytes")  # type: ignore[arg-type]  # what makes the write fail half-way
    assert store.get("a") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_bucket_that_is_not_there_is_a_failure_not_a_missing_key(aws: Any) -> None:
    store = S3Store(aws.client("s3"), aws.name("no-bucket"))
    for use in (store.get, store.exists, store.delete, lambda key: store.put(key, b"")):
        with pytest.raises(AwsError) as caught:
            use("a")
        assert (caught.value.service, caught.value.error) == ("s3", "NoSuchBucket")
