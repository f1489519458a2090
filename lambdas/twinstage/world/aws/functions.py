"""Functions over Lambda's API."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

from twinstage.world.api_forms import function_configuration
from twinstage.world.aws.clients import aws_errors
from twinstage.world.interface import Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping


class LambdaFunctions:
    """The functions of one account."""

    def __init__(self, functions: Any) -> None:
        self.functions = functions

    def configuration(self, function: str) -> dict[str, Any]:
        """The parts of the configuration that a clone needs."""
        with aws_errors("lambda", "GetFunctionConfiguration"):
            found = self.functions.get_function_configuration(FunctionName=function)
        return function_configuration(found)

    def code(self, function: str) -> bytes:
        """The deployment package, through the pre-signed address that GetFunction gives."""
        with aws_errors("lambda", "GetFunction"):
            location = self.functions.get_function(FunctionName=function)["Code"]["Location"]
        with urllib.request.urlopen(location, timeout=60) as answer:  # noqa: S310 the address comes from Lambda itself
            body: bytes = answer.read()
        return body

    def invoke(self, function: str, payload: Mapping[str, Any]) -> Invocation:
        """Invoke synchronously. A failure of the function is an answer; a failure to invoke it is an AwsError."""
        with aws_errors("lambda", "Invoke"):
            answer = self.functions.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
            document = json.loads(answer["Payload"].read() or b"null")
        if kind := answer.get("FunctionError"):
            told = document if isinstance(document, dict) else {}
            return Invocation(document, told.get("errorType", kind), told.get("errorMessage", ""))
        return Invocation(document)
