"""The names in a CloudFormation template: what its intrinsic functions come to, as far as the template alone says.

A resource that gives itself a name is known by it, any other by its logical id. What only a deployment knows stays a placeholder.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME_OF: Final = {
    "AWS::Lambda::Function": "FunctionName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Route53::HostedZone": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::Serverless::StateMachine": "Name",
    "AWS::Events::EventBus": "Name",
    "AWS::Scheduler::Schedule": "Name",
}
_IN_A_SUB: Final = re.compile(r"\$\{([^}!]+)\}")
_DEEPEST: Final = 32


class TemplateNames:
    """A template's resources by logical id, and what its values come to as texts."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        resources = template.get("Resources")
        found = resources if isinstance(resources, dict) else {}
        self.resources: dict[str, Mapping[str, Any]] = {
            key: each for key, each in found.items() if isinstance(each, dict)
        }
        parameters = template.get("Parameters")
        self._parameters = parameters if isinstance(parameters, dict) else {}

    def properties(self, logical_id: str) -> Mapping[str, Any]:
        """A resource's properties; empty where it has none."""
        found = self.resources.get(logical_id, {}).get("Properties")
        return found if isinstance(found, dict) else {}

    def type(self, logical_id: str) -> str:
        """A resource's type; empty where there is none of that id."""
        return str(self.resources.get(logical_id, {}).get("Type", ""))

    def name(self, logical_id: str) -> str:
        """What a resource is called."""
        given = self.properties(logical_id).get(_NAME_OF.get(self.type(logical_id), ""))
        text = self.text(given) if given is not None else ""
        return logical_id if not text or "${" in text else text

    def text(self, value: Any, depth: int = 0) -> str:
        """A value as text, with `${...}` where only a deployment knows. A reference to a resource of the template is that resource's name."""
        found = f"${{{next(iter(value), '')}}}" if isinstance(value, dict) else ""
        match value:
            case _ if depth > _DEEPEST:
                found = ""
            case str():
                found = value
            case {"Ref": str(name)} if len(value) == 1:
                found = self._reference(name)
            case {"Fn::GetAtt": [str(name), *_]} | {"Fn::GetAtt": str(name)}:
                found = self._reference(name.partition(".")[0])
            case {"Fn::Join": [str(glue), list(several)]}:
                found = glue.join(self.text(each, depth + 1) for each in several)
            case {"Fn::Sub": [str(text), dict(own)]}:
                found = self._substituted(text, {name: self.text(each, depth + 1) for name, each in own.items()})
            case {"Fn::Sub": str(text)}:
                found = self._substituted(text, {})
            case bool() | int() | float():
                found = str(value)
        return found

    def referred(self, value: Any) -> str:
        """The logical id of the resource that a value is a reference to, wherever in it that stands; empty where there is none."""
        match value:
            case {"Ref": str(name)} if name in self.resources:
                return name
            case {"Fn::GetAtt": [str(name), *_]} if name in self.resources:
                return name
            case dict() | list():
                inner = value.values() if isinstance(value, dict) else value
                return next((found for each in inner if (found := self.referred(each))), "")
            case _:
                return ""

    def _reference(self, name: str) -> str:
        if name in self.resources:
            return self.name(name)
        default = self._parameters.get(name, {})
        given = default.get("Default") if isinstance(default, dict) else None
        return given if isinstance(given, str) else f"${{{name}}}"

    def _substituted(self, text: str, own: Mapping[str, str]) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1].strip()
            return own[name] if name in own else self._reference(name.partition(".")[0])

        return _IN_A_SUB.sub(value, text).replace("${!", "${")
