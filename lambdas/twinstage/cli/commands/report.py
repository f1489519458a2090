"""`twinstage report RUN`: the reports of a run, rendered again from its results."""

from __future__ import annotations

from pathlib import Path

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.cli.reports import reports_of
from twinstage.world.store import DirectoryStore


@click.command()
@click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="RUN")
@json_option
def report(run_dir: Path, as_json: bool) -> None:
    """Render report.html, report.md, junit.xml and results.sarif again: of a rehearsal, of a data product's, or of a stress. Reads results only."""
    console, place = Console(as_json), DirectoryStore(run_dir)
    files = reports_of(run_dir)
    for name, content in files.items():
        place.put(name, content)
        console.say(str(run_dir / name))
    console.data({"schema": "twinstage:report:1", "run_dir": str(run_dir), "files": sorted(files)})
