"""What an execution was started with, made the input of its run: of a scenario that was published, or what lies there already."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.change_step import TableStep
from twinstage.model.clones import clones_digest
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.scenario import CANDIDATE
from twinstage.model.validation import schema_problems
from twinstage.rehearse.published import find_published, lay_out, published_files
from twinstage.replay.standing import spare_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.handlers.stage import Stage

INPUT: Final = "the execution's input"
_SNAPSHOT, _CLONES, _SCENARIO = "TWIN_SNAPSHOT", "TWIN_CLONES", "TWIN_SCENARIO"
_LYING: Final = tuple(f"input/{name}" for name in ("run.json", "scenario.json", "events.jsonl"))
_DEPLOY: Final = "deploy a twin for it: `twinstage aws deploy`"


def accept(stage: Stage, given: Any, variables: Mapping[str, str] = os.environ) -> None:
    """Lay out the run's input, by the execution's own (`twinstage schema execution-input`). `variables` say what the twin was deployed with.

    Raises InputError, before anything is written: an input that is none, a scenario that nobody published, one (published, or laid out already) that this twin is not the twin for.
    """
    if problems := schema_problems("execution-input", given, INPUT):
        raise InputError(problems)
    run = stage.settings.run
    if given.get("run", run) != run:
        raise InputError([InputProblem(INPUT, 0, "/run", f"this is the twin of run {run}", "leave `run` out")])
    if "run" in given and "scenario" not in given:
        if problems := _misfits(f"runs/{run}/input", *_lying(stage), variables):
            raise InputError(problems)
        return
    published = find_published(stage.store, given.get("scenario") or variables.get(_SCENARIO, ""))
    if problems := _misfits(published.reference, published.snapshot, published.clones, variables):
        raise InputError(problems)
    files = published_files(stage.store, published)
    lay_out(stage.results, files, {"run": run, "published": published.digest})


def _lying(stage: Stage) -> tuple[str, str]:
    """The state that the input which lies there says it is for, and the digest of what its twin must be made of. Raises InputError where it says neither."""
    place = f"runs/{stage.settings.run}/"
    if missing := [key for key in _LYING if not stage.results.exists(key)]:
        message = "nothing lies there" if missing == [*_LYING] else f"{', '.join(missing)} is missing"
        hint = 'give {"scenario": NAME}, or bring the input there'
        raise InputError([InputProblem(f"{place}input", 0, "", message, hint)])
    try:
        snapshot, held = stage.input["snapshot"], stage.manifest.digest
        if snapshot != held:
            message = f"it names the state {snapshot}, and its snapshot_id one that holds {held}"
            raise InputError([InputProblem(f"{place}{_LYING[0]}", 0, "/snapshot", message, "name one state")])
        return snapshot, _made_of(stage)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message, hint = f"it is not what a run is given: {error!r}", "`twinstage scenario publish` makes it"
        raise InputError([InputProblem(f"{place}input", 0, "", message, hint)]) from error


def _made_of(stage: Stage) -> str:
    scenario, code = stage.scenario, stage.input["code"]
    return clones_digest(
        scenario.replayed,
        {name: code[CANDIDATE][name].removeprefix("sha256:") for name in scenario.changed},
        {name: scenario.document["change"]["functions"][name] for name in scenario.changed},
        scenario.keep_environment,
        stress=scenario.stress.reached if scenario.stress else "",
        spare_zones=spare_names(stage.events, (zone.name for zone in stage.manifest.zones)),
        shaped_tables=[step.table for step in scenario.steps if isinstance(step, TableStep)],
    )


def _misfits(reference: str, snapshot: str, clones: str, variables: Mapping[str, str]) -> list[InputProblem]:
    """Where the twin is not one for an input, by the state that this is for and the digest of what its twin must be made of: what the twin was deployed with says so."""
    told = {
        _SNAPSHOT: (snapshot, "it is for the state {}, and the twin holds {}"),
        _CLONES: (clones, "what its twin must be made of is {}, and this one is made of {}"),
    }
    return [
        InputProblem(reference, 0, "", message.format(wanted, variables[name]), _DEPLOY)
        for name, (wanted, message) in told.items()
        if variables[name] != wanted
    ]
