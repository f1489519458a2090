"""Approve: people are asked, the machine waits with its task token for them, and what they decided is read back from the evidence store."""

from __future__ import annotations

import os
from typing import Any

from twinstage.handlers.stage import now, open_stage
from twinstage.model.errors import AwsError
from twinstage.rehearse.approval.asking import policy_of, request_for
from twinstage.rehearse.approval.desk import Desk
from twinstage.rehearse.approval.rules import APPROVED
from twinstage.world.aws.notices import notices


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"run", "step"}`: `request` -> `{"wait_s"}`, 0 where nobody is asked; `wait`, with `token` -> `{}`; `decide`, with `why` and whether the wait `failed` -> `{"approved"}`.

    What counts is what the store holds: whoever ends the task without a decision has it rejected.
    """
    stage = open_stage()
    desk = Desk(stage.results, now)
    match event["step"]:
        case "request":
            standing = desk.ask(request_for(stage.results, now()))
            stage.log("Approve", risk=standing.request.risk, needed=standing.request.needed)
            return {"wait_s": policy_of(stage.results).expires_s if standing.request.needed else 0}
        case "wait":
            desk.wait(event["token"])
            notices(os.environ).publish("Approval requested", desk.file())
            return {}
        case _:
            outcome = desk.conclude(event["why"], failed=event["failed"]).outcome
            record = desk.file()
            try:
                notices(os.environ).publish("Approval decided", record)
            except AwsError as error:
                stage.log("Approve", unpublished=error.message)
            stage.log("Approve", outcome=record["outcome"])
            return {"approved": outcome is not None and outcome.state == APPROVED}
