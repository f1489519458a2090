"""The plan of what is rehearsed: made once production is captured, unless the change was agreed to by one already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twinstage.rehearse.change.fit import require_state
from twinstage.rehearse.change.scenario import scenario_plan
from twinstage.rehearse.uploaded import local_changes

if TYPE_CHECKING:
    from twinstage.local.run_input import RehearsalInput
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import Store


def planned(given: RehearsalInput, manifest: Manifest, store: Store) -> RehearsalInput:
    """The same with the plan of its change; nothing is planned where nothing changes. A template is planned though no step comes of it.

    Raises SafetyError where the plan that was agreed to is for another state, InputError where the change cannot be planned.
    """
    if given.plan is not None:
        require_state(given.plan, manifest.digest)
        return given
    if not given.scenario.steps and given.stacks is None:
        return given
    plan = scenario_plan(given.scenario, manifest, store, local_changes(given.candidate), stacks=given.stacks)
    return replace(given, plan=plan.document())
