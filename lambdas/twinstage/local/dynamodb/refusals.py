"""DynamoDB's errors on the wire.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

from typing import Any, Final

from twinstage.world.memory.dynamodb import DynamoRefused, Unsupported

_OWN: Final = "com.amazonaws.dynamodb.v20120810#"
_STREAMS: Final = "com.amazonaws.dynamodb.streams.v20120810#"
# Errors of the framework that the service runs on have its names.
_FRAMEWORK: Final = {
    "ValidationException": "com.amazon.coral.validate#ValidationException",
    "SerializationException": "com.amazon.coral.service#SerializationException",
    "UnknownOperationException": "com.amazon.coral.service#UnknownOperationException",
}
# Errors whose message member is capitalised: one in the service model, one of the framework's.
_CAPITALISED: Final = frozenset({"TransactionCanceledException", "SerializationException"})
UNSUPPORTED: Final = "UnsupportedOperation"


def refusal(
    error: str, message: str, members: dict[str, Any] | None = None, *, service: str = "dynamodb"
) -> dict[str, Any]:
    """The body of an error. `members` are the error's own, such as CancellationReasons."""
    kind = _FRAMEWORK.get(error) or (_OWN if service == "dynamodb" else _STREAMS) + error
    name = "Message" if error in _CAPITALISED else "message"
    return {"__type": kind, **(members or {}), name: message}


def refused_by(error: DynamoRefused | Unsupported, service: str) -> dict[str, Any]:
    """The body for what the exact DynamoDB raised."""
    if isinstance(error, Unsupported):
        return refusal(UNSUPPORTED, f"{error.message} (the embedded AWS)", service=service)
    return refusal(error.error, error.message, dict(error.members), service=service)
