"""Functions over boto3 keep the promises of `world.interface`."""

from __future__ import annotations

import io
import traceback
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tests.world.aws_parts import CODE, function, stubbed
from twinstage.model.archive import zip_files
from twinstage.model.errors import AwsError, InputError
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.function_form import code_sha256
from twinstage.world.interface import Invocation

if TYPE_CHECKING:
    from pathlib import Path


def test_a_function_is_read_with_its_code(aws: Any) -> None:
    name = function(aws, Environment={"Variables": {"PLAN_TABLE": "plans"}})
    functions = LambdaFunctions(aws.client("lambda"))
    found = functions.definition(name)
    assert found.configuration == {
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "MemorySize": 128,
        "Timeout": 10,
        "Environment": {"PLAN_TABLE": "plans"},
    }
    assert found.code == CODE


def test_a_function_is_captured_with_its_processor_storage_and_network(aws: Any) -> None:
    name = function(aws, Architectures=["arm64"], EphemeralStorage={"Size": 1024})

    configuration = LambdaFunctions(aws.client("lambda")).definition(name).configuration

    assert (configuration["Architectures"], configuration["EphemeralStorage"]) == (["arm64"], {"Size": 1024})
    assert "VpcConfig" not in configuration


def test_a_package_that_cannot_be_downloaded_is_an_error_that_does_not_tell_its_address(aws: Any) -> None:
    found = aws.client("lambda").get_function(FunctionName=function(aws))
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("lambda")
    location = "http://127.0.0.1:1/package?X-Amz-Signature=abc"
    answer = {"Configuration": found["Configuration"], "Code": {"Location": location}}
    with Stubber(made) as stubber:
        stubber.add_response("get_function", answer, {"FunctionName": "enactor"})
        with pytest.raises(AwsError, match="PackageUnavailable") as caught:
            LambdaFunctions(made).definition("enactor")
    assert caught.value.retryable
    assert "X-Amz-Signature" not in "".join(traceback.format_exception(caught.value))


def test_a_package_that_is_not_the_one_described_is_an_error(aws: Any) -> None:
    """As when the function is updated between the answer and the download."""
    api = aws.client("lambda")
    found = api.get_function(FunctionName=function(aws))
    found["Configuration"]["CodeSha256"] = code_sha256(b"another package")
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("lambda")
    answer = {
        "Configuration": {**found["Configuration"], "FunctionName": "enactor"},
        "Code": {"Location": found["Code"]["Location"]},
    }
    with Stubber(made) as stubber:
        stubber.add_response("get_function", answer, {"FunctionName": "enactor"})
        with pytest.raises(AwsError, match="CodeSha256Mismatch") as caught:
            LambdaFunctions(made).definition("enactor")
    made.close()
    assert (caught.value.operation, caught.value.details["retryable"]) == ("GetFunction", True)


@pytest.mark.parametrize(
    "told", [{"PackageType": "Image"}, {"Layers": [{"Arn": "arn:aws:lambda:us-east-1:1:layer:n:3"}]}]
)
def test_a_function_that_cannot_be_cloned_is_bad_input_that_names_it(told: dict[str, Any]) -> None:
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("lambda")
    with Stubber(made) as stubber:
        configuration = {"FunctionName": "enactor", **told}
        stubber.add_response("get_function", {"Configuration": configuration}, {"FunctionName": "enactor"})
        with pytest.raises(InputError) as caught:
            LambdaFunctions(made).definition("enactor")
    made.close()
    assert [problem.pointer for problem in caught.value.problems] == [f"/functions/enactor/{next(iter(told))}"]


def test_what_a_function_returns_is_an_answer_and_so_is_that_it_raised(aws: Any) -> None:
    functions = LambdaFunctions(aws.client("lambda"))
    assert functions.invoke(function(aws), {"n": 1}) == Invocation({"got": {"n": 1}})
    raising = function(aws, zip_files({"app.py": b"def handler(event, context):\n    raise KeyError('plan')\n"}))
    answer = functions.invoke(raising, {})
    assert (answer.error, answer.message) == ("KeyError", "'plan'")


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (b"", Invocation(None)),
        (
            b'{"errorMessage": "Task timed out"}',
            Invocation({"errorMessage": "Task timed out"}, "Unhandled", "Task timed out"),
        ),
        (b"null", Invocation(None, "Unhandled", "")),
        (b'"text"', Invocation("text", "Unhandled", "")),
    ],
)
def test_a_failure_that_says_little_is_still_an_answer(payload: bytes, answer: Invocation) -> None:
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("lambda")
    with Stubber(made) as stubber:
        response = {"Payload": StreamingBody(io.BytesIO(payload), len(payload))}
        failed = {"FunctionError": "Unhandled"} if answer.error else {}
        stubber.add_response("invoke", response | failed, {"FunctionName": "f", "Payload": b"{}"})
        assert LambdaFunctions(made).invoke("f", {}) == answer
    made.close()


def test_a_function_is_read_with_its_concurrency_description_and_tags(aws: Any) -> None:
    api, name = aws.client("lambda"), function(aws, Description="plans")
    api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=7)
    api.tag_resource(Resource=api.get_function(FunctionName=name)["Configuration"]["FunctionArn"], Tags={"team": "dns"})

    found = LambdaFunctions(api).definition(name).configuration

    assert (found["ReservedConcurrentExecutions"], found["Description"]) == (7, "plans")
    assert found["Tags"] == {"team": "dns"}


def test_a_function_is_read_with_its_versions_aliases_and_what_belongs_to_them(tmp_path: Path) -> None:
    (tmp_path / "package.zip").write_bytes(CODE)
    base = {
        "FunctionName": "enactor",
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "MemorySize": 128,
        "Timeout": 3,
        "CodeSha256": code_sha256(CODE),
        "TracingConfig": {"Mode": "Active"},
    }
    arn = "arn:aws:lambda:us-east-1:111111111111:function:enactor"
    code = {"Location": (tmp_path / "package.zip").as_uri()}
    provisioned = {"FunctionArn": f"{arn}:live", "RequestedProvisionedConcurrentExecutions": 3}
    invoked = {"FunctionArn": f"{arn}:$LATEST", "MaximumRetryAttempts": 0, "DestinationConfig": {"OnSuccess": {}}}
    weights = {"AdditionalVersionWeights": {"2": 0.25}}
    with stubbed("lambda") as (stubber, made):
        asked = {"FunctionName": "enactor"}
        stubber.add_response("get_function", {"Configuration": base, "Code": code}, asked)
        listed = [{"Version": version} for version in ("$LATEST", "10", "2")]
        stubber.add_response("list_versions_by_function", {"Versions": listed[:2], "NextMarker": "more"}, asked)
        stubber.add_response("list_versions_by_function", {"Versions": listed[2:]}, asked | {"Marker": "more"})
        for version in ("2", "10"):
            answer = {"Configuration": base | {"Description": f"of {version}"}, "Code": code}
            stubber.add_response("get_function", answer, asked | {"Qualifier": version})
        alias = {
            "Name": "live",
            "FunctionVersion": "10",
            "RoutingConfig": weights,
            "Description": "",
            "RevisionId": "r",
        }
        stubber.add_response("list_aliases", {"Aliases": [alias]}, asked)
        configs = {"ProvisionedConcurrencyConfigs": [provisioned]}
        stubber.add_response("list_provisioned_concurrency_configs", configs, asked)
        stubber.add_response("list_function_event_invoke_configs", {"FunctionEventInvokeConfigs": [invoked]}, asked)

        found = LambdaFunctions(made).definition("enactor")

    assert [(v.version, v.configuration["Description"], v.code) for v in found.versions] == [
        ("2", "of 2", CODE),
        ("10", "of 10", CODE),
    ]
    assert found.aliases == ({"Name": "live", "FunctionVersion": "10", "RoutingConfig": weights},)
    assert found.configuration["TracingConfig"] == {"Mode": "Active"}
    assert found.configuration["ProvisionedConcurrency"] == [
        {"Qualifier": "live", "ProvisionedConcurrentExecutions": 3}
    ]
    assert found.configuration["EventInvokeConfigs"] == [{"Qualifier": "$LATEST", "MaximumRetryAttempts": 0}]
