"""Options that several commands share."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from twinstage.local.project import find_project
from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.world.store import DirectoryStore

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
store_option = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".twinstage"),
    show_default=True,
    help="Folder that holds snapshots and runs.",
)


def scenario_roots() -> list[Path]:
    """Where a scenario's bare name is looked for: the working directory's scenarios, then the project's own."""
    roots = [Path("scenarios")]
    with contextlib.suppress(TwinstageError):
        roots.append(find_project().scenarios)
    return roots


def open_run(run_dir: Path) -> DirectoryStore:
    """The results in a run directory. Raises InputError where the folder is none."""
    place = DirectoryStore(run_dir)
    if not place.exists("input/run.json"):
        raise InputError(
            [
                InputProblem(
                    str(run_dir),
                    0,
                    "",
                    "not a run directory: no input/run.json",
                    "`twinstage rehearse` says where its run is",
                )
            ]
        )
    return place
