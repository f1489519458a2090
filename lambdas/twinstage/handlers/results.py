"""What a run left behind, read back for judgement: from the evidence store, or from a run directory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.model.ab_config import REPEAT
from twinstage.model.change_step import EVENT
from twinstage.model.event import event_of
from twinstage.model.scenario import scenario_of
from twinstage.model.tokens import replace_in
from twinstage.model.twin import twin_of
from twinstage.rehearse.approval.evidence import PLAN
from twinstage.replay.shard import outcomes_of
from twinstage.replay.standing import Standing
from twinstage.state.comparable import comparable_records
from twinstage.state.diff import snapshot_differences
from twinstage.state.expectation import expectation
from twinstage.state.snapshot import get_items, get_manifest, get_record_sets, manifest_key
from twinstage.state.start_zones import start_zones
from twinstage.validate.evidence import ArmEvidence, Evidence
from twinstage.validate.tables_rebuilt import TablesRebuilt, tables_rebuilt
from twinstage.world.jsons import get_json, get_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.model.change_step import ChangeStep
    from twinstage.model.event import Event
    from twinstage.model.finding import Finding
    from twinstage.model.manifest import Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.model.twin import Twin
    from twinstage.world.store import Store

MOST_REBUILT = 20_000
REACHED = ("replicate", "fidelity", "replay")


@dataclass
class Results:
    """One run. `results` is its part of the evidence store, `store` the one that holds the snapshots."""

    results: Store
    store: Store

    @cached_property
    def input(self) -> dict[str, Any]:
        """What the run was started with."""
        document: dict[str, Any] = get_json(self.results, "input/run.json")
        return document

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario."""
        return scenario_of(get_json(self.results, "input/scenario.json"))

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events, in order."""
        return tuple(event_of(line) for line in get_lines(self.results, "input/events.jsonl"))

    @cached_property
    def twin(self) -> Twin:
        """Which resource of the twin stands for which of production."""
        return twin_of(get_json(self.results, "prepare/twin.json"))

    @cached_property
    def manifest(self) -> Manifest:
        """The snapshot that the twin was made from."""
        return get_manifest(self.store, self.input["snapshot_id"])

    def final_state(self, arm: str) -> Manifest | None:
        """The snapshot of what an arm ended with; None where it was not captured."""
        key = f"capture/{arm}.json"
        if not self.results.exists(key):
            return None
        return get_manifest(self.store, get_json(self.results, key)["snapshot_id"])

    def evidence(self, failure: Mapping[str, Any] | None = None) -> Evidence:
        """Everything the checks look at. `failure` is the machine's own word on what could not go on."""
        if failure is None and self.results.exists("failure.json"):
            failure = get_json(self.results, "failure.json")
        arms = tuple(self._arm(arm) for arm in self.scenario.arms if self._reached(arm))
        return Evidence(
            self.scenario,
            self.events,
            arms,
            self.input["quarantined"],
            self.differences(),
            failure,
            self.exploration(),
            self.later(),
            self.stressed(),
            self.compared(arms),
            get_json(self.results, PLAN) if self.results.exists(PLAN) else None,
            self.rolled_back(),
        )

    def later(self) -> dict[str, Any] | None:
        """Whether the baseline ended as the later snapshot that the scenario names; None where it names none, or one of the two is not there."""
        final, later = self.final_state("baseline"), self.scenario.later
        if final is None or later is None or not self.store.exists(manifest_key(later)):
            return None
        return expectation(final, get_manifest(self.store, later), self.store)

    def differences(self, arm: str = "candidate") -> tuple[dict[str, Any], ...] | None:
        """What an arm ended with otherwise than the baseline; None where one of the two was not captured."""
        before, after = self.final_state("baseline"), self.final_state(arm)
        if before is None or after is None:
            return None
        found = snapshot_differences(before, after, self.store)
        steps = self.taken(arm)
        if not steps:
            return tuple(found)
        # Not for every stage to load: a function is cold often.
        from twinstage.rehearse.changed_state import told_by_change
        from twinstage.rehearse.inputs import route53_account

        account = str(self.manifest.captured["account"])
        return tuple(told_by_change(found, steps, route53_account(self.manifest, self.store, account)))

    def applied(self, arm: str) -> tuple[dict[str, Any], ...]:
        """What applying the change's steps in an arm came to, in their order."""
        keys = sorted(key for key in self.results.list(f"apply/{arm}/") if key.endswith(".json"))
        return tuple(get_json(self.results, key) for key in keys)

    def taken(self, arm: str) -> tuple[ChangeStep, ...]:
        """The steps that were applied in an arm, and not refused."""
        done = {outcome["event"] for outcome in self.applied(arm) if outcome["outcome"] == "success"}
        return tuple(step for step in self.scenario.steps if EVENT + step.id in done)

    def exploration(self) -> dict[str, Any] | None:
        """What was found by exploring, all tasks together; a task that left no document is undecided. None where nothing is to be explored."""
        if self.scenario.explore is None:
            return None
        # Not for every stage to load: a function is cold often.
        from twinstage.rehearse.exploration import merge, plan_exploration

        planned = "prepare/explore.json"
        tasks = get_json(self.results, planned) if self.results.exists(planned) else None
        tasks = tasks or plan_exploration(self.scenario, self.events, rehearsed=True)
        if not tasks:
            return None
        keys = [key for key in self.results.list("explore/") if key.endswith(".json")]
        return merge(self.scenario, tasks, [get_json(self.results, key) for key in keys])

    def rolled_back(self) -> dict[str, Any] | None:
        """What trying the way back came to, all tasks together; a task that left no document leaves it undecided. None where none is asked for."""
        if self.scenario.rollback is None:
            return None
        # Not for every stage to load: a function is cold often.
        from twinstage.rehearse.rollback.merging import merge_rollback
        from twinstage.rehearse.rollback.plan import plan_rollback

        keys = [key for key in self.results.list("rollback/") if key.endswith(".json")]
        tasks = plan_rollback(self.scenario, rehearsed=True)
        return merge_rollback(self.scenario, tasks, [get_json(self.results, key) for key in keys])

    def stressed(self) -> dict[str, dict[str, Any] | None]:
        """What stressing each arm came to; None for one that was not, and nothing where nothing is to be stressed."""
        if self.scenario.stress is None:
            return {}
        keys = {arm: f"stress/{arm}/diagnosis.json" for arm in self.scenario.arms}
        return {arm: get_json(self.results, key) if self.results.exists(key) else None for arm, key in keys.items()}

    def compared(self, arms: Sequence[ArmEvidence]) -> dict[str, Any] | None:
        """The candidate beside what the baseline did twice; None where that is not asked. `arms`: what is judged, with its outcomes."""
        config = self.scenario.ab
        if config is None:
            return None
        # Not for every stage to load: a function is cold often.
        from twinstage.rehearse.ab.document import ab_document

        outcomes = {arm.arm: arm.outcomes for arm in arms} | {REPEAT: tuple(outcomes_of(self.results, REPEAT))}
        changed, noise, fidelity = self.differences(), self.differences(REPEAT), f"fidelity/{REPEAT}.json"
        return ab_document(
            config,
            outcomes,
            None if changed is None or noise is None else (changed, noise),
            self.scenario.may_differ,
            get_json(self.results, fidelity) if self.results.exists(fidelity) else None,
        )

    def impact(self, evidence: Evidence, findings: Sequence[Finding]) -> dict[str, Any]:
        """What the change touches and costs, by the calls that were recorded. Capacity is not worked out where tables hold more than MOST_REBUILT items."""
        # Not for every stage to load: a function is cold often.
        from twinstage.rehearse.impact.document import impact_document
        from twinstage.rehearse.inputs import start_state

        held = sum(table.items for table in self.manifest.tables)
        many = (
            f"tables hold {held} items, and no more than {MOST_REBUILT} are worked with" if held > MOST_REBUILT else ""
        )
        start = start_state(self.manifest, self.store, items=not many)
        outcomes = {arm.arm: arm.outcomes for arm in evidence.arms}
        ends = [zone for arm in evidence.arms for zone in arm.history[1].values()]
        return impact_document(
            self.scenario, self.manifest, start, outcomes, findings, evidence.exploration, ends, many
        )

    def _reached(self, arm: str) -> bool:
        return any(True for prefix in REACHED for _ in self.results.list(f"{prefix}/{arm}"))

    def _arm(self, arm: str) -> ArmEvidence:
        fidelity, final = f"fidelity/{arm}.json", self.final_state(arm)
        outcomes, applied = tuple(outcomes_of(self.results, arm)), self.applied(arm)
        return ArmEvidence(
            arm=arm,
            start=start_zones(self.manifest, self.store),
            invariants=self.scenario.invariants,
            outcomes=outcomes,
            fidelity=get_json(self.results, fidelity) if self.results.exists(fidelity) else None,
            final_zones=None if final is None else self._zones(final),
            tables=None if final is None else self._tables(arm, final, (*applied, *outcomes)),
            applied=applied,
        )

    def _zones(self, manifest: Manifest) -> dict[str, dict[str, Any]]:
        return {
            zone.name: comparable_records(get_record_sets(self.store, zone.part), zone.name) for zone in manifest.zones
        }

    def _tables(self, arm: str, final: Manifest, outcomes: tuple[dict[str, Any], ...]) -> TablesRebuilt | None:
        """The tables that snapshot and recorded writes add up to, against those that the arm ended with, ids of the twin mapped back."""
        if not final.tables:
            return None
        held = max(sum(table.items for table in manifest.tables) for manifest in (self.manifest, final))
        if held > MOST_REBUILT:
            return TablesRebuilt(untold=f"they hold {held} items, and no more than {MOST_REBUILT} are rebuilt")
        if any(table.masked or table.sample for table in final.tables):
            return TablesRebuilt(untold="their items are sampled or masked")
        # Not for every stage to load: a function is cold often.
        from twinstage.rehearse.changed_state import on_demand
        from twinstage.rehearse.inputs import start_state

        (database,) = start_state(self.manifest, self.store).databases.values()
        database = on_demand(database, self.taken(arm))
        back = {twin_id: id_ for id_, twin_id in Standing(self.twin).follow(outcomes).names_in().items()}
        back |= {self.twin.table(arm, table.name): table.name for table in final.tables}
        items = {
            table.name: [replace_in(item, back) for part in table.parts for item in get_items(self.store, part)]
            for table in final.tables
        }
        return tables_rebuilt(database, outcomes, items)
