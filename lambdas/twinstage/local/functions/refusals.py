"""Errors that the Lambda API answers with, in moto's form."""

from __future__ import annotations

import json
from typing import Any


def refusal(code: str, message: str, status: int, reason: str = "") -> Exception:
    """An error to raise inside moto's Lambda: it is answered with this code and HTTP status.

    `reason` is a throttle's. Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (TooManyRequestsException)
    """
    error = refusals()(code, message)
    error.code = status
    if reason:
        error.description = json.dumps({"__type": code, "Type": "User", "message": message, "Reason": reason})
    return error  # type: ignore[no-any-return]  # moto has no type information


def refusals() -> type[Any]:
    """The class of those errors; `message` is theirs."""
    from moto.awslambda.exceptions import LambdaClientError

    return LambdaClientError  # type: ignore[no-any-return]  # moto has no type information
