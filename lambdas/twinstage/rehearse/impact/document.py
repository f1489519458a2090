"""`impact.json`: a rehearsed change weighed. It judges nothing: verdicts come of checks; this says what there is to weigh beside them, and how well it is known."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.prices import published_prices
from twinstage.model.quotas import quotas_with
from twinstage.model.record_set import key_of, printable_key
from twinstage.model.timestamp import epoch_s
from twinstage.rehearse.impact.conflicts import MOST_KEYS, conflicts, meetings
from twinstage.rehearse.impact.costs import monthly, used
from twinstage.rehearse.impact.downstream import downstream
from twinstage.rehearse.impact.effects import busiest, load, paired, time
from twinstage.rehearse.impact.touched import Key, Touches, zone_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.finding import Finding
    from twinstage.model.manifest import Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.rehearse.impact.conflicts import Meeting
    from twinstage.world.memory.aws import AwsState
    from twinstage.world.memory.route53 import Zone

SCHEMA_ID: Final = "twinstage:change-impact:1"
BASELINE, CANDIDATE = "baseline", "candidate"
MOST_REACHED: Final = 2_000
MOST_UNTOLD: Final = 20


def impact_document(
    scenario: Scenario,
    manifest: Manifest,
    start: AwsState,
    outcomes: Mapping[str, Sequence[Mapping[str, Any]]],
    findings: Sequence[Finding],
    exploration: Mapping[str, Any] | None,
    ends: Iterable[Zone] = (),
    uncounted: str = "",
) -> dict[str, Any]:
    """What the change of a rehearsed scenario touches and costs.

    `start` is the snapshot as a world, `outcomes` are those of each arm, `ends` the zones that arms ended with. `uncounted` says why `start` is without its items, where it is:
    capacity is then not worked out. Of an arm that was not rehearsed nothing is said.
    """
    account, region = str(manifest.captured["account"]), str(manifest.captured["region"])
    touches = {arm: Touches(start, region).follow(several) for arm, several in outcomes.items()}
    met = {arm: meetings(each) for arm, each in touches.items()}
    subject = CANDIDATE if CANDIDATE in outcomes else BASELINE
    called = zone_names({zone.id: zone.name for zone in manifest.zones})
    standing = [*(held.zone for held in start.route53.zones.values()), *ends]
    zones = [(called.get(zone.id, zone.name), zone) for zone in standing]
    reached = downstream(scenario.changed, changed_records(scenario), met.get(subject, ()), zones, scenario.invariants)
    pairs = paired(outcomes.get(BASELINE, ()), outcomes.get(CANDIDATE, ()))
    quotas = quotas_with(scenario.stress.quotas if scenario.stress else {})
    return {
        "schema": SCHEMA_ID,
        "scenario": scenario.name,
        "changed": list(scenario.changed),
        "zones": {name: id_ for id_, name in sorted(called.items())},
        "downstream": [one.document() for one in reached[:MOST_REACHED]],
        "more_downstream": max(0, len(reached) - MOST_REACHED),
        "service_levels": _service_levels(scenario, {one.name for one in reached if one.kind == "invariant"}, findings),
        "conflicts": _conflict_map(met),
        "untold": {arm: dict(sorted(each.uncompiled.items())) for arm, each in touches.items()},
        "load": {
            "calls": list(load(pairs)),
            "busiest_second": list(busiest(outcomes, quotas, account=account, region=region)),
        },
        "cost": _cost(manifest, start, outcomes, region, uncounted),
        "time": list(time(pairs)),
        "known_from": {
            "events": {arm: len(several) for arm, several in outcomes.items()},
            "compared": len(pairs),
            "span_s": _span_s(outcomes),
            "certified": _certified(exploration),
        },
    }


def changed_records(scenario: Scenario) -> list[Key]:
    """The record sets that the change itself sets or removes, in its order."""
    return [
        Key(f"zone {step['zone']}", printable_key(key_of(change["ResourceRecordSet"])))
        for step in scenario.document.get("change", {}).get("steps", ())
        for change in step.get("changes", ())
    ]


def _service_levels(scenario: Scenario, reached: set[str], findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """What is promised of anything downstream, and what the rehearsal says of it: kept, broken, or undecided."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.arm != BASELINE:
            found.setdefault(finding.check.removeprefix("explored-"), []).append(finding)
    told = []
    for invariant in scenario.invariants:
        if invariant.id in reached:
            judged = [finding.passed for finding in found.get(invariant.id, ())]
            kept = None if not judged or None in judged else all(judged)
            told.append(
                {"invariant": invariant.id, "title": invariant.title, "kept": False if False in judged else kept}
            )
    return told


def _conflict_map(met: Mapping[str, tuple[Meeting, ...]]) -> dict[str, Any]:
    """Who meets whom at which keys, by arm; keys that more handlers touch come first, and no more than MOST_KEYS of them."""
    return {
        arm: {
            "pairs": list(conflicts(found)),
            "keys": [
                meeting.document()
                for meeting in islice(sorted(found, key=lambda one: (-len(one.handlers), one.key)), MOST_KEYS)
            ],
            "more_keys": max(0, len(found) - MOST_KEYS),
        }
        for arm, found in met.items()
    }


def _cost(
    manifest: Manifest,
    start: AwsState,
    outcomes: Mapping[str, Sequence[Mapping[str, Any]]],
    region: str,
    uncounted: str,
) -> dict[str, Any]:
    memory = {function.name: function.memory_mb for function in manifest.functions}
    database = None if uncounted else start.databases.get(region)
    arms = {arm: used(database, several, memory) for arm, several in outcomes.items()}
    told = list(monthly(arms, _span_s(outcomes), published_prices()))
    untold = sorted({why for each in arms.values() for why in each.untold} | ({uncounted} if uncounted else set()))
    return {"monthly": told, "untold": untold[:MOST_UNTOLD], "more_untold": max(0, len(untold) - MOST_UNTOLD)}


def _span_s(outcomes: Mapping[str, Sequence[Mapping[str, Any]]]) -> float:
    """The time from the first event to the last, seconds."""
    times = [epoch_s(one["timestamp"]) for several in outcomes.values() for one in several]
    return max(times) - min(times) if times else 0.0


def _certified(exploration: Mapping[str, Any] | None) -> bool | None:
    """Whether every case that was explored is certified; None where nothing was explored."""
    if exploration is None:
        return None
    return bool(exploration.get("certified"))
