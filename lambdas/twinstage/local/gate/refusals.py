"""How AWS words a refusal, by the protocol of its service.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html and the "Common Errors" page of each
service's API reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.local.gate.wire import TARGETS
from twinstage.local.wire_errors import Refusal

if TYPE_CHECKING:
    from twinstage.isolation.policy.decision import Decision
    from twinstage.local.gate.call import Check
    from twinstage.local.gate.signed import Fault


@dataclass(frozen=True)
class _Wording:
    """A fault's message, and its code in JSON services, in S3 and in the others."""

    message: str
    json: str
    s3: str
    query: str
    status: int = 403


_NO_MATCH = "The request signature we calculated does not match the signature you provided."
REFUSALS: dict[Fault, _Wording] = {
    "incomplete": _Wording(
        "The request's authentication information is not complete.",
        "IncompleteSignatureException",
        "AuthorizationHeaderMalformed",
        "IncompleteSignature",
        400,
    ),
    "mismatch": _Wording(_NO_MATCH, "InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
    "skew": _Wording(
        "The difference between the request time and the server's time is too large.",
        "InvalidSignatureException",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    ),
    "expired-url": _Wording("Request has expired", "InvalidSignatureException", "AccessDenied", "RequestExpired"),
    "token": _Wording(
        "The security token included in the request is invalid.",
        "UnrecognizedClientException",
        "InvalidToken",
        "InvalidClientTokenId",
    ),
    "payload": _Wording(
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        "InvalidSignatureException",
        "XAmzContentSHA256Mismatch",
        "SignatureDoesNotMatch",
        400,
    ),
    "unsigned": _Wording(
        "There were headers present in the request which were not signed",
        "InvalidSignatureException",
        "AccessDenied",
        "SignatureDoesNotMatch",
    ),
    "unsupported": _Wording(
        "A payload that is signed part by part is not verified here, and so not taken.",
        "NotImplemented",
        "NotImplemented",
        "NotImplemented",
        501,
    ),
}
_JSON = frozenset({*TARGETS, "lambda"})


def signature_refusal(fault: Fault, service: str) -> Refusal:
    """The refusal of a request whose signature is not good."""
    wording = REFUSALS[fault]
    code = wording.json if service in _JSON else wording.s3 if service == "s3" else wording.query
    return Refusal(code, wording.message, wording.status)


def denied_message(principal: str, check: Check, decision: Decision | str, service: str) -> Refusal:
    """The refusal of a request that IAM would not allow. `decision` is text where it could not be decided."""
    text = f"User: {principal} is not authorized to perform: {check.action} on resource: {check.resource}"
    if isinstance(decision, str):
        text += f" ({decision})"
    elif decision.explicit:
        article = "an" if decision.layer.startswith("identity") else "a"
        text += f" with an explicit deny in {article} {decision.layer}"
    else:
        text += f" because no {decision.layer} allows the {check.action} action"
    code = (
        "AccessDeniedException" if service in _JSON else "UnauthorizedOperation" if service == "ec2" else "AccessDenied"
    )
    return Refusal(code, text, 403)
