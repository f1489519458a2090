"""Roles and policies: what a template says is what IAM has, and an update changes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.cloud import DOCUMENT, OTHER, ROLE, Cloud, resource

pytestmark = pytest.mark.engine


class TestIam:
    def test_a_role_has_its_boundary_and_its_policies(self, cloud: Cloud) -> None:
        boundary = resource("AWS::IAM::ManagedPolicy", {"PolicyDocument": DOCUMENT})
        attached = resource("AWS::IAM::ManagedPolicy", {"PolicyDocument": OTHER})

        def resources(**more: Any) -> dict[str, Any]:
            role = {
                **ROLE["Properties"],
                "PermissionsBoundary": {"Ref": "Boundary"},
                "Tags": [{"Key": "a", "Value": "b"}],
                **more,
            }
            inline = {"PolicyName": "own", "PolicyDocument": DOCUMENT, "Roles": [{"Ref": "Role"}]}
            return {
                "Boundary": boundary,
                "Attached": attached,
                "Role": resource("AWS::IAM::Role", role),
                "Policy": resource("AWS::IAM::Policy", inline),
            }

        stack = cloud.deploy(
            resources(
                ManagedPolicyArns=[{"Ref": "Attached"}],
                Policies=[{"PolicyName": "inside", "PolicyDocument": OTHER}],
                MaxSessionDuration="7200",
            )
        )
        iam, ids = cloud.client("iam"), stack.resources
        role = iam.get_role(RoleName=ids["Role"])["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == ids["Boundary"]
        assert role["MaxSessionDuration"] == 7200
        assert [p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName=ids["Role"])["AttachedPolicies"]] == [
            ids["Attached"]
        ]
        assert sorted(iam.list_role_policies(RoleName=ids["Role"])["PolicyNames"]) == ["inside", "own"]
        assert iam.get_role_policy(RoleName=ids["Role"], PolicyName="own")["PolicyDocument"] == DOCUMENT

        assert stack.update(resources()) == "UPDATE_COMPLETE", stack.failures
        assert iam.list_attached_role_policies(RoleName=ids["Role"])["AttachedPolicies"] == []
        assert iam.list_role_policies(RoleName=ids["Role"])["PolicyNames"] == ["own"]
        assert stack.delete() == "DELETE_COMPLETE"

    def test_a_managed_policy_is_changed_where_it_is(self, cloud: Cloud) -> None:
        def policy(document: dict[str, Any]) -> dict[str, Any]:
            return {"P": resource("AWS::IAM::ManagedPolicy", {"PolicyDocument": document})}

        stack = cloud.deploy(policy(DOCUMENT))
        iam, arn = cloud.client("iam"), stack.id_of("P")
        for document in (OTHER, DOCUMENT, OTHER, DOCUMENT, OTHER, DOCUMENT):
            assert stack.update(policy(document)) == "UPDATE_COMPLETE"
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            assert iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"] == document
        assert stack.delete() == "DELETE_COMPLETE"
