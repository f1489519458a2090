"""What the tasks of a twin's pipeline do, done one by one: its own functions are called, its own tables are worked with, and no state machine runs.

This is what a simulation is given for its transforms: what comes out of a task is real, and only its time is not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from twinstage.model.pipeline_twin import table_name
from twinstage.simulate.pipeline.failures import StateFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

OF_TABLES = ("arn:aws:states:::dynamodb:", "arn:aws:states:::aws-sdk:dynamodb:")


class TwinTransforms:
    """The tasks of one twin. `twins` maps production's names of functions and tables to the twin's."""

    def __init__(self, functions: Any, dynamodb: Any, twins: Mapping[str, str]) -> None:
        self._functions, self._dynamodb, self._twins = functions, dynamodb, twins

    def __call__(self, resource: str, given: Any) -> Any:
        """What the task gives: of a function by its name the payload, of a table's integration the API's answer. Raises StateFailure, by the name that a Retry or a Catch sees."""
        if resource in self._twins:
            return self._invoke(resource, given)
        if not resource.startswith(OF_TABLES):
            raise StateFailure("States.Runtime", f"{resource} is none of the twin's")
        return self._of_table(resource, given)

    def _invoke(self, function: str, payload: Any) -> Any:
        answer = self._functions.invoke(FunctionName=self._twins[function], Payload=json.dumps(payload).encode())
        document = json.loads(answer["Payload"].read() or "null")
        if "FunctionError" in answer:
            failed = document if isinstance(document, dict) else {}
            raise StateFailure(str(failed.get("errorType", "Lambda.Unknown")), str(failed.get("errorMessage", "")))
        return document

    def _of_table(self, resource: str, arguments: Mapping[str, Any]) -> Any:
        """Each integration by the boto3 call of its name; errors are named as Step Functions does."""
        method = xform_name(resource.rpartition(":")[2])
        service = "DynamoDb" if ":aws-sdk:" in resource else "DynamoDB"
        table = self._twins.get(table_name(str(arguments.get("TableName", ""))), "")
        try:
            answer = getattr(self._dynamodb, method)(**{**arguments, "TableName": table})
        except self._dynamodb.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            raise StateFailure(f"{service}.{code}", error.response["Error"]["Message"]) from error
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
