"""IAM and STS.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from itertools import count, takewhile
from typing import TYPE_CHECKING

from twinstage.local.gate.call import Call, Check, UnmappedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.local.gate.call import Asked

# Parameters that name what an action is on, the most telling first; an attached policy is a condition of its role's action.
_NAMED = {
    "RoleName": "role",
    "UserName": "user",
    "GroupName": "group",
    "InstanceProfileName": "instance-profile",
    "PolicyName": "policy",
}
# Beginnings of actions on the account as a whole; some that change it are among those that are refused.
_ON_NOTHING = ("Generate", "Get", "List")


def iam(asked: Asked) -> Call:
    """What is made has its path in its ARN; what is there is found under its own."""
    return Call(asked.operation, (Check(f"iam:{asked.operation}", _resource(asked)),), _context(asked))


def _resource(asked: Asked) -> str:
    def arn(kind: str, name: str) -> str:
        path = asked.text("Path") if asked.operation.startswith("Create") else ""
        return f"arn:aws:iam::{asked.account}:{kind}{path or '/'}{name}"

    for parameter, kind in _NAMED.items():
        if name := asked.text(parameter):
            return _role(asked.account, name) or arn(kind, name) if kind == "role" else arn(kind, name)
    named = asked.text("PolicyArn", "OpenIDConnectProviderArn", "SAMLProviderArn", "PolicySourceArn")
    if not named and not asked.operation.startswith(_ON_NOTHING):
        raise UnmappedError(f"iam:{asked.operation} of nothing by name")
    return named or "*"


def _role(account: str, name: str) -> str:
    """The ARN of a role that is there, with its path."""
    from moto.iam.models import iam_backends

    roles = iam_backends[account]["aws"].roles.values()
    return next((str(role.arn) for role in roles if role.name == name), "")


def _context(asked: Asked) -> dict[str, tuple[str, ...]]:
    keys = {"iam:permissionsboundary": asked.text("PermissionsBoundary"), "iam:policyarn": asked.text("PolicyArn")}
    return {key: (value,) for key, value in keys.items() if value}


def sts(asked: Asked) -> Call:
    """AssumeRole with tags takes TagSession too. Other ways to a session than AssumeRole are not mapped.

    Who somebody is, they may always ask: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    if asked.operation == "GetCallerIdentity":
        return Call(asked.operation, (Check("sts:GetCallerIdentity", "*"),), free=True)
    if asked.operation != "AssumeRole":
        return Call(asked.operation, ())
    role, tags = asked.parameters["RoleArn"], session_tags(asked)
    context: dict[str, tuple[str, ...]] = {"sts:rolesessionname": (asked.parameters["RoleSessionName"],)}
    if external_id := asked.text("ExternalId"):
        context["sts:externalid"] = (external_id,)
    if tags:
        context["aws:tagkeys"] = tuple(tags)
        context |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}
    taken = ("sts:AssumeRole", "sts:TagSession") if tags else ("sts:AssumeRole",)
    return Call(asked.operation, tuple(Check(action, role) for action in taken), context)


def session_tags(asked: Asked) -> dict[str, str]:
    """The tags that an AssumeRole gives its session."""
    return {
        str(asked.parameters[f"Tags.member.{at}.Key"]): str(asked.parameters.get(f"Tags.member.{at}.Value", ""))
        for at in _members(asked, "Tags.member.{}.Key")
    }


def session_policies(asked: Asked) -> tuple[str, ...]:
    """ARNs of the managed policies that an AssumeRole limits its session by."""
    name = "PolicyArns.member.{}.arn"
    return tuple(str(asked.parameters[name.format(at)]) for at in _members(asked, name))


def _members(asked: Asked, name: str) -> Iterator[int]:
    return takewhile(lambda at: name.format(at) in asked.parameters, count(1))
