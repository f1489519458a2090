"""A twin destroyed, however far its deployment came and whatever runs in it: by the platform's sweeper, which alone may delete what a twin is made of."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from twinstage.cli.account.place import outputs_of, stack_of
from twinstage.model.errors import AwsError, LeftoverError, TwinstageError
from twinstage.state.run_ledger import RunLedger
from twinstage.state.sweeping import Sweeper
from twinstage.world.aws.account import AwsAccount
from twinstage.world.aws.clients import aws_errors, client
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.cli.account.place import Account

SWEEP_FUNCTION: Final = "twinstage-sweep"
# A synchronous invocation may take as long as the function: 15 minutes, and a margin for the answer.
_SWEEP_TIMEOUT_S: Final = 910
_GONE_S: Final = 900.0
_LOOK_EVERY_S: Final = 5.0
_MOST_AFTER: Final = 3
# Where the platform has no sweeper, or one that may not be asked.
_NO_SWEEPER: Final = frozenset({"ResourceNotFoundException", "AccessDeniedException"})


def destroy_twin(account: Account, run: str, say: Callable[[str], None], pause: Callable[[float], None]) -> bool:
    """Stop what runs in the twin of a run, and tear it down; whether anything of it stood. Idempotent.

    Raises LeftoverError where its stack is still there in the end; any later sweep goes on with it, since the ledger says that it is leaving.
    """
    outputs = outputs_of(run)
    ledger = RunLedger(account.store)
    if outputs is None and run not in ledger.entries():
        say(f"nothing of {run} stands")
        return False
    if outputs is not None and "StateMachineArn" in outputs:
        _stop(outputs["StateMachineArn"], say)
    ledger.leave(run)
    until, after = time.monotonic() + _GONE_S, 0
    while True:
        _sweep(account, run, say)
        gone = outputs_of(run) is None
        if gone and run not in ledger.entries():
            break
        # What is left of a stack that has gone was named by the sweeper, each time it was asked.
        after += gone
        if after > _MOST_AFTER or time.monotonic() > until:
            message = f"{stack_of(run)} is {'gone, and something of it is left' if gone else 'still there'}"
            raise LeftoverError("LEFTOVERS", message, hint="the platform's sweeper goes on with it every 15 minutes")
        pause(_LOOK_EVERY_S)
    say(f"destroyed: {stack_of(run)}")
    return True


def _stop(machine: str, say: Callable[[str], None]) -> None:
    """Whatever still runs would fill the zones again while they are emptied."""
    states = client("stepfunctions")
    with aws_errors("stepfunctions", "ListExecutions"):
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
        running = [execution["executionArn"] for page in pages for execution in page["executions"]]
    for arn in running:
        with aws_errors("stepfunctions", "StopExecution"):
            states.stop_execution(executionArn=arn, error="Destroyed", cause="the twin is destroyed")
        say(f"stopped {arn.rpartition(':')[2]}")


def _sweep(account: Account, run: str, say: Callable[[str], None]) -> None:
    """Have the platform's sweeper tear the twin down; where there is none to be asked, do it by the caller's own rights."""
    try:
        told = _asked(run)
    except AwsError as error:
        if error.error not in _NO_SWEEPER:
            raise
        say(f"{SWEEP_FUNCTION} cannot be asked ({error.error}): torn down by this caller's own rights")
        sweeper = Sweeper(AwsAccount(client), Route53Zones(client("route53")), RunLedger(account.store), time.time)
        told = sweeper.tear_down(run).document()
    for failure in told.get("failures", ()):
        say(f"not yet removed: {failure['what']}: {failure['why']}")


def _asked(run: str) -> dict[str, Any]:
    """What the sweeper says that it did."""
    functions = client("lambda", read_timeout_s=_SWEEP_TIMEOUT_S)
    with aws_errors("lambda", "Invoke"):
        answer = functions.invoke(FunctionName=SWEEP_FUNCTION, Payload=json.dumps({"run": run}).encode())
    document: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" not in answer:
        return document
    if document.get("errorType") != LeftoverError.__name__:
        message = f"{SWEEP_FUNCTION} failed: {document.get('errorType')}: {document.get('errorMessage')}"
        raise TwinstageError("SWEEP_FAILED", message, hint=f"the log of {SWEEP_FUNCTION} has the whole")
    return {"failures": [{"what": SWEEP_FUNCTION, "why": document["errorMessage"]}]}
