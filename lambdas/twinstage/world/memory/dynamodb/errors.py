"""What the exact DynamoDB raises: the service's own refusals, and what this world does not have.

Codes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class DynamoRefused(TwinstageError):
    """DynamoDB refused a request: `error` is its code (`ValidationException`), `message` its text, as a client reads them.

    `members` are the error's extra members as the API returns them: `CancellationReasons` of a cancelled transaction, `Item` of a failed condition.
    """

    def __init__(self, error: str, message: str, members: Mapping[str, Any] | None = None) -> None:
        super().__init__("DYNAMODB_REFUSED", message, details={"service": "dynamodb", "error": error})
        self.error, self.members = error, dict(members or {})


class Unsupported(TwinstageError):
    """An operation or a parameter that this DynamoDB does not have. `what` names it; it is never silently ignored."""

    def __init__(self, what: str, reason: str = "") -> None:
        super().__init__(
            "UNSUPPORTED",
            f"the exact DynamoDB does not have {what}" + (f": {reason}" if reason else ""),
            hint="rehearse this handler on the twin in AWS",
            details={"service": "dynamodb", "what": what},
        )
        self.what = what


def invalid(message: str) -> DynamoRefused:
    """A `ValidationException` with AWS's message."""
    return DynamoRefused("ValidationException", message)
