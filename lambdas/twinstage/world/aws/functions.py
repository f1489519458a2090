"""Functions over Lambda's API."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.world.api_forms import code_sha256, function_configuration
from twinstage.world.aws.clients import aws_errors
from twinstage.world.interface import Definition, Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping


class LambdaFunctions:
    """The functions of one account."""

    def __init__(self, functions: Any) -> None:
        self.functions = functions

    def definition(self, function: str) -> Definition:
        """Configuration and deployment package, out of one GetFunction: an update between two answers cannot mix them.

        Raises AwsError where the package at the pre-signed address is not the one that GetFunction described.
        """
        with aws_errors("lambda", "GetFunction"):
            found = self.functions.get_function(FunctionName=function)
        configuration = function_configuration(found["Configuration"], place=f"/functions/{function}")
        with urllib.request.urlopen(found["Code"]["Location"], timeout=60) as answer:  # noqa: S310 the address comes from Lambda itself
            body: bytes = answer.read()
        described, actual = found["Configuration"]["CodeSha256"], code_sha256(body)
        if actual != described:
            message = f"the package of {function} has CodeSha256 {actual}, not {described}"
            raise AwsError("lambda", "GetFunction", "CodeSha256Mismatch", message, retryable=True)
        return Definition(configuration, body)

    def invoke(self, function: str, payload: Mapping[str, Any]) -> Invocation:
        """Invoke synchronously. A failure of the function is an answer; a failure to invoke it is an AwsError."""
        with aws_errors("lambda", "Invoke"):
            answer = self.functions.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
            document = json.loads(answer["Payload"].read() or b"null")
        if kind := answer.get("FunctionError"):
            told = document if isinstance(document, dict) else {}
            return Invocation(document, told.get("errorType", kind), told.get("errorMessage", ""))
        return Invocation(document)
