"""`twinstage init`: a first scenario out of one's own zone and function."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import click

from twinstage.cli.console import Console
from twinstage.cli.first_scenario import environment, events_text, find, scenario_text
from twinstage.cli.options import json_option
from twinstage.cli.request_lines import read_requests
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError, InputProblem

_PLACE = click.Path(path_type=Path, exists=True)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
# Of no moment that matters: the events are made up until a log takes their place.
_BEGIN: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_README: Final = """# {title}

Written by `twinstage init`. Next:

1. Make your change in `candidate/`, and say in `scenario.yaml` what it is for.
2. Put what really happened into `events.jsonl` (`twinstage schema event`): out of CloudTrail, by `twinstage replay`'s formats, or by hand. Until then it has {events} made-up event(s).
3. Say what must always hold: `invariants` has the names that answer today.
4. `twinstage scenario validate {folder}`, then `twinstage rehearse {folder} --local`.
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--zone",
    type=_PLACE,
    required=True,
    help="Answer of `aws route53 list-resource-record-sets`, a zone file, or a folder of such.",
)
@click.option("--function", "code", type=_FOLDER, required=True, help="The folder of the function's code.")
@click.option("--handler", required=True, metavar="MODULE.FUNCTION", help="What Lambda calls in it.")
@click.option(
    "--table",
    type=_PLACE,
    help="A table's description and items (`twinstage snapshot import` says in which forms), or a folder of such.",
)
@click.option(
    "--events",
    "messages",
    type=_PLACE,
    help="What the function is invoked with: one JSON value a line.  [default: once, with {}]",
)
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A variable of the function's environment.")
@click.option("--timeout-s", type=click.IntRange(1, 900), default=30, show_default=True, help="The function's timeout.")
@json_option
def init(
    folder: Path,
    zone: Path,
    code: Path,
    handler: str,
    table: Path | None,
    messages: Path | None,
    given: tuple[str, ...],
    timeout_s: int,
    as_json: bool,
) -> None:
    """Write a first scenario into FOLDER: production as it was given, the function's code as baseline and as candidate, one event, and what must go on to hold.

    The scenario is checked before anything is written; FOLDER must be empty, or not be there.
    """
    console = Console(as_json)
    if folder.exists() and any(folder.iterdir()):
        raise InputError([InputProblem(str(folder), 0, "", "it is not empty", "give a folder that is not there yet")])
    variables = _assignments(given)
    with tempfile.TemporaryDirectory(dir=_parent(folder), prefix=".twinstage-init-") as made:
        place = Path(made) / "scenario"
        _copy(zone, place / "production" / "zones")
        if table is not None:
            _copy(table, place / "production" / "tables")
        for arm in ("baseline", "candidate"):
            shutil.copytree(code, place / arm, ignore=shutil.ignore_patterns("__pycache__", ".git"))
        tables = place / "production" / "tables" if table is not None else None
        found = find(place / "production" / "zones", tables, code, handler)
        events = read_requests(messages) if messages is not None else [{}]
        name = folder.resolve().name.lower()
        text = scenario_text(found, environment(found, variables), variables, name=name, timeout_s=timeout_s)
        (place / "scenario.yaml").write_text(text, encoding="utf-8")
        (place / "events.jsonl").write_text(events_text(found.function, list(events), _BEGIN), encoding="utf-8")
        readme = _README.format(title=f"A change of {found.function}", folder=folder, events=len(events))
        (place / "README.md").write_text(readme, encoding="utf-8")
        loaded = load_scenario(place / "scenario.yaml")
        if folder.exists():
            folder.rmdir()
        place.rename(folder)
    console.say(
        f"{folder / 'scenario.yaml'}: {', '.join(sorted(each.name for each in found.zones))}, {found.function}, {len(events)} events"
    )
    console.say(f"next: change {folder / 'candidate'}, then `twinstage rehearse {folder} --local`")
    console.data(
        {
            "schema": "twinstage:init:1",
            "scenario": str(folder / "scenario.yaml"),
            "name": loaded.scenario.name,
            "zones": sorted(each.name for each in found.zones),
            "tables": list(found.tables),
            "function": found.function,
            "variables": sorted(found.variables),
        }
    )


def _parent(folder: Path) -> Path:
    """Where the scenario is written first, so that it comes to its place whole or not at all."""
    parent = folder.absolute().parent
    if not parent.is_dir():
        raise InputError([InputProblem(str(folder), 0, "", f"there is no folder {parent}", "make it first")])
    return parent


def _copy(source: Path, place: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, place)
    else:
        place.mkdir(parents=True)
        shutil.copyfile(source, place / source.name)


def _assignments(given: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise click.UsageError(f"--set {text}: give NAME=VALUE")
        pairs[name] = value
    return pairs
