"""CloudFormation of the embedded AWS: what it cannot do is refused by its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.cloud import ROLE, Cloud, parameter, refusal, resource, template, unique

pytestmark = pytest.mark.engine


class TestRefusals:
    """Nothing is skipped in silence: what the engine cannot do is named before anything is made."""

    @pytest.mark.parametrize(
        ("resources", "named"),
        [
            ({"X": resource("AWS::AppConfig::Application")}, ["AWS::AppConfig::Application"]),
            (
                {"X": resource("AWS::S3::Bucket", {"ReplicationConfiguration": {}})},
                ["X", "AWS::S3::Bucket", "ReplicationConfiguration"],
            ),
            (
                {
                    "X": resource(
                        "AWS::EC2::SecurityGroup",
                        {"GroupDescription": "d", "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIpv5": "x"}]},
                    )
                },
                ["SecurityGroupEgress.CidrIpv5"],
            ),
            ({"X": parameter(DeletionPolicy="Snapshot")}, ["X", "Snapshot"]),
            ({"X": parameter({"Ref": "Nothing"})}, ["Nothing"]),
            ({"X": parameter({"Fn::GetAtt": ["X2", "Size"]}), "X2": parameter()}, ["X2", "Size"]),
            ({"X": parameter({"Ref": "Y"}), "Y": parameter({"Ref": "X"})}, ["Circular", "X", "Y"]),
        ],
    )
    def test_a_template_that_cannot_be_deployed_is_refused_by_name(
        self, cloud: Cloud, resources: Any, named: list[str]
    ) -> None:
        name = unique()

        code, message = refusal(cloud.formation.create_stack, StackName=name, TemplateBody=template(resources))

        assert code == "ValidationError"
        assert all(word in message for word in named), message
        assert refusal(cloud.formation.describe_stacks, StackName=name)[0] == "ValidationError"

    def test_every_problem_is_told_at_once(self, cloud: Cloud) -> None:
        resources = {
            "A": resource("AWS::No::Such"),
            "B": resource("AWS::S3::Bucket", {"ReplicationConfiguration": {}, "CorsConfiguration": {}}),
        }

        _, message = refusal(cloud.formation.create_stack, StackName=unique(), TemplateBody=template(resources))

        assert all(word in message for word in ("AWS::No::Such", "ReplicationConfiguration", "CorsConfiguration"))

    def test_a_nested_member_that_the_api_does_not_have_fails_the_resource(self, cloud: Cloud) -> None:
        encryption = {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "Strength": 9}}
            ]
        }

        stack = cloud.create({"B": resource("AWS::S3::Bucket", {"BucketEncryption": encryption})})

        assert stack.status == "ROLLBACK_COMPLETE"
        assert "Strength" in stack.failures["B"]

    @pytest.mark.parametrize(
        ("value", "named"),
        [({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, "Fn::Cidr"), ("{{resolve:secretsmanager:x}}", "secretsmanager")],
    )
    def test_a_function_that_is_not_there_fails_the_stack(self, cloud: Cloud, value: Any, named: str) -> None:
        stack = cloud.create({"P": parameter(value)})

        assert stack.status == "ROLLBACK_COMPLETE"
        assert any(named in event.get("ResourceStatusReason", "") for event in stack.events)

    @pytest.mark.parametrize("named", [False, True])
    def test_iam_resources_must_be_acknowledged(self, cloud: Cloud, named: bool) -> None:
        role = {**ROLE["Properties"], **({"RoleName": unique()} if named else {})}
        body = template({"R": resource("AWS::IAM::Role", role)})
        given = ["CAPABILITY_IAM"] if named else []

        told = refusal(cloud.formation.create_stack, StackName=unique(), TemplateBody=body, Capabilities=given)
        needed = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
        assert told == ("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")

    def test_a_property_of_the_wrong_form_fails_its_resource(self, cloud: Cloud) -> None:
        stack = cloud.create({"B": resource("AWS::S3::Bucket", {"BucketEncryption": "AES256"})})

        assert stack.status == "ROLLBACK_COMPLETE"
        assert "not of the form" in stack.failures["B"]

    def test_a_function_of_the_wrong_form_fails_the_stack(self, cloud: Cloud) -> None:
        stack = cloud.create({"P": parameter({"Fn::Select": ["9", ["a"]]})})

        assert stack.status == "ROLLBACK_COMPLETE"
        assert any("Fn::Select" in event.get("ResourceStatusReason", "") for event in stack.events)

    def test_macros_are_refused(self, cloud: Cloud) -> None:
        body = template({"P": parameter()}, Transform="AWS::Serverless-2016-10-31")

        assert "Transform" in refusal(cloud.formation.create_stack, StackName=unique(), TemplateBody=body)[1]

    def test_an_operation_that_is_not_there_is_refused_by_its_name(self, cloud: Cloud) -> None:
        for operation, request in (
            (cloud.formation.create_stack_set, {"StackSetName": "s", "TemplateBody": template({"P": parameter()})}),
            (cloud.formation.detect_stack_drift, {"StackName": "s"}),
        ):
            code, message = refusal(operation, **request)
            assert code == "ValidationError"
            assert "is not supported by the embedded AWS" in message
