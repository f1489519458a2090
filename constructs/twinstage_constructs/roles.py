"""Service roles: an inline policy, a trust in one service, and a permissions boundary where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from twinstage_constructs.acknowledge import acknowledge, wildcard_reasons
from twinstage_constructs.policies import document, trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from twinstage_constructs.policies import Statement


def service_role(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    service: str,
    statements: Sequence[Statement],
    boundary: str | None,
) -> iam.CfnRole:
    """A role that `service` (`lambda`, `states`) may assume. `boundary` is a managed policy's ARN."""
    role = iam.CfnRole(
        scope,
        construct_id,
        role_name=name,
        assume_role_policy_document=trust({"Service": f"{service}.amazonaws.com"}),
        permissions_boundary=boundary,
        policies=[iam.CfnRole.PolicyProperty(policy_name="least-privilege", policy_document=document(statements))],
    )
    acknowledge(role, wildcard_reasons(statements))
    return role
