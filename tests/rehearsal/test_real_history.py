"""Five years of a real organisation's record changes, replayed on a deployed twin of its zones.

The data is not part of the project: without it these tests are skipped, and say so. In CI tests/replay and tests/cli replay the same history in memory.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.cli.replay_tally import ReplayTally
from twinstage.cli.replay_told import intake_members
from twinstage.cli.replay_worlds import tallied
from twinstage.local.production import ProductionState
from twinstage.local.run_input import RehearsalInput
from twinstage.model.scenario import scenario_of
from twinstage.replay.intake import read_events
from twinstage.replay.settle import settled
from twinstage.replay.shard import outcomes_of
from twinstage.state.comparable import comparable_records
from twinstage.state.snapshot import get_manifest, get_record_sets
from twinstage.world.dumps import ZoneDumps
from twinstage.world.memory.route53 import zone_from
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.local.rehearsal import LocalRehearsal, Rehearsed

DATA = Path(__file__).parents[2] / "../shared/data/dns"
HISTORY, ENDED = DATA / "18f-dns-history", DATA / "18f-dns"

pytestmark = [
    pytest.mark.engine,
    pytest.mark.cdk,
    pytest.mark.long,
    pytest.mark.skipif(not HISTORY.is_dir(), reason=f"the real history is not at {HISTORY}"),
]

# An AAAA set is given the IPv4 address 159.142.191.107, which Route 53 refuses: the value of an AAAA record is an IPv6 address in colon-separated
# hexadecimal form (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#AAAAFormat). The published reading of the history looks at
# conflicts only, not at values; two later DELETEs follow from this refusal.
BAD_AAAA = {
    "cda6f82a-b340-40ab-8950-6507e09b3523": ("bad value", False),
    "6ed4a5d7-6470-426a-8777-91712aa85120": ("DELETE does not match", True),
    "36f8d532-025c-4628-867b-05a912e810b9": ("DELETE does not match", True),
}


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return json.loads((HISTORY / "exact-semantics.json").read_text())


@pytest.fixture(scope="module")
def replayed(rehearsal: LocalRehearsal, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    zones = HISTORY / "start-zones"
    scenario = scenario_of(
        {
            "schema": "twinstage:scenario:1",
            "name": "history",
            "capture": {"zones": [zone.name for zone in ZoneDumps(zones).zones()]},
            "events": {"file": "changes.cloudtrail.jsonl", "format": "cloudtrail"},
        }
    )
    intake = read_events(HISTORY / "changes.cloudtrail.jsonl", "cloudtrail")
    given = RehearsalInput(scenario, intake, ProductionState(zones=zones))
    return rehearsal.run(given, tmp_path_factory.mktemp("history"))


def test_the_twin_equals_the_captured_zones(replayed: Rehearsed) -> None:
    fidelity = json.loads((replayed.run_dir / "fidelity/baseline.json").read_text())

    assert fidelity["equal"]
    assert fidelity["counts"]["zones"] == 35
    assert all(entry["reason"] for entry in fidelity["substitutions"])
    assert replayed.production_unchanged is True


def test_what_route_53_must_refuse_is_refused_with_first_causes_told_from_consequences(
    rehearsal: LocalRehearsal, replayed: Rehearsed, expected: dict[str, Any]
) -> None:
    start = {zone.id: zone_from(records, id=zone.id, name=zone.name) for zone, records in captured(rehearsal, replayed)}
    intake = read_events(HISTORY / "changes.cloudtrail.jsonl", "cloudtrail")
    tally = ReplayTally()
    list(tallied(outcomes_of(DirectoryStore(replayed.run_dir), "baseline"), start, tally))
    found = tally.document() | intake_members(intake, settled(intake.events, start))

    assert found["events"] == 282
    refused = {entry["event"]: entry for entry in found["refused"]}
    listed = {entry["eventID"]: entry for entry in expected["refused"]}
    assert set(refused) == set(listed) | set(BAD_AAAA)
    for event, entry in listed.items():
        got = refused[event]
        assert (got["cause"], got["name"], got["type"], got["consequence"]) == tuple(
            entry[k] for k in ("cause", "name", "type", "consequence")
        )
        assert got["code"] == "InvalidChangeBatch"
    assert {event: (refused[event]["cause"], refused[event]["consequence"]) for event in BAD_AAAA} == BAD_AAAA
    assert found["applied"] == 282 - len(refused)


def test_eighteen_zones_end_exactly_and_six_differ_by_what_was_refused(
    rehearsal: LocalRehearsal, replayed: Rehearsed, expected: dict[str, Any]
) -> None:
    snapshot = json.loads((replayed.run_dir / "capture/baseline.json").read_text())["snapshot_id"]
    ended = {
        zone.name: comparable_records(get_record_sets(rehearsal.local, zone.part), zone.name)
        for zone in get_manifest(rehearsal.local, snapshot).zones
    }
    dumps = ZoneDumps(ENDED)
    differing: dict[str, list[str]] = {}
    for zone in dumps.zones():
        want = comparable_records(dumps.record_sets(zone.id), zone.name)
        got = ended[zone.name]
        if keys := sorted(key for key in want.keys() | got.keys() if want.get(key) != got.get(key)):
            differing[zone.name] = keys

    assert {zone.name for zone in dumps.zones()} - differing.keys() == set(expected["exact"])
    assert differing == {zone: sorted(keys) for zone, keys in expected["differ"].items()}


def test_a_log_that_production_cannot_have_had_is_inconclusive(replayed: Rehearsed) -> None:
    verdict = json.loads((replayed.run_dir / "verdict.json").read_text())

    failed = {finding["check"] for finding in verdict["findings"] if finding["passed"] is not True}
    assert verdict["verdict"] == "INCONCLUSIVE"
    assert failed == {"recorded-outcomes"}


def captured(rehearsal: LocalRehearsal, replayed: Rehearsed) -> list[tuple[Any, Any]]:
    run = json.loads((replayed.run_dir / "input/run.json").read_text())
    manifest = get_manifest(rehearsal.local, run["snapshot_id"])
    return [(zone, get_record_sets(rehearsal.local, zone.part)) for zone in manifest.zones]
