"""What a template's policies give to whom, read into statements: identity policies by role, user and group, trust policies, and the policies of resources.

A policy of a resource is read wherever in its properties there is an object with statements. An intrinsic that cannot be resolved stands for itself: equal expressions
are taken for equal values. A policy that cannot be read stands for itself too, whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.isolation.audit.identity import Identity
from twinstage.isolation.audit.template import listed, properties
from twinstage.isolation.audit.values import CLOSE, OPEN, UNKNOWN, Resolver, intrinsic, readable, reference, token
from twinstage.isolation.policy.document import parse_policy
from twinstage.model.canonical import digest
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.template import Template
    from twinstage.isolation.policy.document import Kind, Statement

# Where nobody says which account and region a template is for, they stand for themselves.
NOBODY: Final = Identity("platform", "", f"{OPEN}AWS::AccountId{CLOSE}", "", f"{OPEN}AWS::Region{CLOSE}")
_IAM: Final = "AWS::IAM::"
_INLINE: Final = frozenset(
    {"AWS::IAM::GroupPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"}
)
_MANAGED: Final = "AWS::IAM::ManagedPolicy"
_ATTACHED: Final = ("Roles", "Users", "Groups", "RoleName", "UserName", "GroupName")
_PERMISSION: Final = "AWS::Lambda::Permission"
_CALLED: Final = re.compile(r"^Principal$|Polic(y|ies)(Text|Document)?$")
# What is called a policy and lets nobody in; and what is read, or told as unreadable, however it is written.
_NO_ACCESS: Final = frozenset(
    {
        "BackupPolicy", "FilterPolicy", "LifecyclePolicies", "LifecyclePolicy", "PolicyDocument", "RedrivePolicy",
        "SecurityPolicy", "SslPolicy", "TerminationPolicies", "TlsPolicy", "UpdatePolicy",
    }
)  # fmt: skip
# The property of a Lambda permission -> the operator and the key of the condition that Lambda makes of it.
_CONDITIONS: Final = {
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "SourceAccount": ("StringEquals", "aws:SourceAccount"),
    "SourceArn": ("ArnLike", "aws:SourceArn"),
}


@dataclass(frozen=True)
class Holding:
    """What one holder (a role, a managed policy, a resource with a policy) has.

    `others` says in words what else it is given, `bounds` by name what holds it back.
    """

    statements: tuple[Statement, ...] = ()
    others: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()

    def joined(self, other: Holding) -> Holding:
        """Both together."""
        return Holding(self.statements + other.statements, self.others + other.others, self.bounds + other.bounds)


def holdings(template: Template) -> dict[tuple[str, str], Holding]:
    """(kind of policy, logical id of its holder) -> what it has; a role, user or group is there even where it has nothing."""
    where = template.deployment.where
    identity = replace(NOBODY, twin_account=where[0], region=where[1]) if where else NOBODY
    resolver = _Opaque(template, identity)
    found: dict[tuple[str, str], Holding] = {}
    for name, resource in template.resources.items():
        held, type_ = properties(resource), str(resource["Type"])
        given = _of_iam(resolver, name, type_, held) if type_.startswith(_IAM) else _of_others(resolver, name, held)
        for kind, holder, holding in (*given, *_of_lambda(resolver, type_, held)):
            found[kind, holder] = found.get((kind, holder), Holding()).joined(holding)
    return found


def unread_policies(resource: Mapping[str, Any]) -> list[str]:
    """The properties of a resource that may let somebody in and are not read here: policies without statements, and principals beside them."""
    type_ = str(resource.get("Type", ""))
    if type_.startswith(_IAM) or type_ == _PERMISSION:
        return []
    called = ((name, value) for name, value in sorted(properties(resource).items()) if _CALLED.search(name))
    unread = [name for name, value in called if not any(_documents(value))]
    return [name for name in unread if name not in _NO_ACCESS]


class _Opaque(Resolver):
    """Values of a template in which what cannot be resolved is a name of its own expression."""

    def text(self, value: Any) -> str:
        """A scalar or an intrinsic as text; the same for equal expressions."""
        found = super().text(value)
        return found.replace(UNKNOWN, token(digest(value)[7:19], "value")) if isinstance(value, dict) else found


Given = tuple["Kind", str, Holding]


def _of_iam(resolver: Resolver, name: str, type_: str, held: Mapping[str, Any]) -> Iterator[Given]:
    """What a resource of IAM gives: to itself, or to whomever it is attached to."""
    if "AssumeRolePolicyDocument" in held:
        yield "trust", name, _read(resolver, held["AssumeRolePolicyDocument"], "trust")
    others = [_managed(resolver.text(each)) for each in listed(held.get("ManagedPolicyArns"))]
    if type_ == "AWS::IAM::User":
        others += [_group(resolver.text(each)) for each in listed(held.get("Groups"))]
    bounds = (resolver.text(held["PermissionsBoundary"]),) if "PermissionsBoundary" in held else ()
    yield "identity", name, Holding((), tuple(others), bounds)
    for policy in listed(held.get("Policies")):
        # An entry may be a Fn::If as a whole.
        document = policy.get("PolicyDocument", policy) if isinstance(policy, dict) else policy
        yield "identity", name, _read(resolver, document, "identity")
    if type_ == "AWS::IAM::UserToGroupAddition":
        for user in listed(held.get("Users")):
            yield "identity", _holder(resolver, user), Holding((), (_group(resolver.text(held.get("GroupName"))),))
    if "PolicyDocument" in held:
        attached = [_holder(resolver, each) for member in _ATTACHED for each in listed(held.get(member))]
        inline = type_ in _INLINE and attached
        for holder in attached if inline else [name]:
            yield "identity", holder, _read(resolver, held["PolicyDocument"], "identity")
        for holder in attached if type_ == _MANAGED else ():
            yield "identity", holder, Holding((), (_managed(resolver.text({"Ref": name})),))


def _of_others(resolver: Resolver, name: str, held: Mapping[str, Any]) -> Iterator[Given]:
    """The policies of a resource that is not IAM's."""
    if "PolicyDocument" in held and not any(_documents(held["PolicyDocument"])):
        yield "resource", name, _read(resolver, held["PolicyDocument"], "resource")
    for document in _documents(held):
        yield "resource", name, _read(resolver, document, "resource")


def _documents(value: Any) -> Iterator[Mapping[str, Any]]:
    """Whatever in a value has statements with an effect, or such as an intrinsic decides on: a policy, without what stands beside its elements."""
    if isinstance(value, list):
        for each in value:
            yield from _documents(each)
    elif isinstance(value, dict):
        if any(
            isinstance(each, dict) and ("Effect" in each or intrinsic(each)) for each in listed(value.get("Statement"))
        ):
            yield {member: value[member] for member in ("Version", "Id", "Statement") if member in value}
        else:
            for each in value.values():
                yield from _documents(each)


def _of_lambda(resolver: Resolver, type_: str, held: Mapping[str, Any]) -> Iterator[Given]:
    """Who may call a function, by a permission and by its URL.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    if type_ == _PERMISSION:
        yield "resource", _holder(resolver, held.get("FunctionName")), _read(resolver, _permission(held), "resource")
    if type_ == "AWS::Lambda::Url" and (asked := resolver.text(held.get("AuthType"))) != "AWS_IAM":
        public = f"whoever knows the function's URL, which asks nobody who they are (AuthType {readable(asked)})"
        yield "resource", _holder(resolver, held.get("TargetFunctionArn")), Holding((), (public,))


def _holder(resolver: Resolver, value: Any) -> str:
    """By logical id where it is of this template, else by name."""
    target = reference(value)
    return target[0] if target else resolver.text(value)


def _managed(policy: str) -> str:
    return f"whatever the managed policy {readable(policy)} does"


def _group(name: str) -> str:
    return f"whatever the group {readable(name)} may"


def _permission(held: Mapping[str, Any]) -> dict[str, Any]:
    """What a Lambda permission says, as the statement that Lambda makes of it.

    Sources: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html,
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html, and for the keys of conditions
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
    """
    who = held.get("Principal")
    service = isinstance(who, str) and who.endswith(".amazonaws.com")
    statement = {
        "Effect": "Allow",
        "Principal": who if who == "*" else {"Service" if service else "AWS": who},
        "Action": held.get("Action"),
        "Resource": held.get("FunctionName"),
    }
    asked: dict[str, dict[str, Any]] = {}
    for name, (operator, key) in _CONDITIONS.items():
        if name in held:
            asked.setdefault(operator, {})[key] = held[name]
    return {"Version": "2012-10-17", "Statement": [{**statement, **({"Condition": asked} if asked else {})}]}


def _read(resolver: Resolver, document: Any, kind: Kind) -> Holding:
    try:
        return Holding(parse_policy(resolver.value(document), kind=kind).statements)
    except InputError as error:
        # Two documents may be unreadable alike: what they say is not alike.
        which = digest(document)[7:19]
        told = (f"what a policy says that cannot be read: {each.pointer}: {each.message}" for each in error.problems)
        return Holding((), tuple(f"{each} (its digest {which})" for each in told))
