"""`twinstage scenario validate | publish`: a scenario and everything it names, checked without running anything; and brought where a twin's machine finds it."""

from __future__ import annotations

from typing import Any

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option, scenario_roots
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.cli.snapshots import REFERENCE, unsigned_option
from twinstage.cli.stores import Place, StoreType, place_option
from twinstage.model.errors import InputError, InputProblem


@click.group()
def scenario() -> None:
    """Scenario files."""


@scenario.command("validate")
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@json_option
def validate(scenarios: tuple[str, ...], as_json: bool) -> None:
    """Check scenarios: every problem at once, each with file, line, JSON pointer and the way to mend it."""
    console = Console(as_json)
    found: list[dict[str, Any]] = []
    problems: list[InputProblem] = []
    for name in scenarios:
        try:
            loaded = load_scenario(find_scenario(name, scenario_roots()))
            found.append({"name": loaded.scenario.name, "file": str(loaded.path), "events": len(loaded.intake.events)})
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    for entry in found:
        console.say(f"{entry['file']}: {entry['name']}, {entry['events']} events, no problem found")
    console.data({"schema": "twinstage:scenario-validate:1", "scenarios": found})


@scenario.command("publish")
@click.argument("name", metavar="SCENARIO")
@click.option(
    "--snapshot",
    "reference",
    metavar="SNAPSHOT",
    help=f"The snapshot of production that it is rehearsed on: {REFERENCE}.  [default: the production that the scenario describes]",
)
@click.option(
    "--to", "target", type=StoreType(), metavar="s3://BUCKET", help="The evidence store.  [default: this account's]"
)
@click.option(
    "--plan", "planned", metavar="DIGEST", help="Publish only the change that `twinstage plan` gave this digest."
)
@unsigned_option
@place_option()
@json_option
def publish(
    name: str,
    reference: str | None,
    target: Place | None,
    planned: str | None,
    unsigned: bool,
    place: Place,
    as_json: bool,
) -> None:
    """Bring SCENARIO into an evidence store, with its events, packages, plan and snapshot: a twin is deployed for it, and "Start execution" takes its name.

    Whoever publishes submits the change, and cannot approve it.
    """
    from twinstage.cli.account.place import this_account
    from twinstage.cli.account.publishing import agreed_plan, publish_scenario
    from twinstage.cli.planned import state_of
    from twinstage.local.project import architecture

    console, account = Console(as_json), this_account()
    loaded, to = load_scenario(find_scenario(name, scenario_roots())), target.store if target else account.store
    with state_of(loaded, place, reference, unsigned=unsigned) as state:
        published = publish_scenario(
            loaded,
            state,
            to,
            submitter=account.caller,
            plan=agreed_plan(loaded, state, planned),
            clones_on=architecture() if account.embedded else None,
        )
    console.say(published.reference)
    document = {
        "schema": "twinstage:scenario-publish:1",
        "scenario": published.scenario,
        "reference": published.reference,
        "snapshot": published.snapshot,
        "snapshot_id": published.snapshot_id,
        "store": target.root if target else f"s3://{account.bucket}",
    }
    console.data(document)
