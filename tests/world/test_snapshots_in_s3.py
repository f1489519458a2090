"""Snapshots in a bucket: the same layout as in a folder, through the same commands' stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import click
import pytest

from tests.state.sample_snapshots import snapshot_of, source
from twinstage.cli.stores import Place, StoreType
from twinstage.state.history import resolve
from twinstage.state.opening import Trust, open_snapshot
from twinstage.state.snapshot_copy import copy_snapshot
from twinstage.world.signers import LocalKey, TrustedKeys
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Place:
    """`s3://bucket/some/prefix` as a command's option makes it, in a bucket that holds other things too."""
    bucket = aws.name("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("s3").put_object(Bucket=bucket, Key="snapshots/other.json", Body=b"{}")
    key, secret = aws.running.keys[aws.running.accounts["production"]]
    for name, value in {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": aws.running.region,
        "AWS_ENDPOINT_URL": aws.running.endpoint,
        "AWS_CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    # boto3's session of the whole process keeps whatever credentials it was first asked for.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    found = StoreType().convert(f"s3://{bucket}/some/prefix/", None, None)
    assert found.root == f"s3://{bucket}/some/prefix"
    return found


def test_a_snapshot_in_a_bucket_is_captured_found_opened_and_copied(place: Place, tmp_path: Path) -> None:
    own = LocalKey(tmp_path / "own")
    first = snapshot_of(source(), place.store, signer=own)
    second = snapshot_of(source(), place.store, signer=own)
    assert second.parent == first.id
    assert resolve(place.store, first.digest) == second.id
    trust = Trust(TrustedKeys(own.home))
    assert open_snapshot(place.store, second.id, trust).manifest == second

    folder = DirectoryStore(tmp_path / "store")
    for snapshot in (first, second):
        copy_snapshot(place.store, folder, snapshot)
    assert list(folder.list("")) == list(place.store.list(""))
    assert all(folder.get(key) == place.store.get(key) for key in folder.list(""))
    assert open_snapshot(folder, second.id, trust).manifest == second


@pytest.mark.parametrize("text", ["s3://", "s3:///prefix", __file__])
def test_what_is_no_store_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        StoreType().convert(text, None, None)


def test_a_folder_is_a_store(tmp_path: Path) -> None:
    found = StoreType().convert(str(tmp_path), None, None)
    assert isinstance(found.store, DirectoryStore)
    assert StoreType().convert(found, None, None) is found
