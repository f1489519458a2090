"""Task tokens: a token reports once, and one whose task is over is told so.

moto takes a second report as the first, looks for tokens in running executions only, and never says TaskTimedOut.
Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
"""

from __future__ import annotations

import threading
from typing import Any

from twinstage.local.moto_contract import extends, replaces

_BACKEND = "moto.stepfunctions.parser.models:StepFunctionsParserBackend"
_CALLBACK = (
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback"
    ":StateTaskServiceCallback"
)


def install() -> None:
    """Replace how a report finds its task, and close a token when its task is over."""
    from moto.stepfunctions.parser.asl.eval.callback.callback import (
        CallbackConsumerLeft,
        CallbackOutcomeFailure,
        CallbackOutcomeSuccess,
    )

    one_at_a_time = threading.Lock()

    @replaces(f"{_BACKEND}.send_task_success")
    def send_task_success(backend: Any, task_token: str, outcome: str) -> None:
        with one_at_a_time:
            _waiting(backend, task_token).notify(outcome=CallbackOutcomeSuccess(task_token, outcome))

    @replaces(f"{_BACKEND}.send_task_failure")
    def send_task_failure(backend: Any, task_token: str, error: Any = None, cause: Any = None) -> None:
        with one_at_a_time:
            _waiting(backend, task_token).notify(outcome=CallbackOutcomeFailure(task_token, error, cause))

    @extends(f"{_CALLBACK}._eval_integration_pattern")
    def evaluate(original: Any, task: Any, env: Any, *arguments: Any, **named: Any) -> None:
        token = env.states.context_object.context_object_data["Task"]["Token"]
        endpoint = env.callback_pool_manager.get(token)
        try:
            original(task, env, *arguments, **named)
        finally:
            with one_at_a_time:
                endpoint.report(CallbackConsumerLeft())


def interrupt(env: Any) -> None:
    """Let go of whatever waits for a token in an execution that is stopped."""
    for endpoint in list(env.callback_pool_manager._pool.values()):  # noqa: SLF001  moto has no list of them
        endpoint.interrupt_all()


def _waiting(backend: Any, token: str) -> Any:
    """What waits with a token. Raises moto's TaskTimedOut where nothing does any more, InvalidToken where nothing ever did."""
    from moto.stepfunctions.parser.api import InvalidToken, TaskTimedOut

    for machine in backend.state_machines:
        for execution in machine.executions:
            endpoint = execution.exec_worker.env.callback_pool_manager.get(token)
            if endpoint is None:
                continue
            if (
                execution.status != "RUNNING"
                or endpoint.consumer_error is not None
                or endpoint.get_outcome() is not None
            ):
                raise TaskTimedOut("the token has expired, or its task was closed")
            return endpoint
    raise InvalidToken
