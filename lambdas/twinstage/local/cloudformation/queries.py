"""What CloudFormation tells of stacks: the operations that change nothing, each from a region and a request to an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation import views
from twinstage.local.cloudformation.errors import Refused

if TYPE_CHECKING:
    from twinstage.local.cloudformation.region import Region
    from twinstage.local.cloudformation.request import Request
    from twinstage.local.cloudformation.stack import Live, Stack


def describe_stacks(region: Region, request: Request) -> dict[str, Any]:
    """DescribeStacks: one by name or id (a deleted one by its id only), or all that are not deleted."""
    if request.get("StackName"):
        return {"Stacks": [views.stack(region.find(request["StackName"]))]}
    return {"Stacks": [views.stack(found) for found in region.all() if found.status != "DELETE_COMPLETE"]}


def list_stacks(region: Region, request: Request) -> dict[str, Any]:
    """ListStacks."""
    wanted = request.get("StackStatusFilter") or ()
    found = [stack for stack in region.all() if not wanted or stack.status in wanted]
    return {"StackSummaries": [views.summary(stack) for stack in found]}


def describe_events(region: Region, request: Request) -> dict[str, Any]:
    """DescribeEvents of a stack, the newest first; only failures when they are asked for."""
    stack = region.find(request["StackName"])
    told = [views.event(stack, entry) | {"EventType": "STACK_EVENT"} for entry in reversed(list(stack.events))]
    if (request.get("Filters") or {}).get("FailedEvents"):
        told = [event for event in told if event["ResourceStatus"].endswith("_FAILED")]
    return {"OperationEvents": told}


def describe_stack_events(region: Region, request: Request) -> dict[str, Any]:
    """DescribeStackEvents, the newest first."""
    stack = region.find(request["StackName"])
    return {"StackEvents": [views.event(stack, entry) for entry in reversed(list(stack.events))]}


def describe_stack_resource(region: Region, request: Request) -> dict[str, Any]:
    """DescribeStackResource."""
    stack = region.find(request["StackName"])
    return {"StackResourceDetail": views.resource(stack, _live(stack, request["LogicalResourceId"]))}


def describe_stack_resources(region: Region, request: Request) -> dict[str, Any]:
    """DescribeStackResources by stack."""
    stack = region.find(request["StackName"])
    wanted = request.get("LogicalResourceId")
    lives = [_live(stack, wanted)] if wanted else list(stack.resources.values())
    return {"StackResources": [views.resource(stack, live) for live in lives]}


def list_stack_resources(region: Region, request: Request) -> dict[str, Any]:
    """ListStackResources."""
    stack = region.find(request["StackName"])
    return {"StackResourceSummaries": [views.resource(stack, live) for live in list(stack.resources.values())]}


def get_template(region: Region, request: Request) -> dict[str, Any]:
    """GetTemplate: the text as it was given."""
    stack = region.find(request["StackName"])
    if request.get("ChangeSetName"):
        return {"TemplateBody": region.change_set(stack.name, request["ChangeSetName"])[1].template.body}
    return {
        "TemplateBody": stack.template.body if stack.template else "{}",
        "StagesAvailable": ["Original", "Processed"],
    }


def describe_change_set(region: Region, request: Request) -> dict[str, Any]:
    """DescribeChangeSet."""
    return views.change_set(*region.change_set(request.get("StackName"), request["ChangeSetName"]))


def list_change_sets(region: Region, request: Request) -> dict[str, Any]:
    """ListChangeSets."""
    stack = region.find(request["StackName"])
    return {"Summaries": [views.change_set(stack, proposed) for proposed in list(stack.change_sets.values())]}


def list_exports(region: Region, request: Request) -> dict[str, Any]:
    """ListExports of the account and region."""
    return {
        "Exports": [
            {"ExportingStackId": stack.stack_id, "Name": output.export, "Value": output.value}
            for stack in region.all()
            for output in stack.outputs
            if output.export and stack.status != "DELETE_COMPLETE"
        ]
    }


def list_hook_results(_region: Region, request: Request) -> dict[str, Any]:
    """ListHookResults: there are no hooks here."""
    return {"TargetType": request.get("TargetType"), "TargetId": request.get("TargetId"), "HookResults": []}


def _live(stack: Stack, logical_id: str) -> Live:
    if logical_id not in stack.resources:
        raise Refused(f"Resource {logical_id} does not exist for stack {stack.name}")
    return stack.resources[logical_id]
