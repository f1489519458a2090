"""What an execution was started with, made the input of its run: of a scenario that was published, or what lies there already."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import schema_problems
from twinstage.rehearse.published import find_published, lay_out, published_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.handlers.stage import Stage
    from twinstage.rehearse.published import Published

INPUT: Final = "the execution's input"
_SNAPSHOT, _CLONES, _SCENARIO = "TWIN_SNAPSHOT", "TWIN_CLONES", "TWIN_SCENARIO"
_DEPLOY: Final = "deploy a twin for it: `twinstage aws deploy`"


def accept(stage: Stage, given: Any, variables: Mapping[str, str] = os.environ) -> None:
    """Lay out the run's input, by the execution's own (`twinstage schema execution-input`). `variables` say what the twin was deployed with.

    Raises InputError, before anything is written: an input that is none, a scenario that nobody published, one that this twin is not the twin for.
    """
    if problems := schema_problems("execution-input", given, INPUT):
        raise InputError(problems)
    run = stage.settings.run
    if given.get("run", run) != run:
        raise InputError([InputProblem(INPUT, 0, "/run", f"this is the twin of run {run}", "leave `run` out")])
    if "run" in given and "scenario" not in given:
        if not stage.results.exists("input/run.json"):
            hint = 'give {"scenario": NAME}, or bring the input there'
            raise InputError([InputProblem(f"runs/{run}/input", 0, "", "nothing lies there", hint)])
        return
    published = find_published(stage.store, given.get("scenario") or variables.get(_SCENARIO, ""))
    if problems := _misfits(published, variables):
        raise InputError(problems)
    files = published_files(stage.store, published)
    lay_out(stage.results, files, {"run": run, "published": published.digest})


def _misfits(published: Published, variables: Mapping[str, str]) -> list[InputProblem]:
    """Where the twin is not one for a publication: what it was deployed with says so."""
    told = {
        _SNAPSHOT: (published.snapshot, "it is published for the state {}, and the twin holds {}"),
        _CLONES: (published.clones, "its arms and functions are {}, and those of the twin {}"),
    }
    return [
        InputProblem(published.reference, 0, "", message.format(wanted, variables[name]), _DEPLOY)
        for name, (wanted, message) in told.items()
        if variables[name] != wanted
    ]
