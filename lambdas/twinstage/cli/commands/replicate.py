"""`twinstage replicate`: a snapshot into a twin that stands, and the proof that it arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from botocore.credentials import Credentials

from twinstage.cli.commands.twin import home_option, run_option, running_server
from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.cli.snapshots import REFERENCE, opened, unsigned_option
from twinstage.cli.stores import place_option
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.twin import match_twin
from twinstage.state.fidelity import compare_twin, substitutions_of
from twinstage.state.replicate import replicate_snapshot
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.twin_health_checks import twin_health_checks
from twinstage.world.aws.wire import Wire
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.cli.stores import Place
    from twinstage.local.target import Server
    from twinstage.model.manifest import Manifest
    from twinstage.model.twin import Twin

ARM = "baseline"
INCONCLUSIVE = 3


@click.command()
@click.option("--snapshot", "reference", required=True, help=f"The snapshot to replicate: {REFERENCE}.")
@run_option
@home_option
@unsigned_option
@place_option()
@json_option
def replicate(reference: str, run: str, home: Path | None, unsigned: bool, place: Place, as_json: bool) -> int:
    """Make the twin of a run hold a snapshot, then compare the two. Exits 3 where they differ.

    Interrupted, it may be run again: it goes on with what is missing. Where nothing is, it writes nothing.
    """
    return bring("replicate", Console(as_json), place, opened(place, reference, unsigned=unsigned).manifest, run, home)


def bring(verb: str, console: Console, place: Place, manifest: Manifest, run: str, home: Path | None) -> int:
    """Make a twin hold exactly this snapshot, whatever it held, and prove it. Gives the exit code."""
    from twinstage.local.project import architecture
    from twinstage.local.run_input import function_substitutions

    world = TwinWorld(running_server(home), run)
    twin = world.twin(manifest)
    written = replicate_snapshot(manifest, place.store, twin, ARM, world.zones, world.tables, say=console.say)
    substitutions = substitutions_of(twin, manifest, place.store) + function_substitutions(
        manifest, run, (), architecture()
    )
    document = compare_twin(ARM, twin, manifest, place.store, world.zones, world.tables, substitutions)
    console.say(
        f"{written.changes} record changes, {written.items} items; "
        + ("equal" if document["equal"] else f"{document['differences_found']} differences")
    )
    console.data(
        {
            "schema": f"twinstage:{verb}:1",
            "run": run,
            "snapshot": manifest.id,
            "digest": manifest.digest,
            "written": written.document(),
            "fidelity": document,
        }
    )
    return 0 if document["equal"] else INCONCLUSIVE


class TwinWorld:
    """The twin of a run on a running embedded AWS: the zones of its network, and the tables of its account."""

    def __init__(self, target: Server, run: str) -> None:
        account = target.accounts.twin
        self.run, self.route53 = run, target.client(account, "route53")
        vpc = _output(target.client(account, "cloudformation"), f"twinstage-twin-{run}", "VpcId")
        self.zones = Route53Zones(self.route53, vpc=vpc, region=target.region)
        dynamodb = target.client(account, "dynamodb")
        wire = Wire(dynamodb.meta.endpoint_url, target.region, lambda: Credentials(*target.running.keys[account]))
        self.tables = DynamoTables(dynamodb, calls=wire)

    def twin(self, manifest: Manifest) -> Twin:
        """What of it stands for which of production. Raises TwinstageError where it was not deployed from this state."""
        return match_twin(
            manifest,
            run=self.run,
            arms=(ARM,),
            zones=[(zone.name, zone.id) for zone in self.zones.zones()],
            health_checks=twin_health_checks(self.route53, self.run) if manifest.health_checks else {},
        )


def _output(cloudformation: Any, stack: str, name: str) -> str:
    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except cloudformation.exceptions.ClientError as error:
        hint = "`twinstage status` shows what stands"
        raise InputError([InputProblem("--run", 0, "", f"no stack {stack} stands", hint)]) from error
    return next(str(output["OutputValue"]) for output in found["Outputs"] if output["OutputKey"] == name)
