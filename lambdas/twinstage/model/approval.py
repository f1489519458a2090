"""Approvals: what a scenario asks for, what was asked of people, and what they decided. Data only; `rehearse.approval` has the rules."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

RISKS = ("low", "medium", "high")
APPROVE, REJECT = "approve", "reject"
EXPIRES_S = 3600
POLICIES = {"low": 0, "medium": 1, "high": 2}
"""How many have to approve where a scenario does not say, by risk."""

_NAMED = {"auto": 0, "one": 1}
# A role that IAM Identity Center made: its sessions are named after who signed in, and by nobody else.
# https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
_SIGNED_IN = "awsreservedsso_"
# Fillers, joiners and variation selectors that are letters or marks by their category.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


@dataclass(frozen=True)
class ApprovalPolicy:
    """What a scenario's `approval` section asks for. `risk` is the least that the change is said to be; `policies` maps each risk to the number of people.

    `approvers` are who may decide, in the form of `person`; none: anybody but the submitter. `expires_s` is how long they have.
    """

    risk: str | None
    policies: Mapping[str, int]
    approvers: tuple[str, ...]
    expires_s: int


def approval_policy(section: Mapping[str, Any]) -> ApprovalPolicy:
    """The policy of a valid section, defaults filled in."""
    asked = {
        risk: _NAMED[policy] if isinstance(policy, str) else int(policy["quorum"])
        for risk, policy in section.get("policies", {}).items()
    }
    return ApprovalPolicy(
        risk=section.get("risk"),
        policies={**POLICIES, **asked},
        approvers=tuple(person(name) for name in section.get("approvers", ())),
        expires_s=section.get("expires_s", EXPIRES_S),
    )


def person(identity: str) -> str:
    """Who an identity is: a name however it is written, or an ARN of IAM. Empty for one that shows nothing.

    Whoever may assume a role names the session as they like, so that a role and all its sessions are one person; so are all federated users of an account, whom any
    user names. Sessions of IAM Identity Center are named after who signed in, whatever the role, and are that person in every account.
    """
    shown = "".join(_shown(letter) for letter in unicodedata.normalize("NFKC", identity))
    name = unicodedata.normalize("NFKC", " ".join(shown.split()).casefold())
    if not name.startswith("arn:"):
        return name
    head, _, rest = name.partition("/")
    service, kind = head.rpartition(":")[0], head.rpartition(":")[2]
    parts = rest.split("/")
    if kind == "assumed-role":
        role = parts[0]
    elif kind == "role":
        service, role = service.replace(":iam:", ":sts:", 1), parts[-1]
    else:
        return head if kind == "federated-user" else name
    if role.startswith(_SIGNED_IN) and kind == "assumed-role" and len(parts) > 1:
        return f"{_SIGNED_IN}/{'/'.join(parts[1:])}"
    return f"{service}:assumed-role/{role}"


def _shown(letter: str) -> str:
    """A letter as it is seen: nothing where it is not, a space for whatever spaces."""
    if letter.isspace():
        return " "
    # Controls, formats and the like, and those of other categories that are shown as nothing: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
    return "" if unicodedata.category(letter).startswith("C") or _UNSEEN.match(letter) else letter


@dataclass(frozen=True)
class Evidence:
    """What an approval is for: the digests, by name, of snapshot, events, code, scenario, verdict, findings and report."""

    parts: Mapping[str, str]

    @property
    def digest(self) -> str:
        """One digest of all of them."""
        return digest(dict(self.parts))


@dataclass(frozen=True)
class ApprovalRequest:
    """What was asked: by whom, for which evidence, of how many people, until when (RFC 3339 in UTC). `needed` 0: nobody has to approve."""

    run: str
    scenario: str
    title: str
    submitter: str
    risk: str
    reasons: tuple[str, ...]
    needed: int
    approvers: tuple[str, ...]
    requested_at: str
    expires_at: str
    evidence: Evidence

    def document(self) -> dict[str, Any]:
        """`twinstage:approval-request:1`."""
        return {
            "schema": "twinstage:approval-request:1",
            "run": self.run,
            "scenario": self.scenario,
            "title": self.title,
            "submitter": self.submitter,
            "risk": {"level": self.risk, "reasons": list(self.reasons)},
            "needed": self.needed,
            "approvers": list(self.approvers),
            "requested_at": self.requested_at,
            "expires_at": self.expires_at,
            "evidence": dict(self.evidence.parts),
        }

    @property
    def digest(self) -> str:
        """What a decision names the request by."""
        return digest(self.document())


def request_of(document: Mapping[str, Any]) -> ApprovalRequest:
    """The request of a valid document."""
    return ApprovalRequest(
        run=document["run"],
        scenario=document["scenario"],
        title=document["title"],
        submitter=document["submitter"],
        risk=document["risk"]["level"],
        reasons=tuple(document["risk"]["reasons"]),
        needed=document["needed"],
        approvers=tuple(document["approvers"]),
        requested_at=document["requested_at"],
        expires_at=document["expires_at"],
        evidence=Evidence(document["evidence"]),
    )


@dataclass(frozen=True)
class Decision:
    """What one person says. `request` is the digest of the request, `evidence` the evidence as they have it, `token` the SHA-256 of the task token."""

    run: str
    request: str
    token: str
    evidence: Evidence
    decision: str
    by: str
    at: str
    reason: str = ""

    @property
    def approves(self) -> bool:
        """Whether it is an approval."""
        return self.decision == APPROVE

    def document(self) -> dict[str, Any]:
        """`twinstage:approval-decision:1`."""
        return {
            "schema": "twinstage:approval-decision:1",
            "run": self.run,
            "request": self.request,
            "token": self.token,
            "evidence": dict(self.evidence.parts),
            "decision": self.decision,
            "by": self.by,
            "at": self.at,
            "reason": self.reason,
        }


def decision_of(document: Mapping[str, Any]) -> Decision:
    """The decision of a valid document."""
    return Decision(
        run=document["run"],
        request=document["request"],
        token=document["token"],
        evidence=Evidence(document["evidence"]),
        decision=document["decision"],
        by=document["by"],
        at=document["at"],
        reason=document["reason"],
    )
