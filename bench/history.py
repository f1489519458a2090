"""Five years of a real organisation's record changes: on the exact rules, through in-process moto, and on a deployed twin.

CPU seconds, interleaved, best of a few: only the ratios mean anything on a shared machine. moto takes what Route 53 refuses, so its final state is wrong; it is here for the time of a call.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from twinstage.local.engine import Engine
from twinstage.local.production import ProductionState
from twinstage.local.project import find_project
from twinstage.local.rehearsal import LocalRehearsal
from twinstage.local.run_input import RehearsalInput
from twinstage.model.scenario import scenario_of
from twinstage.replay.in_memory import replay_in_memory
from twinstage.replay.intake import read_events
from twinstage.world.dumps import ZoneDumps
from twinstage.world.memory.route53 import zone_from

if TYPE_CHECKING:
    from twinstage.replay.intake import Intake

HISTORY = Path(__file__).parents[1] / "../shared/data/dns/18f-dns-history"
ROUNDS = 5


def main() -> None:
    """Measure and print."""
    if not HISTORY.is_dir():
        print(f"history: SKIPPED, the real data is not at {HISTORY}")
        return
    intake = read_events(HISTORY / "changes.cloudtrail.jsonl", "cloudtrail")
    dumps = ZoneDumps(HISTORY / "start-zones")
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_in_memory(intake, dumps))
        theirs.append(_in_moto(intake, dumps))
    mine, moto = min(ours), min(theirs)
    print(f"history: {len(intake.events)} batches, CPU seconds, best of {ROUNDS} (median)")
    print(f"  exact rules in memory   {mine:8.4f}  ({statistics.median(ours):.4f})")
    print(f"  in-process moto, boto3  {moto:8.4f}  ({statistics.median(theirs):.4f})   ratio {moto / mine:.0f}x")
    wall, states = _in_twin(intake)
    print(f"  deployed twin, whole rehearsal of {len(dumps.listed)} zones: {wall:.1f} s wall")
    for state, seconds in states:
        print(f"    {seconds:6.1f} s  {state}")


def _in_memory(intake: Intake, dumps: ZoneDumps) -> float:
    zones = {zone.id: zone_from(dumps.record_sets(zone.id), id=zone.id, name=zone.name) for zone in dumps.zones()}
    started = time.process_time()
    for _ in replay_in_memory(intake.events, zones):
        pass
    return time.process_time() - started


def _in_moto(intake: Intake, dumps: ZoneDumps) -> float:
    with mock_aws():
        route53: Any = boto3.client(
            "route53", region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench"
        )
        ids = {}
        for zone in dumps.zones():
            ids[zone.id] = route53.create_hosted_zone(Name=zone.name, CallerReference=zone.id)["HostedZone"]["Id"]
            records = [
                r for r in dumps.record_sets(zone.id) if not (r["Name"] == zone.name and r["Type"] in ("NS", "SOA"))
            ]
            for record in records:
                batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
                route53.change_resource_record_sets(HostedZoneId=ids[zone.id], ChangeBatch=batch)
        started = time.process_time()
        for event in intake.events:
            try:
                route53.change_resource_record_sets(
                    HostedZoneId=ids[event.payload["zone_id"]], ChangeBatch={"Changes": event.payload["changes"]}
                )
            except ClientError:
                continue
        return time.process_time() - started


def _in_twin(intake: Intake) -> tuple[float, list[tuple[str, float]]]:
    zones = HISTORY / "start-zones"
    capture = {"zones": [zone.name for zone in ZoneDumps(zones).zones()]}
    document = {"schema": "twinstage:scenario:1", "name": "history", "capture": capture, "events": {"file": "-"}}
    given = RehearsalInput(scenario_of(document), intake, ProductionState(zones=zones))
    marks: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as folder, Engine.start() as engine:
        started = time.perf_counter()
        rehearsal = LocalRehearsal(
            engine, find_project(), Path(folder), lambda text: marks.append((text, time.perf_counter() - started))
        )
        rehearsal.run(given, Path(folder) / "run")
        return time.perf_counter() - started, marks


if __name__ == "__main__":
    main()
