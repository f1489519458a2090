"""CloudFormation of the embedded AWS: the life of a stack, and what is left when a part of it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import Cloud, StackView, outputs, parameter, refusal, resource, template, unique
from twinstage.local.inventory import inventory

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine


def bucket(name: str, **more: Any) -> dict[str, Any]:
    return resource("AWS::S3::Bucket", {"BucketName": name}, **more)


class TestLifeCycle:
    def test_a_stack_is_made_told_and_removed(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"P": parameter("v")}, Outputs=outputs(Name={"Ref": "P"}), Description="a stack")

        name = stack.id_of("P")
        assert stack.outputs == {"Name": name}
        assert stack.told["Description"] == "a stack"
        assert cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "v"
        assert json.loads(json.dumps(cloud.formation.get_template(StackName=stack.name)["TemplateBody"]))["Resources"]
        assert stack.delete() == "DELETE_COMPLETE"
        assert refusal(cloud.client("ssm").get_parameter, Name=name)[0] == "ParameterNotFound"

    def test_a_deleted_stack_is_found_by_its_id_only_and_its_name_is_free_again(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"P": parameter()})
        stack_id = stack.told["StackId"]
        stack.delete()

        expected = ("ValidationError", f"Stack with id {stack.name} does not exist")
        assert refusal(cloud.formation.describe_stacks, StackName=stack.name) == expected
        again = cloud.deploy({"P": parameter()}, stack.name).told["StackId"]
        assert again != stack_id
        assert StackView(cloud, stack_id).status == "DELETE_COMPLETE"

    def test_a_stack_made_again_gets_the_same_names(self, cloud: Cloud) -> None:
        resources = {"P": parameter(), "Z": resource("AWS::Route53::HostedZone", {"Name": f"{unique('z')}.test"})}
        first = cloud.deploy(resources)
        named = first.resources
        first.delete()

        assert cloud.deploy(resources, first.name).resources == named

    def test_a_name_that_is_taken_is_refused(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"P": parameter()})

        code, _ = refusal(cloud.formation.create_stack, StackName=stack.name, TemplateBody=template({"P": parameter()}))
        assert code == "AlreadyExistsException"

    def test_an_update_makes_changes_and_removes(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"Kept": parameter("1"), "Changed": parameter("1"), "Gone": parameter("1")})
        before = stack.resources

        status = stack.update({"Kept": parameter("1"), "Changed": parameter("2"), "New": parameter("3")})

        after = stack.resources
        assert status == "UPDATE_COMPLETE"
        assert {name: after[name] for name in ("Kept", "Changed")} == {
            name: before[name] for name in ("Kept", "Changed")
        }
        assert cloud.client("ssm").get_parameter(Name=after["Changed"])["Parameter"]["Value"] == "2"
        assert "Gone" not in after
        assert refusal(cloud.client("ssm").get_parameter, Name=before["Gone"])[0] == "ParameterNotFound"
        touched = {event["LogicalResourceId"] for event in stack.events if event["ResourceStatus"] == "UPDATE_COMPLETE"}
        assert touched == {"Changed", stack.name}

    def test_an_update_that_changes_nothing_is_refused(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"P": parameter()})

        told = refusal(cloud.formation.update_stack, StackName=stack.name, TemplateBody=template({"P": parameter()}))
        assert told == ("ValidationError", "No updates are to be performed.")

    def test_a_property_that_cannot_change_replaces_the_resource(self, cloud: Cloud) -> None:
        first, second = unique("a"), unique("b")
        stack = cloud.deploy({"B": bucket(first), "P": parameter({"Ref": "B"})})

        assert stack.update({"B": bucket(second), "P": parameter({"Ref": "B"})}) == "UPDATE_COMPLETE"

        names = {one["Name"] for one in cloud.client("s3").list_buckets()["Buckets"]}
        assert second in names
        assert first not in names
        assert cloud.client("ssm").get_parameter(Name=stack.id_of("P"))["Parameter"]["Value"] == second

    def test_what_is_to_be_retained_stays_and_its_name_is_not_given_again(self, cloud: Cloud) -> None:
        resources = {"B": resource("AWS::S3::Bucket", DeletionPolicy="Retain"), "P": parameter()}
        stack = cloud.deploy(resources)
        kept = stack.id_of("B")

        assert stack.delete() == "DELETE_COMPLETE"

        assert kept in {one["Name"] for one in cloud.client("s3").list_buckets()["Buckets"]}
        assert cloud.deploy(resources, stack.name).id_of("B") != kept

    def test_a_resource_that_cannot_be_removed_fails_the_deletion_and_stays_in_the_stack(self, cloud: Cloud) -> None:
        name = unique("full")
        stack = cloud.deploy({"B": bucket(name), "P": parameter()})
        cloud.client("s3").put_object(Bucket=name, Key="k", Body=b"v")

        assert stack.delete() == "DELETE_FAILED"
        assert "BucketNotEmpty" in stack.failures["B"]
        assert set(stack.resources) == {"B"}

        cloud.client("s3").delete_object(Bucket=name, Key="k")
        assert stack.delete() == "DELETE_COMPLETE"

    def test_a_resource_that_somebody_else_removed_counts_as_removed(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"P": parameter(), "B": resource("AWS::S3::Bucket")})
        cloud.client("ssm").delete_parameter(Name=stack.id_of("P"))
        cloud.client("s3").delete_bucket(Bucket=stack.id_of("B"))

        assert stack.delete() == "DELETE_COMPLETE"

    def test_deleting_a_stack_that_is_not_there_succeeds(self, cloud: Cloud) -> None:
        cloud.formation.delete_stack(StackName=unique())

    def test_tags_of_the_stack_reach_its_resources_and_change_with_it(self, cloud: Cloud) -> None:
        stack = cloud.deploy(
            {"B": resource("AWS::S3::Bucket", {"Tags": [{"Key": "own", "Value": "1"}]})},
            Tags=[{"Key": "run", "Value": "a"}],
        )

        def tags() -> dict[str, str]:
            told = cloud.client("s3").get_bucket_tagging(Bucket=stack.id_of("B"))["TagSet"]
            return {tag["Key"]: tag["Value"] for tag in told}

        assert tags() == {"own": "1", "run": "a"}
        stack.update(
            {"B": resource("AWS::S3::Bucket", {"Tags": [{"Key": "own", "Value": "1"}]})},
            Tags=[{"Key": "run", "Value": "b"}],
        )
        assert tags() == {"own": "1", "run": "b"}

    def test_a_protected_stack_is_not_deleted(self, cloud: Cloud) -> None:
        stack = cloud.deploy({"P": parameter()})
        cloud.formation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=True)

        assert "TerminationProtection" in refusal(cloud.formation.delete_stack, StackName=stack.name)[1]
        cloud.formation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
        assert stack.delete() == "DELETE_COMPLETE"


class TestFailures:
    def test_a_failed_creation_is_rolled_back_with_its_reason(self, empty_engine: Engine) -> None:
        cloud = Cloud(empty_engine, empty_engine.accounts.twin)
        before = inventory(empty_engine, cloud.account)
        bad = resource("AWS::DynamoDB::Table", {"KeySchema": [], "AttributeDefinitions": []}, DependsOn="P")

        stack = cloud.create({"P": parameter(), "T": bad})

        assert stack.status == "ROLLBACK_COMPLETE"
        assert set(stack.failures) == {"T"}
        assert "DynamoDB" in stack.failures["T"] or "dynamodb" in stack.failures["T"]
        assert "[T]" in next(
            e["ResourceStatusReason"] for e in stack.events if e["ResourceStatus"] == "ROLLBACK_IN_PROGRESS"
        )
        assert {
            k: v for k, v in inventory(empty_engine, cloud.account).items() if k != "AWS::CloudFormation::Stack"
        } == before
        assert (
            refusal(cloud.formation.update_stack, StackName=stack.name, TemplateBody=template({"P": parameter()}))[0]
            == "ValidationError"
        )
        assert stack.delete() == "DELETE_COMPLETE"

    def test_a_resource_that_fails_half_way_is_removed_too(self, cloud: Cloud) -> None:
        name = unique("half")
        half = resource("AWS::S3::Bucket", {"BucketName": name, "AccessControl": "AuthenticatedRead"})

        assert cloud.create({"B": half}).status == "ROLLBACK_COMPLETE"
        assert name not in {one["Name"] for one in cloud.client("s3").list_buckets()["Buckets"]}

    def test_a_failed_update_brings_everything_back(self, cloud: Cloud) -> None:
        first, second = unique("a"), unique("b")
        stack = cloud.deploy({"B": bucket(first), "P": parameter("old")})
        bad = resource("AWS::DynamoDB::Table", {"KeySchema": [], "AttributeDefinitions": []}, DependsOn=["N", "P", "B"])

        status = stack.update({"B": bucket(second), "P": parameter("new"), "N": parameter("n"), "T": bad})

        assert status == "UPDATE_ROLLBACK_COMPLETE"
        assert stack.id_of("B") == first
        assert set(stack.resources) == {"B", "P"}
        assert cloud.client("ssm").get_parameter(Name=stack.id_of("P"))["Parameter"]["Value"] == "old"
        names = {one["Name"] for one in cloud.client("s3").list_buckets()["Buckets"]}
        assert first in names
        assert second not in names
        assert stack.update({"B": bucket(first), "P": parameter("new")}) == "UPDATE_COMPLETE"

    def test_a_stack_that_is_not_to_be_rolled_back_keeps_what_it_made(self, cloud: Cloud) -> None:
        bad = resource("AWS::DynamoDB::Table", {"KeySchema": [], "AttributeDefinitions": []}, DependsOn="P")

        stack = cloud.create({"P": parameter(), "T": bad}, OnFailure="DO_NOTHING")

        assert stack.status == "CREATE_FAILED"
        assert set(stack.resources) == {"P"}
        told = cloud.formation.describe_events(StackName=stack.name, Filters={"FailedEvents": True})["OperationEvents"]
        assert {event["LogicalResourceId"] for event in told} == {"T", stack.name}
