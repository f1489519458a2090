"""The drill against a production that has everything it aims at: the gate refuses all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local.drilled import RUN, furnish, held
from twinstage.isolation.drill.attempts import ATTEMPTS
from twinstage.isolation.drill.evidence import Access, Parties, Tally
from twinstage.local.gate.drill import role_name, run_drill
from twinstage.local.inventory import inventory

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine


def test_the_gate_refuses_every_attempt_and_production_is_what_it_was(empty_engine: Engine) -> None:
    targets = furnish(empty_engine)
    before, count = held(empty_engine), empty_engine.log.count
    drill = run_drill(empty_engine, targets)
    last = empty_engine.log.count

    assert [(each.attempt.name, each.error) for each in drill.attempts if not each.refused] == []
    assert (drill.passed, len(drill.attempts)) == (True, len(ATTEMPTS))
    assert held(empty_engine) == before
    parties = Parties(
        targets.production, targets.twin, RUN, "twin-capture", "twinstage-capture", "operator", role_name(RUN), ()
    )
    tally, seen = Tally(parties), 0
    for record in empty_engine.log.since(count):
        if record.n <= last and record.owner.endswith(role_name(RUN)) and not record.allowed:
            seen += 1
            assert record.why
            tally.add(
                Access(
                    record.account,
                    record.owner,
                    record.action,
                    record.resource,
                    record.resource_account,
                    False,
                    record.why,
                )
            )
    assert seen >= len(ATTEMPTS)
    assert not tally.denied
    assert role_name(RUN) not in str(inventory(empty_engine, targets.twin))
