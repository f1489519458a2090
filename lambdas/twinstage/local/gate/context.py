"""The condition keys of a request that no service of its own has, and which keys of IAM's are not computed.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.isolation.policy.actions import action_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from twinstage.local.credentials import Principal

# What a request over loopback does not have: no VPC, no endpoint, no organization, no service on whose behalf it is made.
ABSENT = frozenset({
    "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:ec2instancesourceprivateipv4", "aws:ec2instancesourcevpc",
    "aws:federatedprovider", "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:principalorgid",
    "aws:principalorgpaths", "aws:principalservicename", "aws:principalservicenameslist", "aws:resourceorgid",
    "aws:resourceorgpaths", "aws:sourceaccount", "aws:sourcearn", "aws:sourceidentity", "aws:sourceorgid",
    "aws:sourceorgpaths", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "sts:externalid", "sts:sourceidentity",
})  # fmt: skip
# Keys of a service that every request of it has with a value here, or not at all.
COMPUTED = frozenset({
    "cloudformation:rolearn", "iam:passedtoservice", "iam:permissionsboundary", "iam:policyarn", "lambda:functionarn",
    "route53:changeresourcerecordsetsactions", "route53:changeresourcerecordsetsnormalizedrecordnames",
    "route53:changeresourcerecordsetsrecordtypes", "route53:vpcs", "s3:delimiter", "s3:max-keys", "s3:prefix",
    "sts:externalid", "sts:rolesessionname",
})  # fmt: skip


@dataclass(frozen=True)
class Undetermined:
    """The keys that a request for `action` may have and that are not computed. A condition on one cannot be decided.

    Which keys an action has, the action table says: one that it has not is absent, as on AWS.
    """

    action: str
    given: frozenset[str]

    def __contains__(self, key: object) -> bool:
        """Whether a key, in lower case, is one of them."""
        if not isinstance(key, str) or key in self.given or key in ABSENT or key in COMPUTED:
            return False
        prefix, _, tag = key.partition("/")
        if prefix == "aws:principaltag" or (prefix == "aws:requesttag" and self.action.startswith("sts:")):
            return False
        if not tag and key.startswith("aws:"):
            return True
        known = action_table().get(self.action)
        return known is None or key in known.keys or f"{prefix}/*" in known.keys


def principal_context(
    principal: Principal, tags: Mapping[str, str], region: str, now: dt.datetime
) -> dict[str, tuple[str, ...]]:
    """What IAM knows of any request. Loopback counts as TLS: a request on it is seen by nobody else."""
    role = principal.kind == "role"
    return {
        "aws:currenttime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:epochtime": (str(int(now.timestamp())),),
        "aws:principalaccount": (principal.account,),
        "aws:principalarn": (principal.owner_arn,),
        "aws:principalisawsservice": ("false",),
        "aws:principaltype": ("AssumedRole" if role else "User",),
        "aws:requestedregion": (region,),
        "aws:securetransport": ("true",),
        "aws:viaawsservice": ("false",),
        **({} if role else {"aws:username": (principal.owner_arn.rpartition("/")[2],)}),
        **{f"aws:principaltag/{key.lower()}": (value,) for key, value in tags.items()},
    }
