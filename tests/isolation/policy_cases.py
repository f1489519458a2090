"""The form of a hand-written decision, and its usual parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twinstage.isolation.policy.decision import Decision, Policies, Request, decide
from twinstage.isolation.policy.document import Kind, Policy, parse_policy
from twinstage.isolation.policy.principal import Principal

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
LOGIC = GUIDE + "reference_policies_evaluation-logic.html"
BASICS = GUIDE + "reference_policies_evaluation-logic_policy-eval-basics.html"
CROSS = GUIDE + "reference_policies_evaluation-logic_policy-eval-basics-cross-account.html"
BOUNDARIES = GUIDE + "access_policies_boundaries.html"
POLICIES = GUIDE + "access_policies.html"
OPERATORS = GUIDE + "reference_policies_elements_condition_operators.html"
SETS = GUIDE + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
CONDITION = GUIDE + "reference_policies_elements_condition.html"
RESOURCE = GUIDE + "reference_policies_elements_resource.html"
NOT_RESOURCE = GUIDE + "reference_policies_elements_notresource.html"
ACTION = GUIDE + "reference_policies_elements_action.html"
NOT_ACTION = GUIDE + "reference_policies_elements_notaction.html"
PRINCIPAL = GUIDE + "reference_policies_elements_principal.html"
NOT_PRINCIPAL = GUIDE + "reference_policies_elements_notprincipal.html"
VARIABLES = GUIDE + "reference_policies_variables.html"
VERSION = GUIDE + "reference_policies_elements_version.html"
TRUST = GUIDE + "id_roles_update-role-trust-policy.html"
SESSIONS = GUIDE + "id_session-tags.html"
EXTERNAL_ID = GUIDE + "id_roles_common-scenarios_third-party.html"
KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"

OWN, OTHER = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{OWN}:role/app"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/app/job"
USER = f"arn:aws:iam::{OWN}:user/ada"
ROOT = f"arn:aws:iam::{OWN}:root"
BUCKET, OBJECT = "arn:aws:s3:::data", "arn:aws:s3:::data/a.txt"
AS_ROLE, AS_USER = Principal(OWN, SESSION, ROLE), Principal(OWN, USER)
Statements = list[dict[str, Any]] | None


def statement(effect: str, action: Any = "s3:GetObject", resource: Any = "*", **elements: Any) -> dict[str, Any]:
    """A statement; `NotAction` and `NotResource` take the places of the elements they exclude."""
    written = {"Effect": effect, "Action": action, "Resource": resource, **elements}
    return {name: value for name, value in written.items() if f"Not{name}" not in elements}


def allow(action: Any = "s3:GetObject", resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return statement("Allow", action, resource, **elements)


def deny(action: Any = "s3:GetObject", resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return statement("Deny", action, resource, **elements)


def when(operator: str, key: str, *values: Any, effect: str = "Allow") -> list[dict[str, Any]]:
    """One statement with one condition."""
    return [statement(effect, Condition={operator: {key: list(values)}})]


def trusting(principal: Any, action: Any = "sts:AssumeRole", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **elements}


def policy(statements: Statements, name: str, kind: Kind, version: str = "2012-10-17") -> Policy | None:
    if statements is None:
        return None
    return parse_policy({"Version": version, "Statement": statements}, name=name, kind=kind)


@dataclass(frozen=True)
class Case:
    """One decision that AWS documents on `page`. `owner` has the resource; policies are lists of statements."""

    name: str
    page: str
    allowed: bool
    identity: Statements = None
    boundary: Statements = None
    session: Statements = None
    resource_policy: Statements = None
    trust: Statements = None
    required: bool = False
    principal: Principal = AS_ROLE
    action: str = "s3:GetObject"
    resource: str = OBJECT
    owner: str = OWN
    context: dict[str, tuple[str, ...]] = field(default_factory=dict)
    undetermined: frozenset[str] = frozenset()
    version: str = "2012-10-17"

    def decided(self) -> Decision:
        identity = policy(self.identity, "identity", "identity", self.version)
        session = policy(self.session, "session", "identity", self.version)
        own = policy(self.resource_policy, "resource", "resource", self.version) or policy(
            self.trust, "trust", "trust", self.version
        )
        return decide(
            Request(
                self.principal, self.action, self.resource, self.owner, self.context, undetermined=self.undetermined
            ),
            Policies(
                (identity,) if identity else (),
                policy(self.boundary, "boundary", "identity", self.version),
                (session,) if session else None,
                own,
                resource_required=self.required or self.trust is not None,
            ),
        )
