"""`twinstage explore SCENARIO`: which other orders of the same calls could have happened, and does every one keep the invariants?"""

from __future__ import annotations

import os
import shlex
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.commands.rehearse import EXIT_CODES, writable
from twinstage.cli.console import Console
from twinstage.cli.exploration_told import tell_exploration, tell_schedule
from twinstage.cli.options import json_option, scenario_roots, store_option
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.cli.snapshots import REFERENCE, opened, unsigned_option
from twinstage.cli.stores import Place
from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.model.exploration_config import RECORDED, Exploration
from twinstage.model.finding import Verdict
from twinstage.model.scenario import scenario_of
from twinstage.world.jsons import put_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.model.scenario import Scenario
    from twinstage.rehearse.inputs import Inputs

Document = dict[str, Any]
MOST_AT_ONCE = 2
# What a schedule is refused with: it has a step that means nothing, or one that cannot happen where it stands.
NO_SCHEDULE = frozenset({"NO_SUCH_ACTION", "NO_SUCH_STEP"})


@click.command()
@click.argument("scenario")
@click.option("--arm", type=click.Choice(["baseline", "candidate"]), help="Only this arm.  [default: both]")
@click.option(
    "--case", "case", metavar="NAME", help="Only this case.  [default: all of the scenario's, and `recorded`]"
)
@click.option(
    "--variant",
    metavar="NAME",
    help="Only this variant of the candidate.  [default: the candidate as it would be deployed, and all variants]",
)
@click.option(
    "--schedule",
    metavar="STEPS",
    help="Replay exactly this schedule and show it: containers' names, one a call, such as 'A A B A!crash +time B'.",
)
@click.option("--seeds", type=click.IntRange(1), help="Schedules a strategy.  [default: the scenario's, else 200]")
@click.option(
    "--max-states",
    type=click.IntRange(1),
    help="States to reach at most in a case.  [default: the scenario's, else 200000]",
)
@click.option(
    "--run-dir", type=click.Path(path_type=Path, file_okay=False), help="Write explore.json and explore.html there."
)
@click.option(
    "--snapshot",
    "reference",
    metavar="SNAPSHOT",
    help=f"Explore over this snapshot instead of the scenario's own production: {REFERENCE}.",
)
@unsigned_option
@store_option
@json_option
def explore(
    scenario: str,
    arm: str | None,
    case: str | None,
    variant: str | None,
    schedule: str | None,
    seeds: int | None,
    max_states: int | None,
    run_dir: Path | None,
    reference: str | None,
    unsigned: bool,
    store: Path,
    as_json: bool,
) -> int:
    """Explore the schedules of SCENARIO: a scenario.yaml, its folder, or the name of a packaged scenario.

    Nothing is deployed: the handlers run unmodified in a process of their own, each AWS call one scheduling point, on an exact world in memory.
    Exits 0 APPROVED (every case that must be is certified, nothing that counts breaks), 1 REJECTED, 3 INCONCLUSIVE. With --schedule: 0 where the
    schedule breaks nothing that counts, 1 where it does, 3 where it could not be confirmed, a call in it has no answer, or something given failed.
    """
    console = Console(as_json)
    loaded = load_scenario(find_scenario(scenario, scenario_roots()), explores=True)
    loaded = replace(loaded, scenario=bounded(loaded.scenario, seeds, max_states))
    check_names(loaded.scenario, str(loaded.path), arm, case, variant)
    if run_dir is not None:
        writable(run_dir)
    # What reads and runs handlers takes a moment to import: only commands that explore pay for it.
    from twinstage.cli.exploration_inputs import exploration_inputs

    with tempfile.TemporaryDirectory(prefix="twinstage-explore-") as folder:
        held = DirectoryStore(store)
        given = opened(Place(held, str(store)), reference, unsigned=unsigned).manifest if reference else None
        inputs = exploration_inputs(loaded, Path(folder), given, held)
        console.stage(f"{loaded.scenario.name}: {len(inputs.events)} events, arms {' and '.join(loaded.scenario.arms)}")
        if schedule is not None:
            return one_schedule(inputs, console, arm, case, variant, schedule.split())
        tasks, documents = explored(inputs, console, arm, case, variant)
    return conclude(loaded.scenario, tasks, documents, scenario, run_dir, console)


def bounded(scenario: Scenario, seeds: int | None, max_states: int | None) -> Scenario:
    """The scenario with the bounds of this command over its own, its cases' included."""
    if seeds is None and max_states is None:
        return scenario
    asked = dict(scenario.document.get("explore") or {})
    if seeds is not None:
        asked["seeds"] = seeds
    if max_states is not None:
        most = {"max_states": max_states}
        asked |= most
        asked["cases"] = [each | most for each in asked.get("cases", ())]
        recorded = asked.get("recorded", True)
        asked["recorded"] = recorded and (recorded if isinstance(recorded, dict) else {}) | most
        if "safe_lag" in asked:
            asked["safe_lag"] = asked["safe_lag"] | most
    return scenario_of({**scenario.document, "explore": asked})


def check_names(scenario: Scenario, file: str, arm: str | None, case: str | None, variant: str | None) -> None:
    """Raises InputError with every name that the scenario does not have."""
    asked = scenario.explore or Exploration()
    known = {
        "--arm": (arm, list(scenario.arms)),
        "--case": (case, [*([RECORDED] if asked.recorded else []), *(each.name for each in asked.cases)]),
        "--variant": (variant, [each.name for each in asked.variants]),
    }
    if asked.safe_lag is not None:
        known["--case"][1].append(asked.safe_lag.case.name)
    problems = [
        InputProblem(
            file,
            0,
            "/explore",
            f"{option} {given}: there is none of this name",
            f"there are: {', '.join(names) or 'none'}",
        )
        for option, (given, names) in known.items()
        if given is not None and given not in names
    ]
    if problems:
        raise InputError(problems)


def explored(
    inputs: Inputs, console: Console, arm: str | None, case: str | None, variant: str | None
) -> tuple[list[Document], list[Document]]:
    """The tasks, and what came of each, in their order: two at once where there are two processors, each in a process of its own."""
    from twinstage.rehearse.exploration import plan_exploration, run_tasks

    tasks = plan_exploration(
        inputs.scenario, inputs.events, arms=_only(arm), cases=_only(case), variants=_only(variant)
    )
    if not tasks:
        message = "there is nothing to explore: no case, and no events that could have come in another order"
        raise InputError([InputProblem(inputs.scenario.name, 0, "/explore", message, "add a case under explore.cases")])
    console.stage(f"{len(tasks)} tasks")
    return tasks, run_tasks(tasks, inputs, say=console.stage, at_once=min(MOST_AT_ONCE, os.cpu_count() or 1))


def one_schedule(
    inputs: Inputs, console: Console, arm: str | None, case: str | None, variant: str | None, schedule: Sequence[str]
) -> int:
    """Replay one schedule and show every step of it."""
    from twinstage.rehearse.exploration import replay_schedule

    try:
        found = replay_schedule(
            inputs, arm=arm or inputs.scenario.subject, case=case or RECORDED, schedule=schedule, variant=variant
        )
    except TwinstageError as error:
        if error.code not in NO_SCHEDULE:
            raise
        raise InputError([InputProblem("--schedule", 0, "", error.message, error.hint)]) from error
    tell_schedule(found, console)
    console.data({"schema": "twinstage:explore-schedule:1", **found})
    shown_only = {each.id for each in inputs.scenario.explored_invariants if not each.counts}
    broken = set(found["broken"]) - shown_only
    if not found["confirmed"] or found["unanswered"] or found["refused"]:
        return EXIT_CODES[Verdict.INCONCLUSIVE]
    return EXIT_CODES[Verdict.REJECTED if broken else Verdict.APPROVED]


def conclude(
    scenario: Scenario,
    tasks: list[Document],
    documents: list[Document],
    called: str,
    run_dir: Path | None,
    console: Console,
) -> int:
    """Merge, write, say, and give the exit code."""
    from twinstage.rehearse.exploration import merge

    merged = replayable(merge(scenario, tasks, documents), scenario.name, called)
    if run_dir is not None:
        from twinstage.report.exploration_page import exploration_html

        place = DirectoryStore(run_dir)
        put_json(place, "explore.json", merged)
        place.put("explore.html", exploration_html(merged, scenario.title))
        console.stage(str(run_dir / "explore.html"))
    tell_exploration(merged, console)
    console.data(merged)
    return EXIT_CODES[Verdict(merged["verdict"])]


def replayable(document: Document, name: str, called: str) -> Document:
    """The document with each command naming the scenario as it was named here: its own name means nothing where it is not packaged."""
    own, given = f"twinstage explore {name} ", f"twinstage explore {shlex.quote(called)} "
    violations = [
        {**each, "command": given + each["command"].removeprefix(own)}
        if str(each.get("command")).startswith(own)
        else each
        for each in document["violations"]
    ]
    return {**document, "violations": violations}


def _only(name: str | None) -> tuple[str, ...] | None:
    return None if name is None else (name,)
