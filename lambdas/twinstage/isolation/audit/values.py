"""What CloudFormation's intrinsics stand for, as far as a template alone can tell.

The id of a resource of this very template is not known, but it is that one's and nobody else's: it becomes a token, which is a plain text like any other.
What cannot be told (an import, a parameter, an intrinsic that is not resolved here) becomes UNKNOWN.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.isolation.audit.identity import Identity
    from twinstage.isolation.audit.template import Template

OPEN, CLOSE, UNKNOWN = "\ue000", "\ue001", "\ue002"
RESOLVED = frozenset({"Ref", "Fn::GetAtt", "Fn::Join", "Fn::Sub", "Fn::Select"})
"""The intrinsics whose value is worked out here."""

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
# Type -> (property with the physical name, ARN, whether Ref gives the ARN).
_ARNS = {
    "AWS::DynamoDB::Table": ("TableName", "arn:aws:dynamodb:{region}:{account}:table/", False),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "arn:aws:iam::{account}:policy/", True),
    "AWS::IAM::Role": ("RoleName", "arn:aws:iam::{account}:role/", False),
    "AWS::Lambda::Function": ("FunctionName", "arn:aws:lambda:{region}:{account}:function:", False),
    "AWS::Logs::LogGroup": ("LogGroupName", "arn:aws:logs:{region}:{account}:log-group:", False),
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::", False),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "arn:aws:states:{region}:{account}:stateMachine:", True),
}
_ID_ATTRIBUTES = frozenset({"Id", "GroupId", "HealthCheckId", "HostedZoneId", "VpcId"})


def intrinsic(value: Any) -> str | None:
    """The name of the intrinsic that a value is, None where it is a plain one."""
    if isinstance(value, dict) and len(value) == 1:
        [name] = value
        if isinstance(name, str) and (name in ("Ref", "Condition") or name.startswith("Fn::")):
            return name
    return None


def reference(value: Any) -> tuple[str, str] | None:
    """(logical id, attribute) of a Ref (attribute empty) or a Fn::GetAtt; None for anything else."""
    match intrinsic(value):
        case "Ref":
            return (value["Ref"], "") if isinstance(value["Ref"], str) else None
        case "Fn::GetAtt":
            target = value["Fn::GetAtt"]
            parts = target.split(".", 1) if isinstance(target, str) else target
            pair = 2
            if isinstance(parts, list) and len(parts) == pair and all(isinstance(part, str) for part in parts):
                return parts[0], parts[1]
    return None


def token(name: str, attribute: str = "Id") -> str:
    """What stands for an id of a resource of this template."""
    return f"{OPEN}{name}.{attribute}{CLOSE}"


def readable(text: str) -> str:
    """Tokens as `${Name.Attribute}`, and what is unknown as `*`: for people."""
    return text.replace(OPEN, "${").replace(CLOSE, "}").replace(UNKNOWN, "*")


class Resolver:
    """The values of one template."""

    def __init__(self, template: Template, identity: Identity) -> None:
        self._resources, self._identity = template.resources, identity
        self._pseudo = {
            "AWS::AccountId": identity.account,
            "AWS::Partition": "aws",
            "AWS::Region": identity.region,
            "AWS::URLSuffix": "amazonaws.com",
        }

    def value(self, value: Any) -> Any:
        """A document with every intrinsic replaced by its text. Lists and objects keep their shape."""
        if intrinsic(value) is not None:
            return self.text(value)
        if isinstance(value, dict):
            return {name: self.value(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.value(each) for each in value]
        return _plain(value) if isinstance(value, str) else value

    def text(self, value: Any) -> str:
        """A scalar or an intrinsic as text; UNKNOWN for what is neither."""
        match intrinsic(value):
            case "Ref" | "Fn::GetAtt":
                target = reference(value)
                return self._reference(*target) if target else UNKNOWN
            case "Fn::Join":
                return self._join(value["Fn::Join"])
            case "Fn::Sub":
                return self._sub(value["Fn::Sub"])
            case "Fn::Select":
                return self._select(value["Fn::Select"])
        return _scalar(value)

    def _reference(self, name: str, attribute: str) -> str:
        if not attribute and name in self._pseudo:
            return self._pseudo[name]
        resource = self._resources.get(name)
        if resource is None:
            return UNKNOWN
        named, arn, ref_is_arn = _ARNS.get(resource["Type"], ("", "", False))
        own = resource.get("Properties", {}).get(named)
        if isinstance(own, str) and (attribute == "Arn" or not attribute):
            whole = attribute == "Arn" or ref_is_arn
            stars = ":*" if whole and resource["Type"] == "AWS::Logs::LogGroup" else ""
            return (self._identity.fill(arn) if whole else "") + _plain(own) + stars
        return token(name, "Id" if not attribute or attribute in _ID_ATTRIBUTES else attribute)

    def _join(self, parts: Any) -> str:
        pair = 2
        if isinstance(parts, list) and len(parts) == pair and isinstance(parts[0], str) and isinstance(parts[1], list):
            return _plain(parts[0]).join(self.text(each) for each in parts[1])
        return UNKNOWN

    def _sub(self, given: Any) -> str:
        text, own = (given[0], given[1]) if isinstance(given, list) and len(given) > 1 else (given, {})
        if not isinstance(text, str) or not isinstance(own, dict):
            return UNKNOWN
        return self._filled(text, own)

    def _filled(self, text: str, own: Mapping[str, Any]) -> str:
        parts, at = [], 0
        for found in _VARIABLE.finditer(text):
            parts.append(_plain(text[at : found.start()]))
            at = found.end()
            name, _, attribute = found[2].strip().partition(".")
            if found[1]:
                parts.append("${" + found[2] + "}")
            elif found[2] in own:
                parts.append(self.text(own[found[2]]))
            else:
                parts.append(self._reference(name, attribute))
        return "".join([*parts, _plain(text[at:])])

    def _select(self, given: Any) -> str:
        if isinstance(given, list) and len(given) > 1 and isinstance(given[1], list) and str(given[0]).isdecimal():
            index = int(given[0])
            if index < len(given[1]):
                return self.text(given[1][index])
        return UNKNOWN


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _plain(str(value)) if isinstance(value, str | int | float) else UNKNOWN


def _plain(text: str) -> str:
    """A text that nobody can mistake for a token."""
    return text if text.isascii() else re.sub("[\ue000-\ue002]", UNKNOWN, text)
