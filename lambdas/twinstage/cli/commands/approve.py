"""`twinstage approve RUN` and `twinstage reject RUN --reason WHY`: the decision on a rehearsed change, while its run waits for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.console import Console
from twinstage.cli.identity import caller, this_user
from twinstage.cli.options import json_option
from twinstage.cli.stores import Place, StoreType
from twinstage.model.approval import APPROVE, REJECT
from twinstage.model.errors import InputError, InputProblem
from twinstage.rehearse.approval.desk import Desk
from twinstage.world.aws.clients import client
from twinstage.world.aws.task_token import end_task
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.rehearse.approval.desk import Said

run_argument = click.argument("run", type=StoreType(), metavar="RUN")
as_option = click.option(
    "--as", "name", metavar="NAME", help="Who decides, for a run in a folder.  [default: this user]"
)


@click.command()
@run_argument
@as_option
@click.option("--reason", default="", help="Why, for the record.")
@json_option
def approve(run: Place, name: str | None, reason: str, as_json: bool) -> None:
    """Approve the change of RUN: its folder, or s3://BUCKET/runs/RUN.

    The approval is for the evidence as it lies there. Exits 0 where it counts (or counted before), 4 where it is refused, 2 where nothing was asked.
    """
    _decide(run, name, APPROVE, reason, Console(as_json))


@click.command()
@run_argument
@as_option
@click.option("--reason", required=True, help="Why, for the record.")
@json_option
def reject(run: Place, name: str | None, reason: str, as_json: bool) -> None:
    """Reject the change of RUN: its folder, or s3://BUCKET/runs/RUN. One rejection is enough.

    Exits 0 where it counts (or counted before), 4 where it is refused, 2 where nothing was asked.
    """
    _decide(run, name, REJECT, reason, Console(as_json))


def run_at(place: Place) -> None:
    """Raises InputError where no run lies at a place."""
    if not place.store.exists("input/run.json"):
        hint = "give a run's folder, or s3://BUCKET/runs/RUN"
        raise InputError([InputProblem(place.root, 0, "", "not a run: no input/run.json", hint)])


def _decide(run: Place, name: str | None, word: str, reason: str, console: Console) -> None:
    run_at(run)
    here = isinstance(run.store, DirectoryStore)
    if name is not None and not here:
        raise click.UsageError("--as is for a run in a folder: on AWS, whoever calls is asked for by STS")
    who: Callable[[], str] = this_user if here else caller
    desk = Desk(run.store, lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    said = desk.say(who() if name is None else name, word, reason)
    outcome = said.standing.outcome
    # Said again, it is sent again: the first time the answer may have been lost.
    waits = outcome is None or here or end_task(client("stepfunctions"), desk.token(), {"decided": outcome.state})
    _tell(said, console)
    if not waits and not said.standing.concluded:
        console.say("the machine does not wait any more: the run's approval.json says what it ended with")


def _tell(said: Said, console: Console) -> None:
    standing, request = said.standing, said.standing.request
    outcome = standing.outcome
    again = "had decided so already" if said.repeated else f"decided to {said.decision.decision}"
    console.say(f"{said.decision.by} {again}; {standing.approvals} of {request.needed} approvals")
    console.say(f"the change is {outcome.state}" if outcome else "others have to decide too")
    document: dict[str, Any] = {
        "schema": "twinstage:approve:1",
        "run": request.run,
        "decision": said.decision.decision,
        "by": said.decision.by,
        "repeated": said.repeated,
        "approvals": standing.approvals,
        "needed": request.needed,
        "outcome": outcome.state if outcome else "pending",
        "evidence": request.evidence.digest,
    }
    console.data(document)
