"""What most tests of the state need: an empty store, a key of one's own, and a snapshot of the small production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.state.sample_snapshots import snapshot_of, source
from twinstage.world.signers import LocalKey
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.manifest import Manifest


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def own(tmp_path: Path) -> LocalKey:
    """The user's own key, made when it first signs."""
    return LocalKey(tmp_path / "own")


@pytest.fixture
def snapshot(store: DirectoryStore) -> Manifest:
    """Of the small production, signed by nobody."""
    return snapshot_of(source(), store)
