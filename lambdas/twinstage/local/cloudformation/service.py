"""The CloudFormation service: its operations on the stacks of an account and region.

Operations take and return the members of the API, in its own names. A deployment runs inside the request that asks for it: when
CreateStack, UpdateStack, ExecuteChangeSet or DeleteStack answers, the outcome is in the stack's status and events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation import deploy, plan, queries, views
from twinstage.local.cloudformation.errors import Refused
from twinstage.local.cloudformation.maker import Clock, Maker
from twinstage.local.cloudformation.region import Region
from twinstage.local.cloudformation.request import Request, changes, requested, target, template_of, unchanged, validate
from twinstage.local.cloudformation.stack import ChangeSet, Stack

if TYPE_CHECKING:
    from twinstage.local.cloudformation.resource import Clients, ResourceType

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
UPDATABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
Operation = Callable[[Region, Request], dict[str, Any]]


class Service:
    """CloudFormation over the engine's own API. `types` are the resource types it can deploy."""

    def __init__(self, clients: Clients, types: Mapping[str, ResourceType], clock: Clock) -> None:
        self._clients, self._types, self._clock = clients, types, clock

    def operations(self) -> dict[str, Operation]:
        """Every operation there is, by its API name."""
        return {
            "CreateStack": self.create_stack,
            "UpdateStack": self.update_stack,
            "DeleteStack": self.delete_stack,
            "DescribeStacks": queries.describe_stacks,
            "ListStacks": queries.list_stacks,
            "DescribeEvents": queries.describe_events,
            "DescribeStackEvents": queries.describe_stack_events,
            "DescribeStackResource": queries.describe_stack_resource,
            "DescribeStackResources": queries.describe_stack_resources,
            "ListStackResources": queries.list_stack_resources,
            "GetTemplate": queries.get_template,
            "GetTemplateSummary": self.get_template_summary,
            "CreateChangeSet": self.create_change_set,
            "DescribeChangeSet": queries.describe_change_set,
            "ExecuteChangeSet": self.execute_change_set,
            "DeleteChangeSet": self.delete_change_set,
            "ListChangeSets": queries.list_change_sets,
            "ListExports": queries.list_exports,
            "ListHookResults": queries.list_hook_results,
            "UpdateTerminationProtection": self.update_termination_protection,
        }

    def create_stack(self, region: Region, request: Request) -> dict[str, Any]:
        """CreateStack. A template that cannot be deployed is refused before the stack exists."""
        wanted = requested(region, self._clients, request, None)
        plan.check_capabilities(wanted.template, request.get("Capabilities") or ())
        with region.lock:
            stack = region.add(request["StackName"], self._clock(), "CREATE_IN_PROGRESS")
            try:
                validate(wanted, self._types, stack)
            except Refused:
                del region.stacks[stack.stack_id]
                raise
            _describe(stack, request)
        failing = "DO_NOTHING" if request.get("DisableRollback") else request.get("OnFailure", "ROLLBACK")
        deploy.create(self._maker(region, stack), wanted, on_failure=failing)
        return {"StackId": stack.stack_id}

    def update_stack(self, region: Region, request: Request) -> dict[str, Any]:
        """UpdateStack. Refused when nothing would change."""
        with region.lock:
            stack = region.find(request["StackName"])
            _updatable(stack)
            wanted = requested(region, self._clients, request, stack)
            plan.check_capabilities(wanted.template, request.get("Capabilities") or ())
            validate(wanted, self._types, stack)
            if unchanged(stack, wanted):
                raise Refused("No updates are to be performed.")
            stack.status = "UPDATE_IN_PROGRESS"
            _describe(stack, request)
        stack.updated = self._clock()
        deploy.update(self._maker(region, stack), wanted)
        return {"StackId": stack.stack_id}

    def delete_stack(self, region: Region, request: Request) -> dict[str, Any]:
        """DeleteStack. Deleting a stack that does not exist succeeds, as on AWS."""
        with region.lock:
            try:
                stack = region.find(request["StackName"])
            except Refused:
                return {}
            if stack.status == "DELETE_COMPLETE":
                return {}
            if stack.protected:
                raise Refused(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
            if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
                raise Refused(f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
            stack.status = "DELETE_IN_PROGRESS"
        for name in request.get("RetainResources") or ():
            if name in stack.resources:
                stack.resources[name].deletion_policy = "Retain"
        deploy.delete(self._maker(region, stack))
        if stack.status == "DELETE_COMPLETE":
            stack.deleted = self._clock()
        return {}

    def get_template_summary(self, region: Region, request: Request) -> dict[str, Any]:
        """GetTemplateSummary of a stack or of a template."""
        if request.get("StackName"):
            found = region.find(request["StackName"]).template
            return views.template_summary(found) if found else {}
        return views.template_summary(template_of(region, self._clients, request, None))

    def create_change_set(self, region: Region, request: Request) -> dict[str, Any]:
        """CreateChangeSet. One that the engine cannot deploy, or that changes nothing, is FAILED with the reason."""
        kind, name = request.get("ChangeSetType", "UPDATE"), request["ChangeSetName"]
        if kind not in ("CREATE", "UPDATE"):
            raise Refused(f"Change sets of type {kind} are not supported by the embedded AWS")
        with region.lock:
            stack = self._reviewed(region, request["StackName"], kind)
            if any(proposed.name == name for proposed in stack.change_sets.values()):
                raise Refused(f"ChangeSet {name} already exists", error="AlreadyExistsException")
            wanted = requested(region, self._clients, request, stack if kind == "UPDATE" else None)
            plan.check_capabilities(wanted.template, request.get("Capabilities") or ())
            reason = self._objection(stack, wanted)
            proposed = ChangeSet(
                change_set_id=region.change_set_id(stack, name),
                name=name,
                kind=kind,
                template=wanted.template,
                texts=dict(wanted.texts),
                tags=dict(wanted.tags),
                created=self._clock(),
                status="FAILED" if reason else "CREATE_COMPLETE",
                execution_status="UNAVAILABLE" if reason else "AVAILABLE",
                reason=reason,
                description=request.get("Description"),
                changes=changes(stack, wanted),
            )
            stack.change_sets[proposed.change_set_id] = proposed
            _describe(stack, request)
        return {"Id": proposed.change_set_id, "StackId": stack.stack_id}

    def _reviewed(self, region: Region, name: str, kind: str) -> Stack:
        """The stack that a new change set is for; one to be created is in review until the change set is executed."""
        if kind == "UPDATE":
            return region.find(name)
        if not region.exists(name):
            stack = region.add(name, self._clock(), "REVIEW_IN_PROGRESS")
            self._maker(region, stack).tell("REVIEW_IN_PROGRESS", "User Initiated")
            return stack
        stack = region.find(name)
        if stack.status != "REVIEW_IN_PROGRESS":
            raise Refused(f"Stack [{name}] already exists and cannot be created again with the changeSet.")
        return stack

    def _objection(self, stack: Stack, wanted: deploy.Target) -> str:
        try:
            validate(wanted, self._types, stack)
        except Refused as error:
            return error.reason
        return NO_CHANGES if unchanged(stack, wanted) else ""

    def execute_change_set(self, region: Region, request: Request) -> dict[str, Any]:
        """ExecuteChangeSet: the stack becomes what the change set says; the stack's other change sets are gone."""
        with region.lock:
            stack, proposed = region.change_set(request.get("StackName"), request["ChangeSetName"])
            if proposed.execution_status != "AVAILABLE":
                state = f"[{proposed.status}] and execution status of [{proposed.execution_status}]"
                message = f"ChangeSet [{proposed.change_set_id}] cannot be executed in its current status of {state}"
                raise Refused(message, error="InvalidChangeSetStatus")
            if proposed.kind == "UPDATE":
                _updatable(stack)
            wanted = target(region, self._clients, proposed.template, proposed.texts, proposed.tags)
            proposed.execution_status = "EXECUTE_IN_PROGRESS"
            stack.status = f"{proposed.kind}_IN_PROGRESS"
            stack.change_sets = {proposed.change_set_id: proposed}
        if proposed.kind == "CREATE":
            deploy.create(self._maker(region, stack), wanted)
        else:
            stack.updated = self._clock()
            deploy.update(self._maker(region, stack), wanted)
        done = stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        proposed.execution_status = "EXECUTE_COMPLETE" if done else "EXECUTE_FAILED"
        return {}

    def delete_change_set(self, region: Region, request: Request) -> dict[str, Any]:
        """DeleteChangeSet. Deleting one that does not exist succeeds, as on AWS."""
        try:
            stack, proposed = region.change_set(request.get("StackName"), request["ChangeSetName"])
        except Refused as error:
            if error.error == "ChangeSetNotFoundException":
                return {}
            raise
        stack.change_sets.pop(proposed.change_set_id, None)
        return {}

    def update_termination_protection(self, region: Region, request: Request) -> dict[str, Any]:
        """UpdateTerminationProtection."""
        stack = region.find(request["StackName"])
        stack.protected = bool(request["EnableTerminationProtection"])
        return {"StackId": stack.stack_id}

    def _maker(self, region: Region, stack: Stack) -> Maker:
        return Maker(stack, self._types, self._clients, self._clock, region.kept)


def _updatable(stack: Stack) -> None:
    if stack.status not in UPDATABLE:
        raise Refused(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def _describe(stack: Stack, request: Request) -> None:
    """What a request says of the stack itself."""
    stack.capabilities = list(request.get("Capabilities") or stack.capabilities)
    stack.role_arn = request.get("RoleARN") or stack.role_arn
    stack.protected = bool(request.get("EnableTerminationProtection", stack.protected))
