"""`twinstage replay`: recorded events over a snapshot, without a scenario."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from twinstage.cli.commands.twin import home_option
from twinstage.cli.console import Console
from twinstage.cli.options import checked_run, json_option, on_this_machine, scenario_roots, store_option
from twinstage.cli.replay_told import document_of, exit_code, tell
from twinstage.cli.replay_worlds import (
    Asked,
    replay_in_memory_world,
    replay_in_own_twin,
    replay_in_standing_twin,
)
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.cli.snapshots import REFERENCE, found, opened, unsigned_option
from twinstage.cli.stores import Place
from twinstage.model.errors import InputError, InputProblem
from twinstage.replay.intake import ANY, SOURCES, read_events
from twinstage.replay.pace import MAX_LATE_S, pace_of
from twinstage.replay.settle import settled
from twinstage.replay.shards import in_scope
from twinstage.state.expectation import expectation
from twinstage.state.start_zones import start_zones
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.model.invariant import Invariant


@click.command()
@click.option("--snapshot", "reference", required=True, help=f"The snapshot to start from: {REFERENCE}.")
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
    type=click.Choice(SOURCES),
    default=ANY,
    show_default=True,
    help="What the events are; `any`: told record by record.",
)
@click.option(
    "--world",
    type=click.Choice(["memory", "local", "twin"]),
    default="memory",
    show_default=True,
    help="The exact rules in memory; a twin deployed for it in the embedded AWS; or the twin of --run, which stands and holds the snapshot.",
)
@click.option("--run", callback=checked_run, metavar="ID", help="With --world twin: the twin's run id.")
@home_option
@click.option(
    "--lanes", type=click.IntRange(1, 64), default=8, show_default=True, help="With --world twin: shards at a time."
)
@click.option(
    "--pace",
    "pace_text",
    default="fast",
    show_default=True,
    help="fast as causality allows, recorded, xN (N times as fast), or virtual: the recorded times on a clock that nobody waits for.",
)
@click.option(
    "--max-late",
    "max_late_s",
    type=click.FloatRange(min=0),
    default=MAX_LATE_S,
    show_default=True,
    help="Seconds that an event may begin late before the replay is invalid.",
)
@click.option("--expect", "later", help=f"The snapshot that snapshot and log must come to: {REFERENCE}.")
@click.option("--invariants", "scenario", help="A scenario whose invariants are asked after every change.")
@click.option("--max-quarantined", type=int, default=0, show_default=True, help="Malformed records to tolerate.")
@unsigned_option
@store_option
@json_option
def replay(
    reference: str,
    events_path: Path,
    source: str,
    world: str,
    run: str | None,
    home: Path | None,
    lanes: int,
    pace_text: str,
    max_late_s: float,
    later: str | None,
    scenario: str | None,
    max_quarantined: int,
    unsigned: bool,
    store: Path,
    as_json: bool,
) -> int:
    """Replay recorded events over a snapshot, and say what every one of them came to.

    Exits 1 where an invariant breaks, 3 where snapshot and log do not come to the snapshot that is expected, or the replay fell behind its pace.
    """
    console, place = Console(as_json), DirectoryStore(store)
    pace = pace_of(pace_text, "--pace")
    if world != "memory" and pace.kind == "virtual":
        raise InputError(
            [InputProblem("--pace", 0, "", "only the memory world has virtual time", "give fast, recorded or xN")]
        )
    if world != "memory":
        on_this_machine()
    if (world == "twin") == (run is None):
        raise click.UsageError("--world twin and --run ID go together")
    held = Place(place, str(store))
    manifest = opened(held, reference, unsigned=unsigned).manifest
    expected = found(held, later) if later else None
    invariants = _invariants(scenario)
    intake = in_scope(read_events(events_path, source, max_quarantined=max_quarantined), manifest)
    order = settled(intake.events, start_zones(manifest, place))
    intake = replace(intake, events=order.events)
    asked = Asked(manifest, intake, invariants, pace, max_late_s, store)
    if world == "memory":
        done = replay_in_memory_world(asked)
    elif run is not None:
        done = replay_in_standing_twin(asked, run, home, lanes)
    else:
        done = replay_in_own_twin(asked, console)
    met = expectation(done.final, expected, place) if expected else None
    document = document_of(done, intake, order, pace=str(pace), met=met)
    tell(console, document)
    console.data(document)
    return exit_code(document)


def _invariants(scenario: str | None) -> tuple[Invariant, ...]:
    return load_scenario(find_scenario(scenario, scenario_roots())).scenario.invariants if scenario else ()
