"""What a rehearsed way back consists of: one task a case, made out of the scenario alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.exploration_config import RECORDED, Exploration
from twinstage.rehearse.plan import BASELINE

if TYPE_CHECKING:
    from twinstage.model.scenario import Scenario

Task = dict[str, Any]
PATH, EVERY = "path", "every state"
"""From where a task tries the way back: from the states on the recorded path, or from all that a case reaches."""


def plan_rollback(scenario: Scenario, *, rehearsed: bool = False) -> list[Task]:
    """Every task: the recorded path, then each case that is to be certified. `rehearsed`: only what a rehearsal explores too.

    Nothing where the scenario asks for no way back, or nothing changes.
    """
    if scenario.rollback is None or scenario.subject == BASELINE:
        return []
    asked = scenario.explore or Exploration()
    plans = [*([asked.recorded] if asked.recorded else []), *asked.cases]
    certified = [plan.name for plan in plans if plan.certify and (plan.rehearsed or not rehearsed)]
    return [
        {"name": name, "kind": "rollback", "from": start, "arm": scenario.subject, "variant": None, "case": case}
        for name, start, case in [
            (f"rollback-{RECORDED}", PATH, RECORDED),
            *((f"rollback-every-{case}", EVERY, case) for case in certified),
        ]
    ]
