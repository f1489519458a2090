"""Options that several commands share."""

from __future__ import annotations

import contextlib
import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from twinstage.local.project import find_project
from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.model.reading.endpoints import refuse_endpoints
from twinstage.model.reading.names import run_id
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
store_option = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".twinstage"),
    show_default=True,
    help="Folder that holds snapshots and runs.",
)


def checked_run(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """A click callback: the run id that was given, or none. Raises InputError where it is no run id."""
    return None if value is None else run_id(value)


def on_this_machine() -> None:
    """For commands that use the embedded AWS. Raises InputError where the environment sends AWS clients anywhere else."""
    refuse_endpoints(os.environ)


def scenario_roots() -> list[Path]:
    """Where a scenario's bare name is looked for: the working directory's scenarios, then the project's own."""
    roots = [Path("scenarios")]
    with contextlib.suppress(TwinstageError):
        roots.append(find_project().scenarios)
    return roots


@contextmanager
def results_in(run_dir: Path) -> Iterator[DirectoryStore]:
    """The results in a run directory, to be read. What cannot be read of them is raised as InputError with its path."""
    place = open_run(run_dir)
    try:
        yield place
    except InputError as error:
        raise InputError([replace(problem, file=f"{run_dir}/{problem.file}") for problem in error.problems]) from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        message = f"its results are not those of a run: {type(error).__name__}: {error}"
        raise InputError([InputProblem(f"{run_dir}/input/run.json", 0, "", message, "rehearse again")]) from error


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
