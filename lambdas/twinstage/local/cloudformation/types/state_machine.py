"""AWS::StepFunctions::StateMachine."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import ResourceFailed
from twinstage.local.cloudformation.resource import Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
DEFINITION = frozenset({"Definition", "DefinitionS3Location", "DefinitionString", "DefinitionSubstitutions"})


class StateMachine(ResourceType):
    """A state machine from a string, an object or a file in S3, with its substitutions made."""

    name = "AWS::StepFunctions::StateMachine"
    immutable = frozenset({"StateMachineName", "StateMachineType"})
    mutable = DEFINITION | {"LoggingConfiguration", "RoleArn", "Tags", "TracingConfiguration"}
    attributes = frozenset({"Arn", "Name", "StateMachineRevisionId"})
    gone = frozenset({"StateMachineDoesNotExist"})

    def create(self, order: Order) -> Made:
        """CreateStateMachine."""
        name = order.get("StateMachineName", order.name(80))
        made = order.call(
            "stepfunctions",
            "CreateStateMachine",
            name=name,
            definition=_definition(order),
            roleArn=order.need("RoleArn"),
            type=order.get("StateMachineType", "STANDARD"),
            loggingConfiguration=order.get("LoggingConfiguration"),
            tracingConfiguration=order.get("TracingConfiguration"),
            tags=order.tags() or None,
        )
        arn = made["stateMachineArn"]
        return Made(arn, {"Arn": arn, "Name": name, "StateMachineRevisionId": "INITIAL"})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """UpdateStateMachine and tags; nothing when it was just created."""
        if not before:
            return
        order.call(
            "stepfunctions",
            "UpdateStateMachine",
            stateMachineArn=made.physical_id,
            definition=_definition(order),
            roleArn=order.need("RoleArn"),
            loggingConfiguration=order.get("LoggingConfiguration"),
            tracingConfiguration=order.get("TracingConfiguration"),
        )
        machine = {"resourceArn": made.physical_id}
        told = [tag["key"] for tag in order.call("stepfunctions", "ListTagsForResource", **machine)["tags"]]
        lost = [key for key in told if key not in order.tag_map()]
        if lost:
            order.call("stepfunctions", "UntagResource", **machine, tagKeys=lost)
        if order.tags():
            order.call("stepfunctions", "TagResource", **machine, tags=order.tags())

    def delete(self, order: Order, made: Made) -> None:
        """DeleteStateMachine."""
        order.call("stepfunctions", "DeleteStateMachine", stateMachineArn=made.physical_id)


def _definition(order: Order) -> str:
    given = [name for name in ("Definition", "DefinitionS3Location", "DefinitionString") if name in order.properties]
    if len(given) != 1:
        raise ResourceFailed("Exactly one of DefinitionString, Definition and DefinitionS3Location must be given")
    value = order.properties[given[0]]
    if given[0] == "DefinitionS3Location":
        place = {name: value[name] for name in ("Bucket", "Key") if name in value}
        text = order.call("s3", "GetObject", **place, VersionId=value.get("Version"))["Body"].read().decode()
    else:
        text = value if isinstance(value, str) else json.dumps(value)
    substitutions = order.get("DefinitionSubstitutions") or {}
    lost = sorted(name for name in SUBSTITUTION.findall(text) if name not in substitutions)
    if lost and substitutions:
        raise ResourceFailed(f"Undefined substitution variables: {', '.join(lost)}")
    return SUBSTITUTION.sub(lambda match: _text(substitutions.get(match[1], match[0])), text)


def _text(value: Any) -> str:
    """A substitution inside JSON text."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(str(value))[1:-1]
