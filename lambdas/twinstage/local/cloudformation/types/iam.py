"""AWS::IAM: Role, Policy and ManagedPolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import CallFailed, Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTACHED = (
    ("Roles", "RoleName", "AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy"),
    ("Users", "UserName", "AttachUserPolicy", "DetachUserPolicy", "PutUserPolicy", "DeleteUserPolicy"),
    ("Groups", "GroupName", "AttachGroupPolicy", "DetachGroupPolicy", "PutGroupPolicy", "DeleteGroupPolicy"),
)
NO_SUCH = frozenset({"NoSuchEntity", "NoSuchEntityException"})


def _gently(order: Order, operation: str, **parameters: Any) -> None:
    """A call whose target may have gone with what held it."""
    try:
        order.call("iam", operation, **parameters)
    except CallFailed as error:
        if error.code not in NO_SUCH:
            raise


class Role(ResourceType):
    """AWS::IAM::Role, with its boundary, managed policies and inline policies."""

    name = "AWS::IAM::Role"
    immutable = frozenset({"RoleName", "Path"})
    mutable = frozenset(
        {
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "PermissionsBoundary",
            "Policies",
            "Tags",
        }
    )
    attributes = frozenset({"Arn", "RoleId"})
    gone = NO_SUCH

    def create(self, order: Order) -> Made:
        """CreateRole."""
        role = order.call(
            "iam",
            "CreateRole",
            RoleName=order.get("RoleName", order.name(64)),
            Tags=order.tags() or None,
            **order.pick(
                "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "PermissionsBoundary"
            ),
        )["Role"]
        return Made(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Attached and inline policies; on an update trust, boundary, description and tags too."""
        role = {"RoleName": made.physical_id}
        had, has = before.get("ManagedPolicyArns") or [], order.get("ManagedPolicyArns") or []
        for arn in (arn for arn in has if arn not in had):
            order.call("iam", "AttachRolePolicy", **role, PolicyArn=arn)
        for arn in (arn for arn in had if arn not in has):
            _gently(order, "DetachRolePolicy", **role, PolicyArn=arn)
        inline = {policy["PolicyName"] for policy in order.get("Policies") or ()}
        for policy in order.get("Policies") or ():
            order.call("iam", "PutRolePolicy", **role, **policy)
        for name in sorted({policy["PolicyName"] for policy in before.get("Policies") or ()} - inline):
            _gently(order, "DeleteRolePolicy", **role, PolicyName=name)
        if before:
            self._update(order, role, before)

    def _update(self, order: Order, role: Mapping[str, str], before: Mapping[str, Any]) -> None:
        trust = "AssumeRolePolicyDocument"
        if order.get(trust) != before.get(trust):
            order.call("iam", "UpdateAssumeRolePolicy", **role, PolicyDocument=order.need(trust))
        if order.get("PermissionsBoundary") != before.get("PermissionsBoundary"):
            if order.get("PermissionsBoundary"):
                order.call("iam", "PutRolePermissionsBoundary", **role, **order.pick("PermissionsBoundary"))
            else:
                order.call("iam", "DeleteRolePermissionsBoundary", **role)
        own = {"Description": order.get("Description", ""), "MaxSessionDuration": order.get("MaxSessionDuration", 3600)}
        order.call("iam", "UpdateRole", **role, **own)
        told = [tag["Key"] for tag in order.call("iam", "ListRoleTags", **role)["Tags"]]
        lost = [key for key in told if key not in order.tag_map()]
        if lost:
            order.call("iam", "UntagRole", **role, TagKeys=lost)
        if order.tags():
            order.call("iam", "TagRole", **role, Tags=order.tags())

    def delete(self, order: Order, made: Made) -> None:
        """DeleteRole, after its policies, whoever attached them."""
        role = {"RoleName": made.physical_id}
        for policy in order.call("iam", "ListAttachedRolePolicies", **role)["AttachedPolicies"]:
            order.call("iam", "DetachRolePolicy", **role, PolicyArn=policy["PolicyArn"])
        for name in order.call("iam", "ListRolePolicies", **role)["PolicyNames"]:
            order.call("iam", "DeleteRolePolicy", **role, PolicyName=name)
        order.call("iam", "DeleteRole", **role)


class Policy(ResourceType):
    """AWS::IAM::Policy: one inline policy in roles, users and groups."""

    name = "AWS::IAM::Policy"
    immutable = frozenset({"PolicyName"})
    mutable = frozenset({"PolicyDocument", "Roles", "Users", "Groups"})
    attributes = frozenset({"Id"})

    def create(self, order: Order) -> Made:
        """The holders get it in configure."""
        order.need("PolicyDocument")
        return Made(order.name(128), {"Id": order.name(128)})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Put the policy into its holders, and take it out of those that no longer are."""
        policy = {"PolicyName": order.need("PolicyName")}
        for kind, member, _attach, _detach, put, drop in ATTACHED:
            holders = order.get(kind) or []
            for holder in holders:
                order.call("iam", put, **{member: holder}, **policy, PolicyDocument=order.need("PolicyDocument"))
            for holder in (holder for holder in before.get(kind) or () if holder not in holders):
                _gently(order, drop, **{member: holder}, **policy)

    def delete(self, order: Order, made: Made) -> None:
        """Take the policy out of its holders."""
        for kind, member, _attach, _detach, _put, drop in ATTACHED:
            for holder in order.get(kind) or ():
                _gently(order, drop, **{member: holder}, PolicyName=order.need("PolicyName"))


class ManagedPolicy(ResourceType):
    """AWS::IAM::ManagedPolicy."""

    name = "AWS::IAM::ManagedPolicy"
    immutable = frozenset({"Description", "ManagedPolicyName", "Path"})
    mutable = frozenset({"PolicyDocument", "Roles", "Users", "Groups"})
    attributes = frozenset({"PolicyArn", "PolicyId"})
    gone = NO_SUCH

    def create(self, order: Order) -> Made:
        """CreatePolicy."""
        policy = order.call(
            "iam",
            "CreatePolicy",
            PolicyName=order.get("ManagedPolicyName", order.name(128)),
            PolicyDocument=order.need("PolicyDocument"),
            **order.pick("Description", "Path"),
        )["Policy"]
        return Made(policy["Arn"], {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"]})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Attachments; on an update a new default version, the only one that is kept."""
        policy = {"PolicyArn": made.physical_id}
        for kind, member, attach, detach, _put, _drop in ATTACHED:
            had, has = before.get(kind) or [], order.get(kind) or []
            for holder in (holder for holder in has if holder not in had):
                order.call("iam", attach, **{member: holder}, **policy)
            for holder in (holder for holder in had if holder not in has):
                _gently(order, detach, **{member: holder}, **policy)
        if before and order.get("PolicyDocument") != before.get("PolicyDocument"):
            document = order.need("PolicyDocument")
            order.call("iam", "CreatePolicyVersion", **policy, PolicyDocument=document, SetAsDefault=True)
            _prune(order, policy)

    def delete(self, order: Order, made: Made) -> None:
        """DeletePolicy, after taking it from whoever holds it and dropping its older versions."""
        policy = {"PolicyArn": made.physical_id}
        holders = order.call("iam", "ListEntitiesForPolicy", **policy)
        for kind, member, _attach, detach, _put, _drop in ATTACHED:
            for holder in holders.get(f"Policy{kind}", ()):
                order.call("iam", detach, **{member: holder[member]}, **policy)
        _prune(order, policy)
        order.call("iam", "DeletePolicy", **policy)


def _prune(order: Order, policy: Mapping[str, str]) -> None:
    for version in order.call("iam", "ListPolicyVersions", **policy)["Versions"]:
        if not version["IsDefaultVersion"]:
            order.call("iam", "DeletePolicyVersion", **policy, VersionId=version["VersionId"])
