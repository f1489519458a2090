"""A stack, its parts and its change sets in the shapes that the CloudFormation API answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinstage.local.cloudformation.stack import ChangeSet, Event, Live, Stack
    from twinstage.local.cloudformation.template import Template


def _parameters(texts: dict[str, str], template: Template | None, values: dict[str, Any]) -> list[dict[str, Any]]:
    declared = template.parameters if template else {}
    shown = []
    for name, text in texts.items():
        hidden = str(declared.get(name, {}).get("NoEcho", "")).lower() == "true"
        entry = {"ParameterKey": name, "ParameterValue": "****" if hidden else text}
        if str(declared.get(name, {}).get("Type", "")).startswith("AWS::SSM::") and name in values:
            entry["ResolvedValue"] = str(values[name])
        shown.append(entry)
    return shown


def tags(mapping: dict[str, str]) -> list[dict[str, str]]:
    """Tags as a list, sorted by key."""
    return [{"Key": key, "Value": mapping[key]} for key in sorted(mapping)]


def stack(found: Stack) -> dict[str, Any]:
    """A stack as DescribeStacks tells it."""
    outputs = [
        {"OutputKey": o.key, "OutputValue": o.value, "Description": o.description, "ExportName": o.export}
        for o in found.outputs
    ]
    return {
        "StackId": found.stack_id,
        "StackName": found.name,
        "Description": found.template.description if found.template else None,
        "Parameters": _parameters(found.texts, found.template, found.values),
        "CreationTime": found.created,
        "LastUpdatedTime": found.updated,
        "DeletionTime": found.deleted,
        "StackStatus": found.status,
        "StackStatusReason": found.reason or None,
        "DisableRollback": False,
        "NotificationARNs": [],
        "Capabilities": found.capabilities,
        "Outputs": outputs or None,
        "RoleARN": found.role_arn,
        "Tags": tags(found.tags),
        "EnableTerminationProtection": found.protected,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def summary(found: Stack) -> dict[str, Any]:
    """A stack as ListStacks tells it."""
    shown = stack(found)
    wanted = (
        "StackId",
        "StackName",
        "CreationTime",
        "LastUpdatedTime",
        "DeletionTime",
        "StackStatus",
        "StackStatusReason",
    )
    return {key: shown[key] for key in wanted} | {"DriftInformation": {"StackDriftStatus": "NOT_CHECKED"}}


def event(found: Stack, entry: Event) -> dict[str, Any]:
    """One line of the history."""
    return {
        "StackId": found.stack_id,
        "EventId": entry.event_id,
        "StackName": found.name,
        "LogicalResourceId": entry.logical_id,
        "PhysicalResourceId": entry.physical_id,
        "ResourceType": entry.type,
        "Timestamp": entry.timestamp,
        "ResourceStatus": entry.status,
        "ResourceStatusReason": entry.reason or None,
    }


def resource(found: Stack, live: Live) -> dict[str, Any]:
    """One resource, with the members of both DescribeStackResources and ListStackResources."""
    return {
        "StackName": found.name,
        "StackId": found.stack_id,
        "LogicalResourceId": live.logical_id,
        "PhysicalResourceId": live.made.physical_id,
        "ResourceType": live.type,
        "Timestamp": live.changed,
        "LastUpdatedTimestamp": live.changed,
        "ResourceStatus": live.status,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def change_set(found: Stack, proposed: ChangeSet) -> dict[str, Any]:
    """A change set as DescribeChangeSet tells it."""
    changes = [
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": action,
                "LogicalResourceId": name,
                "ResourceType": kind,
                "Scope": [],
                "Details": [],
            },
        }
        for action, name, kind in proposed.changes
    ]
    return {
        "ChangeSetId": proposed.change_set_id,
        "ChangeSetName": proposed.name,
        "StackId": found.stack_id,
        "StackName": found.name,
        "Description": proposed.description,
        "Parameters": _parameters(proposed.texts, proposed.template, {}),
        "CreationTime": proposed.created,
        "ExecutionStatus": proposed.execution_status,
        "Status": proposed.status,
        "StatusReason": proposed.reason or None,
        "Tags": tags(proposed.tags),
        "Changes": changes,
    }


def template_summary(parsed: Template) -> dict[str, Any]:
    """A template as GetTemplateSummary tells it."""
    parameters = [
        {
            "ParameterKey": name,
            "DefaultValue": None if declared.get("Default") is None else str(declared["Default"]),
            "ParameterType": declared.get("Type", "String"),
            "NoEcho": str(declared.get("NoEcho", "")).lower() == "true",
            "Description": declared.get("Description"),
        }
        for name, declared in parsed.parameters.items()
    ]
    types = sorted({declared.type for declared in parsed.resources.values()})
    return {
        "Parameters": parameters,
        "Description": parsed.description,
        "ResourceTypes": types,
        "Version": "2010-09-09",
    }
