"""The example CDK app, synthesized and proven with what the wheel brings; tests/rehearsal/test_example_app_deployed.py deploys it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.library.example_app import STACK, ExampleApp, example_app

pytestmark = pytest.mark.cdk


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> ExampleApp:
    return example_app(tmp_path_factory.mktemp("elsewhere"))


def test_it_is_run_with_what_the_wheel_brought(app: ExampleApp) -> None:
    told = app.run("python", "-c", "import twinstage, twinstage_constructs as c; print(twinstage.__file__, c.__file__)")

    assert all(Path(file).is_relative_to(app.programs.parent) for file in told.split())


def test_pytest_finds_the_plugin(app: ExampleApp) -> None:
    told = app.run("python", "-m", "pytest", "--fixtures", "-q", "-p", "no:cacheprovider")

    assert "memory_aws -- " in told
    assert "race -- " in told


def test_what_it_synthesizes_is_proven_to_lead_nowhere(app: ExampleApp) -> None:
    assembly = app.synthesized()

    proof = json.loads(app.run("twinstage", "audit", assembly, "--json"))

    assert proof["violations"] == []
    template = json.loads((assembly / f"{STACK}.template.json").read_text())
    types = {resource["Type"] for resource in template["Resources"].values()}
    assert {"AWS::Route53::HostedZone", "AWS::DynamoDB::Table", "AWS::StepFunctions::StateMachine"} <= types
    names = {resource["Properties"].get("TableName") for resource in template["Resources"].values()}
    assert {"twin-pr-17-ledger", "twin-pr-17-baseline-hosts"} <= names
