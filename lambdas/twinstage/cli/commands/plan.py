"""`twinstage plan`: what a change would change, in categories and with reasons, before anything of it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.cli.plan_asked import Asked
from twinstage.cli.plan_told import tell_plan
from twinstage.cli.snapshots import REFERENCE, unsigned_option
from twinstage.cli.stores import place_option
from twinstage.rehearse.change.fit import require_digest
from twinstage.rehearse.change.record_guards import MOST_SHARE
from twinstage.rehearse.change.records import ROLLBACK_WAIT_S

_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
_PATH: Final = click.Path(path_type=Path, exists=True)
BREAKING: Final = 1
REFUSED: Final = 4


@click.command()
@click.argument("scenario", required=False)
@click.option("--zone", metavar="NAME", help="Plan a change of this zone's records: a name, or an id.")
@click.option("--records", type=_FILE, help="Of --zone: a change batch, as Route 53's API takes it.")
@click.option("--table", metavar="NAME", help="Plan a change of this table's schema.")
@click.option("--schema", type=_FILE, help="Of --table: what CreateTable takes, or DescribeTable's answer.")
@click.option("--template", type=_PATH, help="Plan this template, or this folder that `cdk synth` wrote.")
@click.option("--contract", type=_FILE, help="Plan this version of a data contract.")
@click.option("--against", type=_PATH, help="Of --template and --contract: what stands now.")
@click.option("--snapshot", "reference", metavar="SNAPSHOT", help=f"What the change is for: {REFERENCE}.")
@unsigned_option
@click.option("--allow", multiple=True, metavar="GUARD", help="Let this guard through; the plan says so.")
@click.option(
    "--most-share",
    type=click.FloatRange(0, 1),
    default=MOST_SHARE,
    show_default=True,
    help="The share of a zone's record sets that may be altered or removed.",
)
@click.option(
    "--rollback-wait-s",
    type=click.IntRange(0),
    default=ROLLBACK_WAIT_S,
    show_default=True,
    help="How long a rollback may take to be seen through caches.",
)
@click.option("--expect", "expected", metavar="DIGEST", help="Refuse any other plan than this one.")
@place_option()
@json_option
def plan(expected: str | None, as_json: bool, **options: Any) -> int:
    """Say what SCENARIO would change, or a batch of records, a table's schema, a template or a contract; nothing of it runs.

    The state is a --snapshot, or the production that SCENARIO describes. Each change is breaking, non-breaking or undecided, with the reason, and
    forward-only where it cannot be taken back without loss. Guards say what they saw, what passes and the way out. The digest names the plan and the state that it is
    for. Exits 0; 1 where something breaks for somebody who was not told; 4 where a guard refuses, or the plan is another than --expect.
    """
    console, found = Console(as_json), Asked(**options).plan()
    if expected is not None:
        require_digest(found, expected)
    tell_plan(console, found)
    console.data(found.document())
    if found.refusing:
        return REFUSED
    return BREAKING if found.breaking else 0
