"""The twins of an account over AWS's APIs: their stacks, and everything that their tags or names are on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.model.leftovers import (
    FUNCTION_LOGS,
    MACHINE_LOGS,
    STACK_PREFIX,
    STATE_MACHINE,
    TTL_TAG,
    RunStack,
    Thing,
    run_in_name,
)
from twinstage.world.aws.clients import aws_errors
from twinstage.world.aws.removal import DNS_FIREWALL, ORDER, remove
from twinstage.world.aws.tagged import entries, tagged_things

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True)
class Named:
    """How things of a kind are listed that have names of ours: the operation and the member of its answer, the keys of id and name; where entries are names, both are ""."""

    kind: str
    service: str
    operation: str
    member: str
    id_key: str = ""
    name_key: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def _logs(prefix: str) -> Named:
    keys = ("logGroupName", "logGroupName")
    return Named(LOG_GROUP, "logs", "describe_log_groups", "logGroups", *keys, {"logGroupNamePrefix": prefix})


# What CloudFormation says of a stack that is gone.
GONE = "ValidationError"
STANDING = [
    f"{what}_{how}"
    for what in ("CREATE", "ROLLBACK", "DELETE", "UPDATE", "UPDATE_ROLLBACK")
    for how in ("IN_PROGRESS", "FAILED", "COMPLETE", "COMPLETE_CLEANUP_IN_PROGRESS")
    if f"{what}_{how}" != "DELETE_COMPLETE" and (what.startswith("UPDATE") or "CLEANUP" not in how)
]
"""Every status of a stack that is there, but those of imports and reviews: no twin is made so.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""
LAYER, LOG_GROUP = "AWS::Lambda::LayerVersion", "AWS::Logs::LogGroup"
NAMED = (
    Named("AWS::DynamoDB::Table", "dynamodb", "list_tables", "TableNames"),
    Named("AWS::IAM::ManagedPolicy", "iam", "list_policies", "Policies", "Arn", "PolicyName", {"Scope": "Local"}),
    Named("AWS::IAM::Role", "iam", "list_roles", "Roles", "RoleName", "RoleName"),
    Named("AWS::Lambda::Function", "lambda", "list_functions", "Functions", "FunctionName", "FunctionName"),
    _logs(f"{FUNCTION_LOGS}twin-"),
    _logs(f"{MACHINE_LOGS}twin-"),
    Named(STATE_MACHINE, "stepfunctions", "list_state_machines", "stateMachines", "stateMachineArn", "name"),
)


class AwsAccount:
    """One account and region. `client(service)` is a boto3 client of it."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.client = client

    def things(self) -> Iterator[Thing]:
        """Everything of twins, by name or by tag; a thing that both tell comes with its tag."""
        found = {(thing.kind, thing.id): thing for thing in self._named()}
        found.update({(thing.kind, thing.id): thing for thing in tagged_things(self.client)})
        yield from sorted(found.values())

    def stacks(self) -> Iterator[RunStack]:
        """The stack of every twin, by its name. Only these are described: a sweeper has no business with the others."""
        formation = self.client("cloudformation")
        for summary in entries(formation, "list_stacks", "StackSummaries", StackStatusFilter=STANDING):
            if summary["StackName"].startswith(STACK_PREFIX):
                yield from self._described(formation, summary["StackName"])

    def _described(self, formation: Any, name: str) -> Iterator[RunStack]:
        try:
            with aws_errors("cloudformation", "DescribeStacks"):
                [stack] = formation.describe_stacks(StackName=name)["Stacks"]
        except AwsError as error:
            if error.error != GONE:
                raise
            return
        tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())}
        created, run = stack["CreationTime"].timestamp(), name.removeprefix(STACK_PREFIX)
        yield RunStack(run, name, stack["StackStatus"], created, _hours(tags.get(TTL_TAG)))

    def holds(self, stack: RunStack) -> list[Thing]:
        """Kind and physical id of what a stack holds, of the kinds that can be removed by themselves. A DNS firewall is left out: its tag always tells of it."""
        formation, found = self.client("cloudformation"), []
        try:
            with aws_errors("cloudformation", "ListStackResources"):
                for page in formation.get_paginator("list_stack_resources").paginate(StackName=stack.name):
                    found += [
                        Thing(held["ResourceType"], held["PhysicalResourceId"])
                        for held in page["StackResourceSummaries"]
                        if held["ResourceType"] in ORDER
                        and not held["ResourceType"].startswith(DNS_FIREWALL)
                        and held.get("PhysicalResourceId")
                        and held["ResourceStatus"] != "DELETE_COMPLETE"
                    ]
        except AwsError as error:
            if error.error != GONE:
                raise
        return found

    def delete_stack(self, stack: RunStack) -> None:
        """DeleteStack: with the role that CloudFormation deployed the stack with, where it has one."""
        with aws_errors("cloudformation", "DeleteStack"):
            self.client("cloudformation").delete_stack(StackName=stack.name)

    def turn(self, kind: str) -> int | None:
        """The place in the order of removal."""
        return ORDER.index(kind) if kind in ORDER else None

    def remove(self, thing: Thing) -> bool:
        """Remove one thing."""
        return remove(self.client, thing)

    def _named(self) -> Iterator[Thing]:
        for named in NAMED:
            for entry in entries(self.client(named.service), named.operation, named.member, **named.parameters):
                name = entry[named.name_key] if named.name_key else entry
                if run_in_name(named.kind, name):
                    yield Thing(named.kind, entry[named.id_key] if named.id_key else entry, name)
        functions = self.client("lambda")
        for layer in entries(functions, "list_layers", "Layers"):
            name = layer["LayerName"]
            if run_in_name(LAYER, name):
                for version in entries(functions, "list_layer_versions", "LayerVersions", LayerName=name):
                    yield Thing(LAYER, version["LayerVersionArn"], name)


def _hours(text: str | None) -> float | None:
    """The number of hours that a tag tells; None for what is no finite number: nothing is swept for a tag that somebody misspelt."""
    try:
        hours = float(text or "")
    except ValueError:
        return None
    return hours if math.isfinite(hours) else None
