from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.acceptance.road import Account, Arrived, engine_account, memory_account, travel
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import EngineSlot
    from twinstage.local.engine import Engine
    from twinstage.model.manifest import Manifest


@pytest.fixture(scope="module")
def engine(engine_slot: EngineSlot) -> Iterator[Engine]:
    """One embedded AWS for a module; each road has a network and a run of its own."""
    with engine_slot.take() as running:
        yield running


@pytest.fixture(params=["memory", "engine"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    """An account without a twin, on either world."""
    if request.param == "memory":
        with memory_account() as found:
            yield found
    else:
        yield engine_account(request.getfixturevalue("engine"))


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def arrives(account: Account, store: DirectoryStore) -> Callable[[Manifest], Arrived]:
    """Takes a snapshot down the road and holds what every road must end with."""

    def go(manifest: Manifest) -> Arrived:
        came = travel(account, manifest, store, f"r{uuid4().hex[:8]}")
        assert (came.fidelity["differences"], came.fidelity["equal"]) == ([], True)
        assert came.fidelity["twin"] == came.fidelity["snapshot"]
        assert came.twins.digest == manifest.digest
        assert (came.again.changes, came.again.items) == (0, 0)
        return came

    return go
