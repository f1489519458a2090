"""`twinstage replay`: recorded events over a snapshot, without a scenario."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.commands.rehearse import new_run_dir, run_locally
from twinstage.cli.console import Console
from twinstage.cli.options import json_option, store_option
from twinstage.cli.snapshots import REFERENCE, TOOL, opened, own_key, unsigned_option
from twinstage.cli.stores import Place
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.manifest import new_manifest
from twinstage.model.scenario import scenario_of
from twinstage.replay.in_memory import replay_in_memory
from twinstage.replay.intake import SOURCES, Intake, ambiguous_seconds, read_events, told_source
from twinstage.replay.shard import outcomes_of
from twinstage.replay.shards import in_scope, shard_events, zone_reference
from twinstage.state.history import commit
from twinstage.state.snapshot import get_manifest, get_record_sets, put_record_sets
from twinstage.validate.history import History
from twinstage.world.jsons import get_json
from twinstage.world.memory.route53 import record_sets, zone_from
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.model.manifest import Manifest
    from twinstage.replay.execute import Outcome
    from twinstage.world.memory.route53 import Zone


@click.command()
@click.option(
    "--snapshot",
    "reference",
    required=True,
    help=f"The snapshot to start from: {REFERENCE}.",
)
@click.option(
    "--events",
    "events_path",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="A file or a folder of files, gzip or not.",
)
@click.option(
    "--format",
    "source",
    type=click.Choice(sorted(SOURCES)),
    help="What the events are.  [default: told by the first record]",
)
@click.option(
    "--world",
    type=click.Choice(["memory", "local"]),
    default="memory",
    show_default=True,
    help="The exact rules in memory, or a twin deployed in the embedded AWS.",
)
@click.option("--max-quarantined", type=int, default=0, show_default=True, help="Malformed records to tolerate.")
@unsigned_option
@store_option
@json_option
def replay(
    reference: str,
    events_path: Path,
    source: str | None,
    world: str,
    max_quarantined: int,
    unsigned: bool,
    store: Path,
    as_json: bool,
) -> None:
    """Replay recorded events over a snapshot, and say what every one of them came to."""
    console, place = Console(as_json), DirectoryStore(store)
    manifest = opened(Place(place, str(store)), reference, unsigned=unsigned).manifest
    intake = read_events(events_path, source or told_source(events_path), max_quarantined=max_quarantined)
    intake = in_scope(intake, manifest)
    shard_events(intake.events, manifest, intake.places)
    start = {
        z.id: zone_from(get_record_sets(place, z.part), id=z.id, name=z.name, private=z.private) for z in manifest.zones
    }
    if world == "memory":
        zones = dict(start)
        outcomes = list(replay_in_memory(intake.events, zones))
        final = _store_zones(zones, manifest, place)
    else:
        outcomes, final = _replay_in_twin(manifest, intake, store, console)
    document = result(outcomes, start, intake) | {"final_snapshot": final.id, "digest": final.digest}
    _tell(console, document)
    console.data(document)


def _replay_in_twin(
    manifest: Manifest, intake: Intake, store: Path, console: Console
) -> tuple[list[Outcome], Manifest]:
    """The same through the whole machine: a twin of the snapshot, one arm, no change."""
    from twinstage.local.run_input import RehearsalInput

    capture = {
        "zones": [z.name for z in manifest.zones],
        "tables": [t.name for t in manifest.tables],
        "functions": [f.name for f in manifest.functions],
    }
    scenario = scenario_of(
        {
            "schema": "twinstage:scenario:1",
            "name": "replay",
            "capture": capture,
            "events": {"file": "-"},
            "criteria": {},
        }
    )
    run_dir = new_run_dir(store, "replay")
    run_locally(RehearsalInput(scenario, intake, snapshot=manifest), store, run_dir, console)
    place = DirectoryStore(run_dir)
    if not place.exists("capture/baseline.json"):
        raise InputError(
            [InputProblem(str(run_dir), 0, "", "the replay did not reach its end", f"see {run_dir / 'report.html'}")]
        )
    held = DirectoryStore(store)
    final = get_manifest(held, get_json(place, "capture/baseline.json")["snapshot_id"])
    return outcomes_of(place, "baseline"), final


def _store_zones(zones: dict[str, Zone], manifest: Manifest, store: DirectoryStore) -> Manifest:
    """The final state as a snapshot, apex NS and SOA left out as in a capture of a twin."""
    ended, checks = [], set[str]()
    for zone in manifest.zones:
        records = [
            r for r in record_sets(zones[zone.id]) if not (r["Name"] == zone.name and r["Type"] in ("NS", "SOA"))
        ]
        checks.update(record["HealthCheckId"] for record in records if "HealthCheckId" in record)
        ended.append(replace(zone, record_sets=len(records), part=put_record_sets(store, records)))
    captured = {name: manifest.captured[name] for name in ("at", "account", "region")} | {"derived": "replay"}
    named = [check for check in manifest.health_checks if check.id in checks]
    final = new_manifest(
        captured,
        TOOL,
        ended,
        manifest.tables,
        (),
        health_checks=named,
        masking=manifest.masking,
        parent=manifest.id,
    )
    return commit(store, final, signer=own_key())


def result(outcomes: Sequence[Outcome], start: dict[str, Zone], intake: Intake) -> dict[str, Any]:
    """`replay --json`. `refused` tells first causes from the consequences of an earlier refusal."""
    refused = [
        {
            "event": step.event,
            "timestamp": step.timestamp,
            "zone": step.zone.name,
            "code": step.refusal.error,
            "cause": step.refusal.cause,
            "name": step.refusal.name,
            "type": step.refusal.type,
            "consequence": step.refusal.consequence,
            "changes": len(step.changes),
            "message": step.refusal.message,
        }
        for step in History(dict(start)).steps(outcomes)
        if step.refusal is not None
    ]
    return {
        "schema": "twinstage:replay:1",
        "events": len(outcomes),
        "applied": sum(outcome["outcome"] == "success" for outcome in outcomes),
        "refused": refused,
        "quarantined": len(intake.quarantined),
        "quarantined_records": [problem.__dict__ for problem in intake.quarantined],
        "duplicates": intake.duplicates,
        "ignored": intake.ignored,
        "out_of_scope": intake.out_of_scope,
        "ambiguous_seconds": ambiguous_seconds(
            intake.events, lambda e: zone_reference(e) if e.type == "dns_update" else "all"
        ),
    }


def _tell(console: Console, document: dict[str, Any]) -> None:
    for entry in document["refused"]:
        kind = "consequence" if entry["consequence"] else "first cause"
        console.say(
            f"{entry['timestamp']}  {entry['code']}  {kind:11}  {entry['cause']}: {entry['name']} {entry['type']}  ({entry['event']})"
        )
    console.say(
        f"{document['events']} events: {document['applied']} applied, {len(document['refused'])} refused; {document['duplicates']} duplicates, {document['quarantined']} quarantined, {document['ambiguous_seconds']} ambiguous seconds"
    )
    if document["out_of_scope"]:
        console.say(f"{document['out_of_scope']} events of zones that the snapshot does not hold were left out")
    console.say(f"final state: {document['final_snapshot']}")
