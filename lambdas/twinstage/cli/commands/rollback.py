"""`twinstage rollback SCENARIO`: is there a way back out of the change, from every state that it may be met in?"""

from __future__ import annotations

import os
import shlex
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.commands.explore import MOST_AT_ONCE, NO_SCHEDULE
from twinstage.cli.commands.rehearse import EXIT_CODES, writable
from twinstage.cli.console import Console
from twinstage.cli.options import json_option, scenario_roots, store_option
from twinstage.cli.rollback_told import tell_rollback, tell_tried
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.cli.snapshots import REFERENCE, opened, unsigned_option
from twinstage.cli.stores import Place
from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.model.exploration_config import RECORDED, Exploration
from twinstage.model.finding import Verdict
from twinstage.model.rollback_config import Rollback
from twinstage.world.jsons import put_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.model.scenario import Scenario
    from twinstage.rehearse.inputs import Inputs

Document = dict[str, Any]
NO_PLACE = NO_SCHEDULE | {"NO_SUCH_PLACE"}


@click.command()
@click.argument("scenario")
@click.option(
    "--from",
    "place",
    metavar="EVENT:CALL",
    help="Try the way back from this one state, and show it: after the CALL-th call of what the recorded EVENT began (0: before any), or of change-STEP.",
)
@click.option(
    "--case",
    "case",
    metavar="NAME",
    help="Only this case, and the recorded path, which says what the baseline keeps.  [default: all that are certified]",
)
@click.option(
    "--schedule", metavar="STEPS", help="Try the way back from where this schedule of --case leads, and show it."
)
@click.option(
    "--run-dir", type=click.Path(path_type=Path, file_okay=False), help="Write rollback.json and rollback.html there."
)
@click.option(
    "--snapshot",
    "reference",
    metavar="SNAPSHOT",
    help=f"Roll back over this snapshot instead of the scenario's own production: {REFERENCE}.",
)
@unsigned_option
@store_option
@json_option
def rollback(
    scenario: str,
    place: str | None,
    case: str | None,
    schedule: str | None,
    run_dir: Path | None,
    reference: str | None,
    unsigned: bool,
    store: Path,
    as_json: bool,
) -> int:
    """Rehearse the way back out of the change of SCENARIO: a scenario.yaml, its folder, or the name of a packaged scenario.

    Nothing is deployed. From every state on the recorded path, and every state of each case that is certified, the change is undone in an exact
    world in memory, and the code that is rolled back to runs the recovery. Exits 0 APPROVED, 1 REJECTED, 3 INCONCLUSIVE. With --from or --schedule:
    0 where nothing that counts fails from that state, 1 where it does, 3 where a call has no answer.
    """
    console = Console(as_json)
    loaded = load_scenario(find_scenario(scenario, scenario_roots()), explores=True)
    loaded = replace(loaded, scenario=rolled_back(loaded.scenario, str(loaded.path)))
    if run_dir is not None:
        writable(run_dir)
    # What reads and runs handlers takes a moment to import: only commands that run them pay for it.
    from twinstage.cli.exploration_inputs import exploration_inputs

    with tempfile.TemporaryDirectory(prefix="twinstage-rollback-") as folder:
        held = DirectoryStore(store)
        given = opened(Place(held, str(store)), reference, unsigned=unsigned).manifest if reference else None
        inputs = exploration_inputs(loaded, Path(folder), given, held)
        if place is not None or schedule is not None:
            return one_state(inputs, console, place, case, schedule)
        tasks, documents = tried(inputs, console, case)
    return conclude(loaded.scenario, tasks, documents, scenario, run_dir, console)


def rolled_back(scenario: Scenario, file: str) -> Scenario:
    """The scenario with a way back, by the defaults where it describes none. Raises InputError where there is nothing to go back from, or nothing to run with the old code."""
    if not scenario.steps:
        message = "there is no way back: nothing changes"
        raise InputError([InputProblem(file, 0, "/change", message, "say under change what does")])
    config = scenario.rollback or Rollback()
    if scenario.changed and config.recovery is None and (scenario.explore is None or scenario.explore.recovery is None):
        message = "functions are rolled back, and nothing is run with the old code afterwards"
        hint = "describe a recovery under rollback.recovery or explore.recovery"
        raise InputError([InputProblem(file, 0, "/rollback", message, hint)])
    return replace(scenario, rollback=config)


def tried(inputs: Inputs, console: Console, case: str | None) -> tuple[list[Document], list[Document]]:
    """The tasks, and what came of each, in their order."""
    from twinstage.rehearse.exploration import run_tasks
    from twinstage.rehearse.rollback.plan import PATH, plan_rollback

    every = plan_rollback(inputs.scenario)
    known = list(dict.fromkeys(task["case"] for task in every))
    if case not in (None, *known):
        message = f"{case}: there is no case of this name that is to be certified"
        raise InputError([InputProblem("--case", 0, "", message, f"there are: {', '.join(known)}")])
    # Without the recorded path it is not known what the baseline keeps by itself, and nothing could be asked.
    tasks = [task for task in every if case in (None, task["case"]) or task["from"] == PATH]
    console.stage(f"{inputs.scenario.name}: {len(inputs.events)} events, {len(tasks)} tasks")
    return tasks, run_tasks(tasks, inputs, say=console.stage, at_once=min(MOST_AT_ONCE, os.cpu_count() or 1))


def one_state(inputs: Inputs, console: Console, place: str | None, case: str | None, schedule: str | None) -> int:
    """Try the way back from one state and show every call of it."""
    from twinstage.rehearse.exploration import Explorer
    from twinstage.rehearse.rollback.merging import asked_of, counting_of

    event, _, number = (place or ":0").rpartition(":")
    named = case or RECORDED
    if not number.isdecimal() or (place is not None and (schedule is not None or named != RECORDED)):
        hint = "give EVENT:CALL with --from alone, or --case and --schedule"
        raise InputError([InputProblem("--from", 0, "", f"{place} names no state of the recorded path", hint)])
    asked = inputs.scenario.explore or Exploration()
    if named not in (known := [RECORDED, *(each.name for each in asked.cases)]):
        message = f"{named}: there is no case of this name"
        raise InputError([InputProblem("--case", 0, "", message, f"there are: {', '.join(known)}")])
    steps = None if schedule is None else schedule.split()
    arm = inputs.scenario.subject
    try:
        with Explorer(inputs) as explorer:
            found = explorer.try_back(arm=arm, case=named, event=event, call=int(number), schedule=steps)
    except TwinstageError as error:
        if error.code not in NO_PLACE:
            raise
        option = "--from" if schedule is None else "--schedule"
        raise InputError([InputProblem(option, 0, "", error.message, error.hint)]) from error
    counting = counting_of(inputs.scenario, asked_of(inputs.scenario, [found], found)[0])
    tell_tried(found, counting, console)
    console.data({"schema": "twinstage:rollback-tried:1", **found})
    if found["unanswered"] or found["refused"]:
        return EXIT_CODES[Verdict.INCONCLUSIVE]
    return EXIT_CODES[Verdict.REJECTED if counting & found["broken"].keys() else Verdict.APPROVED]


def conclude(
    scenario: Scenario,
    tasks: list[Document],
    documents: list[Document],
    called: str,
    run_dir: Path | None,
    console: Console,
) -> int:
    """Merge, write, say, and give the exit code."""
    from twinstage.rehearse.rollback.merging import merge_rollback

    merged = _replayable(merge_rollback(scenario, tasks, documents), scenario.name, called)
    if run_dir is not None:
        from twinstage.report.rollback_page import rollback_html

        place = DirectoryStore(run_dir)
        put_json(place, "rollback.json", merged)
        place.put("rollback.html", rollback_html(merged, scenario.title))
        console.stage(str(run_dir / "rollback.html"))
    tell_rollback(merged, console)
    console.data(merged)
    return EXIT_CODES[Verdict(merged["verdict"])]


def _replayable(document: Document, name: str, called: str) -> Document:
    """The document with each command naming the scenario as it was named here."""
    own, given = f"twinstage rollback {name} ", f"twinstage rollback {shlex.quote(called)} "
    failures = [{**each, "command": given + each["command"].removeprefix(own)} for each in document["failures"]]
    return {**document, "failures": failures}
