"""CloudFormation of the embedded AWS: stacks, change sets, failures, intrinsic functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cloud import ROLE, Cloud, StackView, outputs, parameter, refusal, resource, template, unique

from twinstage.local.inventory import inventory

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

pytestmark = pytest.mark.engine


@pytest.fixture
def cloud(engine: Engine) -> Cloud:
    return Cloud(engine, engine.accounts.twin)


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


class TestTemplates:
    def value(self, cloud: Cloud, value: Any, **sections: Any) -> str:
        """What a value of a template comes to, seen through an output."""
        stack = cloud.deploy({"P": parameter("v")}, Outputs=outputs(Value=value), **sections)
        return stack.outputs["Value"]

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}]]}, "a-us-east-1"),
            ({"Fn::Sub": "${AWS::AccountId}:${P.Value}:${!Literal}"}, "222222222222:v:${Literal}"),
            ({"Fn::Sub": ["${x}-${P.Type}", {"x": {"Ref": "AWS::Partition"}}]}, "aws-String"),
            ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b,c"]}]}, "b"),
            ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a"),
            ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Small"]}, "1"),
            ({"Fn::If": ["Yes", "then", "else"]}, "then"),
            ({"Fn::If": ["No", "then", "else"]}, "else"),
            ({"Fn::Base64": "text"}, "dGV4dA=="),
            ({"Fn::ToJsonString": {"a": [1, {"Ref": "AWS::NoValue"}]}}, '{"a":[1]}'),
        ],
    )
    def test_intrinsic_functions(self, cloud: Cloud, value: Any, expected: str) -> None:
        conditions = {"Yes": {"Fn::Equals": [True, "true"]}, "No": {"Fn::Or": [{"Fn::Not": [{"Condition": "Yes"}]}]}}
        mappings = {"Sizes": {"us-east-1": {"Small": "1"}}}

        assert self.value(cloud, value, Conditions=conditions, Mappings=mappings) == expected

    def test_a_resource_whose_condition_is_false_is_not_made(self, cloud: Cloud) -> None:
        conditions = {"No": {"Fn::Equals": ["a", "b"]}}

        stack = cloud.deploy({"P": parameter(), "Q": parameter(Condition="No")}, Conditions=conditions)

        assert set(stack.resources) == {"P"}

    def test_yaml_with_short_forms(self, cloud: Cloud) -> None:
        name = unique()
        body = """
        Resources:
          P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Sub "${AWS::Region}"}}
        Outputs:
          Value: {Value: !GetAtt P.Value}
        """

        cloud.formation.create_stack(StackName=name, TemplateBody=body)

        assert StackView(cloud, name).outputs == {"Value": "us-east-1"}

    def test_a_template_in_s3_by_either_kind_of_url(self, cloud: Cloud) -> None:
        store = unique("templates")
        cloud.client("s3").create_bucket(Bucket=store)
        cloud.client("s3").put_object(Bucket=store, Key="a/t.json", Body=template({"P": parameter()}))

        for url in (
            f"{cloud.engine.endpoint}/{store}/a/t.json",
            f"https://{store}.s3.us-east-1.amazonaws.com/a/t.json",
            f"https://s3.us-east-1.amazonaws.com/{store}/a/t.json",
        ):
            name = unique()
            cloud.formation.create_stack(StackName=name, TemplateURL=url)
            assert StackView(cloud, name).status == "CREATE_COMPLETE"

    def test_parameters_are_checked(self, cloud: Cloud) -> None:
        declared = {"Size": {"Type": "String", "AllowedValues": ["s", "m"]}, "Must": {"Type": "Number"}}
        body = template({"P": parameter({"Ref": "Size"})}, Parameters=declared)

        def told(**values: str) -> str:
            given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
            return refusal(cloud.formation.create_stack, StackName=unique(), TemplateBody=body, Parameters=given)[1]

        assert "[Must] must have values" in told(Size="s")
        assert "AllowedValues" in told(Size="x", Must="1")
        assert "must be a number" in told(Size="s", Must="one")
        assert "[Other] do not exist" in told(Size="s", Must="1", Other="")

    def test_a_value_kept_by_an_update_is_the_name_of_an_ssm_parameter_not_what_it_resolved_to(
        self, cloud: Cloud
    ) -> None:
        source, name = unique("/source/"), unique()
        cloud.client("ssm").put_parameter(Name=source, Type="String", Value="1")
        declared = {"Version": {"Type": "AWS::SSM::Parameter::Value<String>"}}
        body = {"P": parameter({"Ref": "Version"})}
        given = [{"ParameterKey": "Version", "ParameterValue": source}]
        cloud.formation.create_stack(StackName=name, TemplateBody=template(body, Parameters=declared), Parameters=given)
        cloud.client("ssm").put_parameter(Name=source, Type="String", Value="2", Overwrite=True)

        kept = [{"ParameterKey": "Version", "UsePreviousValue": True}]
        cloud.formation.update_stack(StackName=name, TemplateBody=template(body, Parameters=declared), Parameters=kept)

        stack = StackView(cloud, name)
        assert cloud.client("ssm").get_parameter(Name=stack.id_of("P"))["Parameter"]["Value"] == "2"
        assert stack.told["Parameters"] == [{"ParameterKey": "Version", "ParameterValue": source, "ResolvedValue": "2"}]

    def test_rules_are_checked(self, cloud: Cloud) -> None:
        rule = {
            "Assertions": [
                {"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "V"}]}]}, "AssertDescription": "too old"}
            ]
        }
        sections = {"Parameters": {"V": {"Type": "String", "Default": "2"}}, "Rules": {"Old": rule}}

        assert (
            "too old"
            in refusal(
                cloud.formation.create_stack, StackName=unique(), TemplateBody=template({"P": parameter()}, **sections)
            )[1]
        )

    def test_an_export_is_imported_by_another_stack(self, cloud: Cloud) -> None:
        export = unique("export")
        cloud.deploy(
            {"P": parameter("shared")},
            Outputs={"V": {"Value": {"Fn::GetAtt": ["P", "Value"]}, "Export": {"Name": export}}},
        )

        stack = cloud.deploy({"P": parameter({"Fn::ImportValue": export})})

        assert cloud.client("ssm").get_parameter(Name=stack.id_of("P"))["Parameter"]["Value"] == "shared"
        assert export in {one["Name"] for one in cloud.formation.list_exports()["Exports"]}
