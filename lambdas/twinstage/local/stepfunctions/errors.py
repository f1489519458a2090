"""The error names that a Catch sees, as AWS gives them.

An error that the service's model does not list carries the name of the SDK's base exception: `Lambda.AWSLambdaException`,
`DynamoDB.AmazonDynamoDBException` (seen in public reports of access-denied tasks).
"""

from __future__ import annotations

import logging
from typing import Any

from twinstage.local.clients import isolated_core
from twinstage.local.moto_contract import extends, replaces

_SERVICES = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"
_READER = "moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.item_reader_decl:ItemReader"
_SDK_NAMES = (
    "S3",
    "Route53",
    "Lambda",
    "Sts",
    "Sqs",
    "Sns",
    "Ssm",
    "Iam",
    "Ec2",
    "CloudFormation",
    "CloudWatchLogs",
    "EventBridge",
    "Scheduler",
)


def install() -> None:
    """Name errors as AWS does, and make a failed item reader an error that can be caught."""
    _name_errors("state_task_service_lambda:StateTaskServiceLambda", "lambda", "Lambda.AWSLambdaException")
    _name_errors("state_task_service_dynamodb:StateTaskServiceDynamoDB", "dynamodb", "DynamoDB.AmazonDynamoDBException")
    _name_services()
    _name_reader_failures()
    _give_codes()
    _silence()


def _give_codes() -> None:
    """moto answers with an exception's TYPE, and the interpreter's exceptions carry theirs as `code`."""
    from moto.core.exceptions import AWSError
    from moto.stepfunctions.parser import api

    kinds: list[Any] = [kind for kind in vars(api).values() if isinstance(kind, type) and issubclass(kind, AWSError)]
    for kind in kinds:
        if "code" in vars(kind):
            kind.TYPE = kind.code


def _name_errors(target: str, service: str, otherwise: str) -> None:
    shapes: Any = isolated_core().get_service_model(service).error_shapes
    known = {shape.name for shape in shapes} | {shape.error_code for shape in shapes}

    @extends(f"{_SERVICES}.{target}._error_cause_from_client_error")
    def convert(original: Any, client_error: Any) -> tuple[str, str]:
        error, cause = original(client_error)
        return (error if client_error.response["Error"]["Code"] in known else otherwise), cause


def _name_services() -> None:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk

    names = state_task_service_aws_sdk._SERVICE_ERROR_NAMES  # noqa: SLF001  moto's table, which lacks most services
    names.update({name.lower(): name for name in _SDK_NAMES})


def _name_reader_failures() -> None:
    from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
        FailureEvent,
        FailureEventException,
    )
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    @extends(f"{_READER}._eval_body")
    def read(original: Any, reader: Any, env: Any) -> None:
        try:
            original(reader, env)
        except FailureEventException:
            raise
        except Exception as error:
            name = StatesErrorName(typ=StatesErrorNameType.StatesItemReaderFailed)
            details = TaskFailedEventDetails(error=name.error_name, cause=f"The item reader failed: {error}")
            event = FailureEvent(
                env=env,
                error_name=name,
                event_type=HistoryEventType.TaskFailed,
                event_details=EventDetails(taskFailedEventDetails=details),
            )
            raise FailureEventException(event) from error


def _silence() -> None:
    """moto logs every failed component with its whole text; the execution's history has it."""
    logging.getLogger("moto.stepfunctions.parser").setLevel(logging.CRITICAL)

    @replaces("moto.stepfunctions.parser.asl.component.eval_component:EvalComponent._log_failure_event_exception")
    def log_failure(_component: Any, failure_event_exception: Any) -> None:
        """In the history."""

    @replaces("moto.stepfunctions.parser.asl.component.eval_component:EvalComponent._log_exception")
    def log_exception(_component: Any, exception: Any) -> None:
        """In the history."""
