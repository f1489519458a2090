"""CloudFormation of the embedded AWS: change sets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.cloud import Cloud, StackView, outputs, parameter, refusal, resource, template, unique

pytestmark = pytest.mark.engine


class TestChangeSets:
    def propose(
        self, cloud: Cloud, stack: str, name: str, resources: Any, kind: str = "CREATE", **sections: Any
    ) -> None:
        cloud.formation.create_change_set(
            StackName=stack, ChangeSetName=name, ChangeSetType=kind, TemplateBody=template(resources, **sections)
        )

    def test_a_change_set_creates_a_stack_with_its_outputs(self, cloud: Cloud) -> None:
        name = unique()
        self.propose(cloud, name, "first", {"P": parameter("v")}, Outputs=outputs(Value={"Fn::GetAtt": ["P", "Value"]}))
        assert StackView(cloud, name).status == "REVIEW_IN_PROGRESS"

        cloud.formation.execute_change_set(StackName=name, ChangeSetName="first")

        assert StackView(cloud, name).status == "CREATE_COMPLETE"
        assert StackView(cloud, name).outputs == {"Value": "v"}

    def test_change_sets_of_one_name_belong_to_their_stacks(self, cloud: Cloud) -> None:
        left, right = unique("left"), unique("right")
        for name in (left, right):
            self.propose(cloud, name, "cdk-deploy", {"P": parameter(name)})

        cloud.formation.execute_change_set(StackName=left, ChangeSetName="cdk-deploy")
        cloud.formation.execute_change_set(StackName=right, ChangeSetName="cdk-deploy")

        for name in (left, right):
            value = cloud.client("ssm").get_parameter(Name=StackView(cloud, name).id_of("P"))["Parameter"]["Value"]
            assert value == name

    def test_a_change_set_tells_what_it_would_change(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"A": parameter("1"), "B": parameter("1")})
        self.propose(cloud, stack.name, "c", {"B": parameter("2"), "C": parameter("1")}, "UPDATE")

        told = cloud.formation.describe_change_set(StackName=stack.name, ChangeSetName="c")

        changes = {(c["ResourceChange"]["Action"], c["ResourceChange"]["LogicalResourceId"]) for c in told["Changes"]}
        assert changes == {("Add", "C"), ("Modify", "B"), ("Remove", "A")}
        assert (told["Status"], told["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")

    def test_a_change_set_with_an_unknown_type_is_failed_and_names_it(self, cloud: Cloud) -> None:
        name = unique()
        self.propose(cloud, name, "c", {"X": resource("AWS::AppConfig::Application")})

        told = cloud.formation.describe_change_set(StackName=name, ChangeSetName="c")

        assert told["Status"] == "FAILED"
        assert "AWS::AppConfig::Application" in told["StatusReason"]
        assert (
            refusal(cloud.formation.execute_change_set, StackName=name, ChangeSetName="c")[0]
            == "InvalidChangeSetStatus"
        )

    def test_a_change_set_that_changes_nothing_is_failed(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"P": parameter()})
        self.propose(cloud, stack.name, "c", {"P": parameter()}, "UPDATE")

        told = cloud.formation.describe_change_set(StackName=stack.name, ChangeSetName="c")

        assert told["Status"] == "FAILED"
        assert "didn't contain changes" in told["StatusReason"]

    def test_a_change_set_that_is_not_there(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"P": parameter()})

        assert (
            refusal(cloud.formation.describe_change_set, StackName=stack.name, ChangeSetName="no")[0]
            == "ChangeSetNotFound"
        )
        cloud.formation.delete_change_set(StackName=stack.name, ChangeSetName="no")

    def test_a_failed_execution_is_told_by_the_stack(self, cloud: Cloud) -> None:
        name = unique()
        self.propose(
            cloud, name, "c", {"T": resource("AWS::DynamoDB::Table", {"KeySchema": [], "AttributeDefinitions": []})}
        )

        cloud.formation.execute_change_set(StackName=name, ChangeSetName="c")

        assert StackView(cloud, name).status == "ROLLBACK_COMPLETE"
        assert (
            cloud.formation.describe_change_set(StackName=name, ChangeSetName="c")["ExecutionStatus"]
            == "EXECUTE_FAILED"
        )
