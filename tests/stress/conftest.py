from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stress.virtual_time import VirtualTime
from twinstage.world.contained import Containment

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def virtual_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualTime]:
    """One contained process for all loads on virtual time: each runs in a copy of it."""
    with Containment() as containment:
        yield VirtualTime(containment, tmp_path_factory.mktemp("virtual-time"))
