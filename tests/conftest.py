"""What all tests share: one embedded AWS at a time in a process, and an order of folders that lets it live."""

from __future__ import annotations

import gc
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
# Each of these has engines of its own, and whoever takes the process's one slot ends the engine before: they take turns, and nobody comes between.
FIRST, LAST = ("contract", "acceptance"), ("ungated", "promotion", "faults", "rehearsal")


# A worker takes a whole file: begun at the very end, one of these would leave the other workers with nothing to do.
LONGEST = ("test_packaged_scenarios.py", "test_states.py", "test_life_cycle.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The contract and the acceptance first, rehearsals last and of them the longest first, everything else between them in any order."""
    turns = {name: turn for turn, name in enumerate((*FIRST, "", *LAST))}
    longest = {name: turn for turn, name in enumerate(LONGEST)}

    def turn(item: pytest.Item) -> tuple[int, int]:
        folder = item.path.relative_to(TESTS).parts[0]
        return turns.get(folder, turns[""]), longest.get(item.path.name, len(LONGEST))

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not look through it again with each test."""
    gc.collect()
    gc.freeze()


class EngineSlot:
    """The process's one engine: whoever takes it ends the one before."""

    def __init__(self) -> None:
        self.running: Engine | None = None

    @contextmanager
    def take(self, *, gate: bool = True) -> Iterator[Engine]:
        """A fresh engine, until it is given back or taken by another. `gate` False: nothing stands in front of it."""
        if self.running is not None:
            self.running.stop()
        self.running = mine = Engine.start(gate=gate)
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
