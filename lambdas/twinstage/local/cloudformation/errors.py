"""What CloudFormation says no with. The wire layer turns these into AWS's error responses."""

from __future__ import annotations

from twinstage.model.errors import AwsError


class Refused(AwsError):
    """A request, template or resource that CloudFormation refuses. `error` is AWS's code, such as `ValidationError`."""

    def __init__(self, message: str, *, error: str = "ValidationError") -> None:
        super().__init__("cloudformation", "", error, message)
        self.reason = message


class ResourceFailed(Refused):
    """A resource could not be made, changed or removed. `reason` is what the stack's event tells."""
