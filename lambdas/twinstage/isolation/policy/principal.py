"""Who makes a request, and how the principals of a resource's policy name them.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twinstage.isolation.policy.document import Principals, Statement


class Naming(IntEnum):
    """How closely a statement names a principal. The closer, the fewer policies of its own it still needs."""

    NOT = 0
    ACCOUNT = 1  # its account, which may delegate
    ROLE = 2  # the role, or everyone
    ITSELF = 3  # the user or the very session


@dataclass(frozen=True)
class Principal:
    """A caller. `arn`: the user's, or the session's (`arn:aws:sts::…:assumed-role/…`). `role`: the session's role, empty for a user.

    `service`: the service principal (`lambda.amazonaws.com`) that calls for itself, empty otherwise.
    """

    account: str
    arn: str
    role: str = ""
    service: str = ""


def naming(statement: Statement, principal: Principal, *, bounded: bool) -> Naming:
    """How a resource policy's statement names the principal; NOT when it does not apply to them.

    `bounded`: the principal has a permissions boundary. A Deny on NotPrincipal denies such a one whoever it lists.
    """
    if statement.principals is not None:
        return _named(statement.principals, principal)
    if statement.not_principals is None:
        return Naming.NOT
    if statement.effect == "Deny":
        exempt = not bounded and _names_wholly(statement.not_principals, principal)
    else:
        exempt = _named(statement.not_principals, principal) is not Naming.NOT
    return Naming.NOT if exempt else Naming.ROLE


def _named(listed: Principals, principal: Principal) -> Naming:
    if principal.service:
        named = listed.everyone or principal.service in listed.services
        return Naming.ITSELF if named else Naming.NOT
    if principal.arn in listed.aws:
        return Naming.ITSELF
    if listed.everyone or (principal.role and principal.role in listed.aws):
        return Naming.ROLE
    return Naming.ACCOUNT if _names_account(listed, principal) else Naming.NOT


def _names_account(listed: Principals, principal: Principal) -> bool:
    return principal.account in listed.aws or f"arn:aws:iam::{principal.account}:root" in listed.aws


def _names_wholly(listed: Principals, principal: Principal) -> bool:
    """To be exempt, a principal must be listed with everything it is: session, role and account."""
    if principal.service:
        return principal.service in listed.services
    parts = [principal.arn, *([principal.role] if principal.role else [])]
    return listed.everyone or (all(part in listed.aws for part in parts) and _names_account(listed, principal))
