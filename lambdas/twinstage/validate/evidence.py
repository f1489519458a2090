"""What a rehearsal left behind for judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.validate.history import History, Step
from twinstage.validate.invariants import Watch, watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.event import Event
    from twinstage.model.scenario import Scenario
    from twinstage.validate.tables_rebuilt import TablesRebuilt
    from twinstage.world.memory.route53 import Zone


@dataclass(frozen=True)
class ArmEvidence:
    """One arm: its outcomes in the order of their events, its fidelity document, the zones it ended with (None: not captured).

    `start` and the steps hold zones by production id; `final_zones` holds record sets by zone name and printable key, apex NS and SOA left out.
    `tables` is what rebuilding the tables came to, None where there is nothing to rebuild them from. `applied` are the outcomes of the change's own steps, before
    all others.
    """

    arm: str
    start: Mapping[str, Zone]
    invariants: tuple[Any, ...]
    outcomes: tuple[Mapping[str, Any], ...]
    fidelity: Mapping[str, Any] | None = None
    final_zones: Mapping[str, Mapping[str, Any]] | None = None
    tables: TablesRebuilt | None = None
    applied: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def history(self) -> tuple[tuple[Step, ...], Mapping[str, Zone]]:
        """Every record change, those of the change's own steps first, with the exact state before and after it, and the state at the end."""
        history = History(dict(self.start))
        steps = tuple(history.steps((*self.applied, *self.outcomes)))
        return steps, history.zones

    @cached_property
    def watches(self) -> list[Watch]:
        """Every invariant over the history."""
        return watch(self.invariants, self.start, self.history[0])


@dataclass(frozen=True)
class Evidence:
    """Everything the checks look at. `failure` is `{"state", "arm", "error", "cause"}` where the machine could not go on.

    `differences` is what the candidate ended with otherwise than the baseline, zones and tables: `{"service": "route53" or "dynamodb",
    "zone" or "table", "key", "kind", ...}`; None where one of the two was not captured. `exploration` is the document of what was explored
    (`explore.schema.json`), None where the run explores nothing. `later` says whether the baseline ended as a later snapshot of production
    (`state.expectation`), None where there is nothing to compare. `stress` maps each arm that is to be stressed to what that came to, None where it is missing.
    `ab` is how the candidate compares with what the baseline did twice (`ab.schema.json`), None where that is not asked. `plan` is the plan of the change (`plan.schema.json`), None where
    nobody planned it. `rollback` is what trying the way back came to (`rollback.schema.json`), None where none is asked for.
    """

    scenario: Scenario
    events: tuple[Event, ...]
    arms: tuple[ArmEvidence, ...]
    quarantined: int = 0
    differences: tuple[Mapping[str, Any], ...] | None = None
    failure: Mapping[str, Any] | None = None
    exploration: Mapping[str, Any] | None = None
    later: Mapping[str, Any] | None = None
    stress: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    ab: Mapping[str, Any] | None = None
    plan: Mapping[str, Any] | None = None
    rollback: Mapping[str, Any] | None = None

    def arm(self, name: str) -> ArmEvidence | None:
        """The evidence of one arm."""
        return next((arm for arm in self.arms if arm.arm == name), None)
