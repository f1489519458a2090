"""The recorded day replayed in memory by both arms, event by event: what fails under the candidate only, and what it ends with otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.invariant import REPLAY
from twinstage.model.timestamp import epoch_s
from twinstage.rehearse.recorded import delivery_of
from twinstage.rehearse.serial import SerialRun
from twinstage.state.comparable import comparable_records, record_differences
from twinstage.validate.checks.consistency import check_consistency
from twinstage.validate.evidence import ArmEvidence, Evidence
from twinstage.validate.moment import Moment
from twinstage.validate.rules import rule_of
from twinstage.world.memory.route53 import record_sets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.finding import Finding
    from twinstage.rehearse.inputs import Inputs
    from twinstage.world.memory.aws import AwsState
    from twinstage.world.memory.route53 import Zone

ARMS = ("baseline", "candidate")


def broken_by_replay(inputs: Inputs) -> list[str]:
    """The checks of consistency, and the counting invariants about the end, that the candidate fails on the recorded day.

    What must hold at every moment of the day is asked where the day is explored.
    """
    (baseline, _), (candidate, ended) = (_replayed(inputs, arm) for arm in ARMS)
    differences = [
        each
        for zone, records in (baseline.final_zones or {}).items()
        for each in record_differences(zone, records, (candidate.final_zones or {}).get(zone, {}))
    ]
    evidence = Evidence(inputs.scenario, tuple(inputs.events), (baseline, candidate), differences=tuple(differences))
    failed = [each.check for each in check_consistency(evidence) if _fails(each)]
    return [*failed, *_unmet(inputs, ended)]


def _fails(finding: Finding) -> bool:
    return finding.counts and finding.passed is False


def _replayed(inputs: Inputs, arm: str) -> tuple[ArmEvidence, Mapping[str, Zone]]:
    """An arm's outcomes and record sets, and its zones at the end."""
    start = inputs.start
    run = SerialRun(start, inputs.functions[arm], None, seed=inputs.scenario.seed)
    outcomes: list[Mapping[str, Any]] = []
    ids = {zone.name: id_ for id_, zone in _zones(start).items()}
    for seq, event in enumerate(inputs.events):
        delivery = delivery_of(event.type, event.payload, epoch_s(event.timestamp), ids)
        if delivery is not None:
            outcomes.append({"event": event.id, "seq": seq, **run.deliver(delivery, followed=False)})
    zones = _zones(run.state)
    ended = {zone.name: comparable_records(record_sets(zone), zone.name) for _, zone in sorted(zones.items())}
    evidence = ArmEvidence(arm, _zones(start), inputs.scenario.invariants, tuple(outcomes), final_zones=ended)
    return evidence, zones


def _unmet(inputs: Inputs, zones: Mapping[str, Zone]) -> Iterator[str]:
    """What must have come about by the end of the day, and has not."""
    begun, ended = Moment(_zones(inputs.start)), Moment(zones)
    for invariant in inputs.scenario.invariants:
        rule = rule_of(invariant, begun)
        if invariant.counts and REPLAY in invariant.asked_in and any(rule.unmet(n, ended) for n in invariant.names):
            yield invariant.id


def _zones(state: AwsState) -> dict[str, Zone]:
    return {id_: hosted.zone for id_, hosted in state.route53.zones.items()}
