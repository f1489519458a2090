"""The drill where nothing stands in front of the engine: a good part of it succeeds, so that its refusals are the gate's doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local.drilled import furnish
from twinstage.local.gate.drill import run_drill

if TYPE_CHECKING:
    from tests.conftest import EngineSlot

pytestmark = pytest.mark.engine


def test_without_the_gate_many_of_the_same_attempts_come_through(engine_slot: EngineSlot) -> None:
    with engine_slot.take(gate=False) as engine:
        targets = furnish(engine)
        drill = run_drill(engine, targets)
    came_through = {each.attempt.name for each in drill.succeeded}
    assert drill.passed is False
    assert len(came_through) >= 15
    assert {
        "assume a production function's role",
        "write into another run's table",
        "write its own policy",
    } <= came_through
