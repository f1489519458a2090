"""`twinstage report RUN`: the reports of a run, rendered again from its results."""

from __future__ import annotations

from pathlib import Path

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option, open_run
from twinstage.report import load_run, render


@click.command()
@click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="RUN")
@json_option
def report(run_dir: Path, as_json: bool) -> None:
    """Render report.html, report.md and junit.xml of a run directory again. Reads results only."""
    console, place = Console(as_json), open_run(run_dir)
    files = render(load_run(place))
    for name, content in files.items():
        place.put(name, content)
        console.say(str(run_dir / name))
    console.data({"schema": "twinstage:report:1", "run_dir": str(run_dir), "files": sorted(files)})
