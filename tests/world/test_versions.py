"""One contract for every keeper of numbered versions: files of a store, and a DynamoDB table of the exact memory world."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.world.memory_clock import Clock
from twinstage.model.errors import InputError
from twinstage.world.aws.versions import TABLE, DynamoVersions
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering
from twinstage.world.store import DirectoryStore
from twinstage.world.versions import StoredVersions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.world.versions import Versions


@pytest.fixture(params=["directory", "DynamoDB"])
def versions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Versions]:
    if request.param == "directory":
        yield StoredVersions(DirectoryStore(tmp_path / "store"))
        return
    with answering(MemoryAws(clock=Clock())):
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        dynamodb.create_table(TableName="twins", **TABLE)
        yield DynamoVersions(dynamodb, "twins")


def test_there_is_nothing_at_first(versions: Versions) -> None:
    assert versions.newest("orders") is None
    assert versions.read("orders", 1) is None
    assert list(versions.all("orders")) == []
    assert list(versions.ids()) == []


def test_versions_come_back_in_their_order(versions: Versions) -> None:
    written = [{"n": n, "text": "é\u2028", "share": 0.1} for n in range(1, 13)]
    assert all(versions.write("orders", n + 1, document) for n, document in enumerate(written))
    assert list(versions.all("orders")) == written
    assert versions.newest("orders") == written[-1]
    assert versions.read("orders", 7) == written[6]


def test_a_version_is_written_once(versions: Versions) -> None:
    assert versions.write("orders", 1, {"by": "one"})
    assert not versions.write("orders", 1, {"by": "another"})
    assert versions.read("orders", 1) == {"by": "one"}


def test_writing_the_same_again_is_no_loss(versions: Versions) -> None:
    assert [versions.write("orders", 1, {"by": "one"}) for _ in range(3)] == [True] * 3


@pytest.mark.parametrize("number", [2, 3])
def test_no_version_is_written_before_the_one_before_it(versions: Versions, number: int) -> None:
    assert not versions.write("orders", number, {})
    assert versions.newest("orders") is None


def test_each_id_has_versions_of_its_own(versions: Versions) -> None:
    for id_ in ("b", "a", "a-b", "a0"):
        versions.write(id_, 1, {"id": id_})
    versions.write("a", 2, {"id": "a", "n": 2})
    assert list(versions.ids()) == ["a", "a-b", "a0", "b"]
    assert list(versions.all("a")) == [{"id": "a"}, {"id": "a", "n": 2}]
    assert list(versions.all("a-b")) == [{"id": "a-b"}]


def test_of_many_writers_at_once_one_has_written_each_version(tmp_path: Path) -> None:
    versions = StoredVersions(DirectoryStore(tmp_path / "store"))

    def write(who: int) -> list[int]:
        return [n for n in range(1, 9) if versions.write("orders", n, {"n": n, "by": who})]

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(write, range(6)))
    kept = list(versions.all("orders"))
    assert [document["n"] for document in kept] == list(range(1, len(kept) + 1))
    assert sorted(n for numbers in won for n in numbers) == list(range(1, len(kept) + 1))
    assert all(document["n"] in won[document["by"]] for document in kept)


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_a_version_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    store = DirectoryStore(tmp_path / "store")
    StoredVersions(store).write("orders", 1, {})
    store.put("twins/orders/000000001.json", content)
    with pytest.raises(InputError, match=r"twins/orders/000000001\.json"):
        StoredVersions(store).newest("orders")


def test_other_files_of_the_store_are_no_versions(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store")
    for key in ("twins/orders/notes.txt", "twins/readme.json", "objects/ab"):
        store.put(key, b"{}")
    assert list(StoredVersions(store).ids()) == []
    assert StoredVersions(store).newest("orders") is None
