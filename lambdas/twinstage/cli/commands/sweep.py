"""`twinstage sweep`: remove what is left of twins in the running embedded AWS."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.commands.twin import DEPLOYED, home_option, running_server
from twinstage.cli.console import Console
from twinstage.cli.options import json_option, store_option
from twinstage.model.errors import AwsError, LeftoverError, TwinstageError

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.state.sweep import SweepPlan
    from twinstage.state.sweeping import Swept


@click.command()
@click.option("--run", metavar="ID", help="Only what is left of this twin.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@home_option
@store_option
@json_option
def sweep(run: str | None, dry_run: bool, home: Path | None, store: Path, as_json: bool) -> int:
    """Remove twins whose time is over or whose teardown broke off, and things of twins that have no stack any more.

    Such things are known by the tag `twinstage:run`, by a twin's name, or by the ledger of runs; nothing else is touched. Exit code 6 where something is left.
    On AWS the platform stack's function `twinstage-sweep` does the same every 15 minutes.
    """
    from twinstage.local.teardown import sweeper

    console, broom = Console(as_json), sweeper(running_server(home))
    try:
        if dry_run:
            document = _planned(broom.plan(only=run))
        else:
            swept = broom.sweep(only=run)
            document = swept.document()
            _forget(swept, store)
            _check(swept)
    except AwsError as error:
        if error.error != "NoSuchBucket":
            raise
        hint = "`twinstage deploy` deploys it, with the first twin"
        raise TwinstageError("NO_PLATFORM", "there is no platform stack, and no ledger of runs", hint=hint) from error
    for stack in document["stacks"]:
        console.say(f"{stack['run']}  its stack: {stack['why']}")
    for thing in document["removed"]:
        console.say(f"{thing['run']}  {thing['kind']} {thing['id']}, known by its {thing['by']}")
    if not document["stacks"] and not document["removed"]:
        console.say("nothing is left of any twin")
    console.data({"schema": "twinstage:sweep:1", "dry_run": dry_run, **document})
    return 0


def _planned(plan: SweepPlan) -> dict[str, Any]:
    removed = [{**left.thing.document(), "run": left.run, "by": left.evidence} for left in plan.things]
    stacks = [{"run": stack.run, "why": why} for stack, why in plan.stacks]
    return {"stacks": stacks, "removed": removed, "failures": [], "standing": list(plan.standing)}


def _forget(swept: Swept, store: Path) -> None:
    """`deploy` remembers its twins in the store: those that are gone may be deployed again."""
    for run in set(swept.stacks) - set(swept.standing):
        shutil.rmtree(store / DEPLOYED / run, ignore_errors=True)


def _check(swept: Swept) -> None:
    if swept.failures:
        told = "\n".join(f"{what}: {why}" for what, why in sorted(swept.failures.items()))
        raise LeftoverError("LEFTOVERS", f"could not be removed:\n{told}", details=swept.document())
