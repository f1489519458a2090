"""What all tests share: one embedded AWS at a time in a process, and an order of folders that lets it live."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from twinstage.local.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long an example takes says something about the machine, not about the product.
settings.register_profile("twinstage", deadline=None)
settings.load_profile("twinstage")

TESTS = Path(__file__).parent
# The contract suite and the rehearsals have one engine each for all their modules, which the next to take the slot ends.
FIRST, LAST = TESTS / "contract", TESTS / "rehearsal"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The contract first, and rehearsals last: they need an engine that nobody takes from under them. Otherwise in any order."""
    items.sort(key=lambda item: (FIRST not in item.path.parents, LAST in item.path.parents))


class EngineSlot:
    """The process's one engine: whoever takes it ends the one before."""

    def __init__(self) -> None:
        self.running: Engine | None = None

    @contextmanager
    def take(self) -> Iterator[Engine]:
        """A fresh engine, until it is given back or taken by another."""
        if self.running is not None:
            self.running.stop()
        self.running = mine = Engine.start()
        try:
            yield mine
        finally:
            mine.stop()


@pytest.fixture(scope="session", autouse=True)
def keys_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys are made, and looked for, in a directory of the tests' own: never in the home of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWINSTAGE_HOME", str(tmp_path_factory.mktemp("twinstage-home")))
        yield


@pytest.fixture(scope="session")
def engine_slot() -> EngineSlot:
    return EngineSlot()
