"""`twinstage scenario validate`: a scenario and everything it names, checked without running anything."""

from __future__ import annotations

from typing import Any

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option, scenario_roots
from twinstage.cli.scenario_file import find_scenario, load_scenario
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
