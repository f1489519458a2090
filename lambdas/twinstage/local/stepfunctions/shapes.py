"""Requests and responses of task integrations, between the case that state machines use and the one that botocore has.

moto took these functions from an interpreter that has them and left their bodies empty: `StateMachineArn` would reach botocore as
it is, instead of `stateMachineArn`, and a streamed body would be the task's output.
"""

from __future__ import annotations

from typing import Any

import botocore

from twinstage.local.clients import isolated_core
from twinstage.local.moto_contract import replaces

_SERVICE = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service:StateTaskService"


def install() -> None:
    """Normalise with the service's model, for every integration."""
    models: dict[str, dict[str, Any]] = {}
    session = isolated_core()

    def operation(task: Any, service_name: str | None, action_name: str | None) -> Any:
        service = task._get_boto_service_name(service_name)  # noqa: SLF001  the replaced methods' own helpers
        action = task._get_boto_service_action(action_name)  # noqa: SLF001
        if service not in models:
            model = session.get_service_model(service)
            models[service] = {botocore.xform_name(name): model.operation_model(name) for name in model.operation_names}
        return models[service].get(action)

    @replaces(f"{_SERVICE}._normalise_parameters")
    def normalise_parameters(
        task: Any, parameters: Any, boto_service_name: str | None = None, service_action_name: str | None = None
    ) -> None:
        found = operation(task, boto_service_name, service_action_name)
        if found is not None and found.input_shape is not None:
            task._to_boto_request(parameters, found.input_shape)  # noqa: SLF001

    @replaces(f"{_SERVICE}._normalise_response")
    def normalise_response(
        task: Any, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None
    ) -> None:
        found = operation(task, boto_service_name, service_action_name)
        if found is not None and found.output_shape is not None:
            task._from_boto_response(response, found.output_shape)  # noqa: SLF001
