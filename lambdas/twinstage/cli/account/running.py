"""An execution of a twin's machine: started, waited for, its evidence fetched."""

from __future__ import annotations

import json
import secrets
import threading
from typing import TYPE_CHECKING, Any, Final

from twinstage.local.fetching import fetch_run, forget_earlier
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.finding import Verdict
from twinstage.world.aws.clients import aws_errors, client
from twinstage.world.aws.machine import Machine
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from twinstage.cli.account.place import StandingTwin
    from twinstage.world.aws.machine import Execution
    from twinstage.world.signers import Signer

# An execution takes minutes, and its history is read whole each time.
LOOK_EVERY_S: Final = 5.0
EMBEDDED_LOOK_EVERY_S: Final = 0.2
REFUSED: Final = "BadInput"
_WAITS_FOR_PEOPLE: Final = "Approve"


def start_execution(twin: StandingTwin, document: Mapping[str, Any]) -> str:
    """Start an execution with this input, and give its ARN."""
    return _machine(twin, LOOK_EVERY_S).start(f"{twin.run}-{secrets.token_hex(4)}", document)


def latest_execution(twin: StandingTwin) -> str:
    """The ARN of the execution that was started last. Raises InputError where none was."""
    with aws_errors("stepfunctions", "ListExecutions"):
        found = client("stepfunctions").list_executions(stateMachineArn=twin.machine, maxResults=1)["executions"]
    if not found:
        hint = "`twinstage aws start` starts one"
        raise InputError([InputProblem("--run", 0, "", f"nothing was started in the twin of {twin.run}", hint)])
    return str(found[0]["executionArn"])


def wait_for(
    twin: StandingTwin, execution: str, say: Callable[[str], None], look_every_s: float
) -> tuple[Execution, tuple[str, ...]]:
    """Wait for the end of an execution: how it ended, and every state that it entered, each told as it is.

    Raises InputError where its input was refused: nothing was rehearsed then.
    """
    entered: list[str] = []

    def tell(state: str) -> None:
        entered.append(state)
        say(f"state {state}")
        if state == _WAITS_FOR_PEOPLE:
            say(f"waits for people: `twinstage approve {twin.uri}`")

    ended = _machine(twin, look_every_s).wait(execution, tell)
    if ended.error == REFUSED:
        raise InputError([InputProblem("the execution's input", 0, "", ended.cause)])
    return ended, tuple(entered)


def verdict_of(ended: Execution) -> Verdict:
    """What an execution says itself; INCONCLUSIVE where it did not come to its end."""
    if ended.status != "SUCCEEDED":
        return Verdict.INCONCLUSIVE
    return Verdict(json.loads(ended.output)["verdict"])


def fetch_results(twin: StandingTwin, run_dir: Path, snapshots: Path, signer: Signer | None) -> int:
    """The run's results into its directory, where nothing of an earlier one's approval stays, and the states that its arms ended with into the folder `snapshots`. Gives how many files came."""
    target = DirectoryStore(run_dir)
    forget_earlier(target)
    return fetch_run(twin.results, target, DirectoryStore(snapshots), signer)


def _machine(twin: StandingTwin, look_every_s: float) -> Machine:
    # An Event that nobody sets: a pause that an interrupt ends at once.
    pause = threading.Event()
    return Machine(client("stepfunctions"), twin.machine, lambda: _wait(pause, look_every_s))


def _wait(pause: threading.Event, seconds: float) -> None:
    pause.wait(seconds)
