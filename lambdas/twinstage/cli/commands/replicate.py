"""`twinstage replicate`: a snapshot into a twin that stands, and the proof that it arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.commands.snapshot import find_snapshot
from twinstage.cli.commands.twin import home_option, run_option, running_server
from twinstage.cli.console import Console
from twinstage.cli.options import json_option, store_option
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.twin import Twin, match_zones
from twinstage.state.comparable import comparable_snapshot
from twinstage.state.fidelity import comparable_twin, compare, substitutions_of
from twinstage.state.replicate import replicate_zone
from twinstage.state.snapshot import get_items, get_record_sets, verify
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.local.target import Server

ARM = "baseline"
INCONCLUSIVE = 3


@click.command()
@click.option("--snapshot", "digest", required=True, help="The snapshot to replicate.")
@run_option
@home_option
@store_option
@json_option
def replicate(digest: str, run: str, home: Path | None, store: Path, as_json: bool) -> int:
    """Make the twin of a run hold a snapshot, then compare the two. Exits 3 where they differ."""
    console, place = Console(as_json), DirectoryStore(store)
    manifest, target = find_snapshot(store, digest), running_server(home)
    verify(place, manifest)
    zones, tables = _twin_world(target, run)
    twin = Twin(run, (ARM,), match_zones(manifest, [(zone.name, zone.id) for zone in zones.zones()]))
    parts = {zone.id: zone.part for zone in manifest.zones}
    written: dict[str, int] = {"changes": 0, "items": 0}
    for zone in twin.zones:
        written["changes"] += replicate_zone(zones, zone, get_record_sets(place, parts[zone.production_id]))["changes"]
    for table in manifest.tables:
        for part in table.parts:
            written["items"] += tables.write(twin.table(ARM, table.name), get_items(place, part))
    found = comparable_twin(twin, ARM, manifest, zones, tables)
    document = compare(ARM, comparable_snapshot(manifest, place), found, substitutions_of(twin, manifest, place))
    console.say(
        f"{written['changes']} record changes, {written['items']} items; "
        + ("equal" if document["equal"] else f"{document['differences_found']} differences")
    )
    console.data({"schema": "twinstage:replicate:1", "run": run, "written": written, "fidelity": document})
    return 0 if document["equal"] else INCONCLUSIVE


def _twin_world(target: Server, run: str) -> tuple[Route53Zones, DynamoTables]:
    """The zones of a twin's VPC, and the tables of its account."""
    account = target.accounts.twin
    vpc = _output(target.client(account, "cloudformation"), f"twinstage-twin-{run}", "VpcId")
    zones = Route53Zones(target.client(account, "route53"), vpc=vpc, region=target.region)
    return zones, DynamoTables(target.client(account, "dynamodb"))


def _output(cloudformation: Any, stack: str, name: str) -> str:
    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except cloudformation.exceptions.ClientError as error:
        hint = "`twinstage status` shows what stands"
        raise InputError([InputProblem("--run", 0, "", f"no stack {stack} stands", hint)]) from error
    return next(str(output["OutputValue"]) for output in found["Outputs"] if output["OutputKey"] == name)
