"""What a run left behind, read back for judgement: from the evidence store, or from a run directory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.model.event import event_of
from twinstage.model.scenario import scenario_of
from twinstage.model.twin import twin_of
from twinstage.replay.shard import outcomes_of
from twinstage.state.comparable import comparable_records
from twinstage.state.diff import snapshot_differences
from twinstage.state.snapshot import get_manifest, get_record_sets
from twinstage.validate.evidence import ArmEvidence, Evidence
from twinstage.world.jsons import get_json, get_lines
from twinstage.world.memory.route53 import zone_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.event import Event
    from twinstage.model.manifest import Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.model.twin import Twin
    from twinstage.world.store import Store

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
        return Evidence(self.scenario, self.events, arms, self.input["quarantined"], self.differences(), failure)

    def differences(self) -> tuple[dict[str, Any], ...] | None:
        """What the candidate ended with otherwise than the baseline; None where one of the two was not captured."""
        before, after = self.final_state("baseline"), self.final_state("candidate")
        if before is None or after is None:
            return None
        return tuple(snapshot_differences(before, after, self.store))

    def _reached(self, arm: str) -> bool:
        return any(True for prefix in REACHED for _ in self.results.list(f"{prefix}/{arm}"))

    def _arm(self, arm: str) -> ArmEvidence:
        fidelity, final = f"fidelity/{arm}.json", self.final_state(arm)
        return ArmEvidence(
            arm=arm,
            start={
                zone.id: zone_from(
                    get_record_sets(self.store, zone.part), id=zone.id, name=zone.name, private=zone.private
                )
                for zone in self.manifest.zones
            },
            invariants=self.scenario.invariants,
            outcomes=tuple(outcomes_of(self.results, arm)),
            fidelity=get_json(self.results, fidelity) if self.results.exists(fidelity) else None,
            final_zones=None if final is None else self._zones(final),
        )

    def _zones(self, manifest: Manifest) -> dict[str, dict[str, Any]]:
        return {
            zone.name: comparable_records(get_record_sets(self.store, zone.part), zone.name) for zone in manifest.zones
        }
