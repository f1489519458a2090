"""Errors that the Lambda API answers with, in moto's form."""

from __future__ import annotations

from typing import Any


def refusal(code: str, message: str, status: int) -> Exception:
    """An error to raise inside moto's Lambda: it is answered with this code and HTTP status."""
    error = refusals()(code, message)
    error.code = status
    return error  # type: ignore[no-any-return]  # moto has no type information


def refusals() -> type[Any]:
    """The class of those errors; `message` is theirs."""
    from moto.awslambda.exceptions import LambdaClientError

    return LambdaClientError  # type: ignore[no-any-return]  # moto has no type information
