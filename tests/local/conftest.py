from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twinstage.local.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One embedded AWS for all tests; each test uses names of its own, or asks for `empty_engine`."""
    with Engine.start() as running:
        yield running


@pytest.fixture
def empty_engine(engine: Engine) -> Engine:
    engine.reset()
    return engine
