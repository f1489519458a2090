"""Functions and state machines: what a template says is what runs, and an update changes it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from tests.local.cloud import ROLE, Cloud, resource, unique

pytestmark = pytest.mark.engine


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".py", text)
    return packed.getvalue()


class TestFunctions:
    def resources(self, store: str, key: str, **more: Any) -> dict[str, Any]:
        function = {
            "Code": {"S3Bucket": store, "S3Key": key},
            "Handler": "index.handler",
            "Runtime": "python3.11",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Layers": [{"Ref": "Layer"}],
            "LoggingConfig": {"LogGroup": {"Ref": "Log"}},
            "Timeout": "20",
            "MemorySize": 256,
            "Environment": {"Variables": {"NUMBER": 1}},
            "Tags": [{"Key": "a", "Value": "b"}],
            **more,
        }
        return {
            "Role": ROLE,
            "Log": resource("AWS::Logs::LogGroup", {"RetentionInDays": 7}),
            "Layer": resource(
                "AWS::Lambda::LayerVersion",
                {"Content": {"S3Bucket": store, "S3Key": "layer.zip"}, "CompatibleRuntimes": ["python3.11"]},
            ),
            "Function": resource("AWS::Lambda::Function", function),
            "Allowed": resource(
                "AWS::Lambda::Permission",
                {
                    "FunctionName": {"Ref": "Function"},
                    "Action": "lambda:InvokeFunction",
                    "Principal": "events.amazonaws.com",
                },
            ),
        }

    @pytest.fixture
    def store(self, cloud: Cloud) -> str:
        name, s3 = unique("code"), cloud.client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="layer.zip", Body=zipped(python__greeting='WORDS = "hello"\n'))
        for version in (1, 2):
            code = f"import greeting, os\ndef handler(event, context):\n    return [greeting.WORDS, os.environ['NUMBER'], {version}]\n"
            s3.put_object(Bucket=name, Key=f"{version}.zip", Body=zipped(index=code))
        return name

    def test_a_function_runs_with_its_layer_settings_and_log(self, cloud: Cloud, store: str) -> None:
        stack = cloud.deploy(self.resources(store, "1.zip", ReservedConcurrentExecutions=3))
        functions, ids = cloud.client("lambda"), stack.resources

        told = functions.get_function(FunctionName=ids["Function"])
        assert (told["Configuration"]["Timeout"], told["Configuration"]["MemorySize"]) == (20, 256)
        assert [layer["Arn"] for layer in told["Configuration"]["Layers"]] == [ids["Layer"]]
        assert told["Configuration"]["LoggingConfig"]["LogGroup"] == ids["Log"]
        assert told["Concurrency"] == {"ReservedConcurrentExecutions": 3}
        assert told["Tags"] == {"a": "b"}
        policy = json.loads(functions.get_policy(FunctionName=ids["Function"])["Policy"])
        assert [s["Principal"] for s in policy["Statement"]] == [{"Service": "events.amazonaws.com"}]
        assert json.loads(functions.invoke(FunctionName=ids["Function"])["Payload"].read()) == ["hello", "1", 1]
        group = cloud.client("logs").describe_log_groups(logGroupNamePrefix=ids["Log"])["logGroups"][0]
        assert group["retentionInDays"] == 7
        assert cloud.client("logs").describe_log_streams(logGroupName=ids["Log"])["logStreams"]

    def test_an_update_changes_code_and_settings(self, cloud: Cloud, store: str) -> None:
        stack = cloud.deploy(self.resources(store, "1.zip"))
        functions, name = cloud.client("lambda"), stack.id_of("Function")
        assert json.loads(functions.invoke(FunctionName=name)["Payload"].read()) == ["hello", "1", 1]

        status = stack.update(
            self.resources(store, "2.zip", Environment={"Variables": {"NUMBER": "2"}}, Timeout=5, Tags=[])
        )

        assert (status, stack.id_of("Function")) == ("UPDATE_COMPLETE", name)
        assert json.loads(functions.invoke(FunctionName=name)["Payload"].read()) == ["hello", "2", 2]
        assert functions.get_function(FunctionName=name).get("Tags", {}) == {}
        assert stack.delete() == "DELETE_COMPLETE"
        assert functions.list_layer_versions(LayerName=stack_layer(stack.name))["LayerVersions"] == []

    def test_inline_code(self, cloud: Cloud) -> None:
        code = {"ZipFile": "def handler(event, context):\n    return 'inline'\n"}
        function = {
            "Code": code,
            "Handler": "index.handler",
            "Runtime": "python3.11",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        }
        stack = cloud.deploy({"Role": ROLE, "Function": resource("AWS::Lambda::Function", function)})

        answer = cloud.client("lambda").invoke(FunctionName=stack.id_of("Function"))
        assert json.loads(answer["Payload"].read()) == "inline"

    def test_a_function_of_an_image_is_refused(self, cloud: Cloud) -> None:
        function = {"Code": {"ImageUri": "x"}, "PackageType": "Image", "Role": {"Fn::GetAtt": ["Role", "Arn"]}}

        stack = cloud.create({"Role": ROLE, "Function": resource("AWS::Lambda::Function", function)})

        assert stack.status == "ROLLBACK_COMPLETE"
        assert "Image" in stack.failures["Function"]


def stack_layer(stack: str) -> str:
    return f"{stack}-Layer"


class TestMachines:
    MACHINE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${Word}", "End": True}}}

    def resources(self, **definition: Any) -> dict[str, Any]:
        return {
            "Role": resource(
                "AWS::IAM::Role",
                {
                    "AssumeRolePolicyDocument": json.loads(
                        json.dumps(ROLE["Properties"]["AssumeRolePolicyDocument"]).replace("lambda", "states")
                    )
                },
            ),
            "Machine": resource(
                "AWS::StepFunctions::StateMachine", {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, **definition}
            ),
        }

    def run(self, cloud: Cloud, arn: str) -> Any:
        states = cloud.client("stepfunctions")
        execution = states.start_execution(stateMachineArn=arn)["executionArn"]
        while (told := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            pass
        return json.loads(told["output"])

    def test_a_definition_as_an_object_as_text_or_in_s3(self, cloud: Cloud) -> None:
        store = unique("machines")
        cloud.client("s3").create_bucket(Bucket=store)
        cloud.client("s3").put_object(Bucket=store, Key="m.json", Body=json.dumps(self.MACHINE))
        words = {"DefinitionSubstitutions": {"Word": {"Fn::Join": ["", ["say ", {"Ref": "AWS::Region"}]]}}}
        text = {"Fn::Join": ["", [json.dumps(self.MACHINE)]]}
        for definition in (
            {"Definition": self.MACHINE},
            {"DefinitionString": text},
            {"DefinitionS3Location": {"Bucket": store, "Key": "m.json"}},
        ):
            stack = cloud.deploy(self.resources(**definition, **words))
            assert self.run(cloud, stack.id_of("Machine")) == "say us-east-1"

    def test_an_update_changes_the_definition_that_runs(self, cloud: Cloud) -> None:
        stack = cloud.deploy(self.resources(Definition=self.MACHINE, DefinitionSubstitutions={"Word": "one"}))
        arn = stack.id_of("Machine")
        assert self.run(cloud, arn) == "one"

        assert (
            stack.update(self.resources(Definition=self.MACHINE, DefinitionSubstitutions={"Word": "two"}))
            == "UPDATE_COMPLETE"
        )

        assert (stack.id_of("Machine"), self.run(cloud, arn)) == (arn, "two")
        assert stack.delete() == "DELETE_COMPLETE"

    def test_a_substitution_that_is_missing_is_told(self, cloud: Cloud) -> None:
        stack = cloud.create(self.resources(Definition=self.MACHINE, DefinitionSubstitutions={"Other": "one"}))

        assert "Word" in stack.failures["Machine"]
