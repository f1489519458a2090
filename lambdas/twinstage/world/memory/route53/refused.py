"""How Route 53 says no: its error code, its words, and the HTTP status that its service model gives the code.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html and each operation's own "Errors".
"""

from __future__ import annotations

from twinstage.model.errors import TwinstageError


class Route53Refused(TwinstageError):
    """Route 53 refused a request: `error` is its code (`NoSuchHostedZone`), `message` its text, as a client reads them."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__("ROUTE53_REFUSED", message, details={"service": "route53", "error": error})
        self.error = error


class Route53Unsupported(TwinstageError):
    """An operation or a parameter that this Route 53 does not have. `what` names it; it is never silently ignored."""

    def __init__(self, what: str, reason: str = "") -> None:
        super().__init__(
            "UNSUPPORTED",
            f"the exact Route 53 does not have {what}" + (f": {reason}" if reason else ""),
            hint="rehearse this handler on the twin in AWS",
            details={"service": "route53", "what": what},
        )
        self.what = what
