"""Ending a task that waits for a token.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.world.aws.clients import aws_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

# The token has expired, or its task was closed: it timed out, was ended before, or its execution was.
_OVER = frozenset({"TaskTimedOut", "TaskDoesNotExist"})


def end_task(states: Any, token: str, output: Mapping[str, Any]) -> bool:
    """Report success with a token. False where the task is over already, so that sending again is no loss. Raises AwsError for anything else."""
    try:
        with aws_errors("stepfunctions", "SendTaskSuccess"):
            states.send_task_success(taskToken=token, output=json.dumps(output))
    except AwsError as error:
        if error.error in _OVER:
            return False
        raise
    return True
