"""How a state fails: a name that Retry and Catch are matched with, and a cause.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (error names; what States.ALL and States.TaskFailed stand for).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL: Final = "States.ALL"
TASK_FAILED: Final = "States.TaskFailed"
TIMEOUT: Final = "States.Timeout"
HEARTBEAT_TIMEOUT: Final = "States.HeartbeatTimeout"
RUNTIME: Final = "States.Runtime"
DATA_LIMIT: Final = "States.DataLimitExceeded"
NO_CHOICE: Final = "States.NoChoiceMatched"
INTRINSIC: Final = "States.IntrinsicFailure"
RESULT_PATH: Final = "States.ResultPathMatchFailure"
QUERY: Final = "States.QueryEvaluationError"
ITEM_READER: Final = "States.ItemReaderFailed"
THRESHOLD: Final = "States.ExceedToleratedFailureThreshold"
THROTTLED: Final = "Lambda.TooManyRequestsException"

# No wildcard matches these: "States.ALL cannot catch States.DataLimitExceeded or States.Runtime".
_TERMINAL: Final = frozenset({RUNTIME, DATA_LIMIT})
TIMEOUTS: Final = frozenset({TIMEOUT, HEARTBEAT_TIMEOUT})


class StateFailure(Exception):
    """A state failed: an event of the simulation, which a Retry or Catch may take. No error of the simulator."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}" if cause else error)
        self.error, self.cause = error, cause


def matches(names: Iterable[str], error: str) -> bool:
    """Whether an `ErrorEquals` names an error, with its wildcards as AWS has them.

    States.Timeout also names a missing heartbeat. A name that is terminal is matched by nothing, not even by itself.
    """
    if error == RUNTIME:
        return False
    for name in names:
        if name == error or (name == TIMEOUT and error == HEARTBEAT_TIMEOUT):
            return True
        if name == ALL and error not in _TERMINAL:
            return True
        if name == TASK_FAILED and error not in _TERMINAL | TIMEOUTS:
            return True
    return False
