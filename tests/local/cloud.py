"""Stacks for tests: names nobody else uses, and short words for what a test asks of CloudFormation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.engine import Engine

TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
ACKNOWLEDGED = ["CAPABILITY_IAM"]
ROLE: dict[str, Any] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}
FOR_THE_ACCOUNT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "*", "Resource": "*"}],
}


def unique(prefix: str = "stack") -> str:
    return f"{prefix}-{uuid4().hex[:10]}"


def template(resources: Mapping[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


def resource(kind: str, properties: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": dict(properties or {}), **more}


def parameter(value: Any = "x", **more: Any) -> dict[str, Any]:
    return resource("AWS::SSM::Parameter", {"Type": "String", "Value": value}, **more)


def outputs(**values: Any) -> dict[str, Any]:
    return {key: {"Value": value} for key, value in values.items()}


VPC = {
    "Vpc": resource(
        "AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": "true"}
    )
}


@dataclass(frozen=True)
class Cloud:
    """CloudFormation of one account."""

    engine: Engine
    account: str

    def client(self, service: str) -> Any:
        return self.engine.client(self.account, service)

    @property
    def formation(self) -> Any:
        return self.client("cloudformation")

    def create(self, resources: Mapping[str, Any], name: str | None = None, **sections: Any) -> StackView:
        """Create a stack; it may have failed: look at its status."""
        request = {
            key: sections.pop(key)
            for key in ("Parameters", "Tags", "OnFailure")
            if isinstance(sections.get(key), list | str)
        }
        name = name or unique()
        self.formation.create_stack(
            StackName=name, TemplateBody=template(resources, **sections), Capabilities=ACKNOWLEDGED, **request
        )
        return StackView(self, name)

    def deploy(self, resources: Mapping[str, Any], name: str | None = None, **sections: Any) -> StackView:
        """Create a stack that must succeed."""
        stack = self.create(resources, name, **sections)
        assert stack.status == "CREATE_COMPLETE", stack.failures
        return stack


@dataclass(frozen=True)
class StackView:
    """One stack, as the API tells it."""

    cloud: Cloud
    name: str

    @property
    def told(self) -> dict[str, Any]:
        stack: dict[str, Any] = self.cloud.formation.describe_stacks(StackName=self.name)["Stacks"][0]
        return stack

    @property
    def status(self) -> str:
        return str(self.told["StackStatus"])

    @property
    def outputs(self) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self.told.get("Outputs", ())}

    @property
    def events(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return list(reversed(self.cloud.formation.describe_stack_events(StackName=self.name)["StackEvents"]))

    @property
    def failures(self) -> dict[str, str]:
        """The reason of each resource that failed."""
        failed = [event for event in self.events if event["ResourceStatus"].endswith("FAILED")]
        return {event["LogicalResourceId"]: event.get("ResourceStatusReason", "") for event in failed}

    def id_of(self, logical_id: str) -> str:
        told = self.cloud.formation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return str(told["StackResourceDetail"]["PhysicalResourceId"])

    @property
    def resources(self) -> dict[str, str]:
        told = self.cloud.formation.describe_stack_resources(StackName=self.name)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in told}

    def update(self, resources: Mapping[str, Any], **sections: Any) -> str:
        """Update the stack; the status it ends in."""
        request = {key: sections.pop(key) for key in ("Parameters", "Tags") if isinstance(sections.get(key), list)}
        self.cloud.formation.update_stack(
            StackName=self.name, TemplateBody=template(resources, **sections), Capabilities=ACKNOWLEDGED, **request
        )
        return self.status

    def delete(self) -> str:
        """Delete the stack; the status it ends in."""
        stack_id = self.told["StackId"]
        self.cloud.formation.delete_stack(StackName=self.name)
        return StackView(self.cloud, stack_id).status


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Code and message of a call that must fail."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{call} succeeded")
