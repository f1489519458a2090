"""`twinstage report RUN`: the reports of a run, rendered again from its results; and what a pipeline shows of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option, open_run, scenario_roots
from twinstage.cli.reports import reports_of
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.model.finding import Finding
    from twinstage.report.github import Line


@click.command()
@click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="RUN")
@click.option(
    "--format",
    "form",
    type=click.Choice(["files", "github", "comment", "sarif"]),
    default="files",
    show_default=True,
    help="files: render all of them into RUN. The others print one: annotations as GitHub's workflow commands, the text of a comment, SARIF.",
)
@click.option(
    "--scenario", metavar="SCENARIO", help="Put annotations and SARIF where the scenario says what was broken."
)
@click.option(
    "--marker",
    default="<!-- twinstage -->",
    show_default=True,
    help="What a comment begins with, and is found again by.",
)
@click.option("--link", default="", metavar="URL", help="Where a comment leads to for the whole.")
@json_option
def report(run_dir: Path, form: str, scenario: str | None, marker: str, link: str, as_json: bool) -> None:
    """Render report.html, report.md, junit.xml and results.sarif again: of a rehearsal, of a data product's, or of a stress. Reads results only."""
    if form != "files":
        sys.stdout.buffer.write(_printed(run_dir, form, scenario, marker, link))
        return
    console, place = Console(as_json), DirectoryStore(run_dir)
    files = reports_of(run_dir)
    for name, content in files.items():
        place.put(name, content)
        console.say(str(run_dir / name))
    console.data({"schema": "twinstage:report:1", "run_dir": str(run_dir), "files": sorted(files)})


def _printed(run_dir: Path, form: str, scenario: str | None, marker: str, link: str) -> bytes:
    """One form of a rehearsal's report."""
    from twinstage.report import load_run
    from twinstage.report.github import comment, workflow_commands
    from twinstage.report.sarif import report_sarif

    model = load_run(open_run(run_dir))
    if form == "comment":
        return comment(model, marker, link)
    place = _places(scenario)
    return workflow_commands(model, place) if form == "github" else report_sarif(model, place)


def _places(scenario: str | None) -> Callable[[Finding], Line]:
    from twinstage.cli.finding_places import finding_places
    from twinstage.cli.scenario_file import find_scenario
    from twinstage.report.github import Line

    return finding_places(find_scenario(scenario, scenario_roots())) if scenario else lambda _finding: Line()
