"""What cdk-nag and the CDK's own checks find and we mean, each with its reason, where it is meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from constructs import IConstruct

    from twinstage_constructs.policies import Statement

_WILDCARDS: tuple[tuple[str, str], ...] = (
    (r".*:log-group:/aws/lambda/[\w-]+:\*", "The streams of one log group: their names are Lambda's to choose."),
    (r"arn:aws:route53:::change/\*", "Asks whether a change has taken effect; the change's id is known only then."),
    (r"arn:aws:s3:::[\w.-]+/(objects|snapshots)/\*", "Content-addressed parts: any run may read any snapshot's."),
    (r"arn:aws:s3:::[\w.-]+/runs/[\w-]+/(prepare/)?\*", "The files of one run, or those its machine reads."),
    (
        r"arn:aws:s3:::[\w.-]+/scenarios/\*",
        "What is published to be rehearsed, by digest: read, and written by nobody here.",
    ),
    (
        r".*:execution:[\w-]+/\*",
        "The children of one machine's distributed maps: their ids are Step Functions' to choose.",
    ),
    (r"arn:aws:s3:::twinstage-snapshots-[\w-]+/\*", "The snapshot store is read and filled by capture alone."),
    (
        r".*:(table/|function:)twin-[\w-]+-(baseline|candidate)-\*",
        "What one arm of one run owns: a role has no room to name every table and function of a large production.",
    ),
    (r".*:log-group:/aws/lambda/twin-[\w-]+-\*", "A boundary, not a grant: the logs of one run."),
    (
        r"arn:aws:(dynamodb|lambda):[\w-]+:\d+:(table/|function:)\*|arn:aws:route53:::hostedzone/\*",
        "Capture, read only, where no selection names what it captures; IAM knows zones by id, a selection by name.",
    ),
    (
        r"arn:aws:route53:::healthcheck/\*",
        "Capture, read only: which health checks the record sets name is known when they have been read.",
    ),
    (
        r".*:(ec2|route53resolver):[\w-]+:\d+:[\w-]+/\*",
        "The sweeper, on a condition: what carries the tag of a run.",
    ),
    (
        r".*:(stack/twinstage-twin-|table/twin-|function:twin-|layer:twin-|role/twin-|policy/twin-|stateMachine:twin-)[\w*/:-]*",
        "The sweeper: things that are called what a twin's are, of whichever run.",
    ),
    (r".*:log-group:(/aws/(lambda|vendedlogs/states)/twin-)?\*(:\*)?", "The sweeper: which logs there are; twins' go."),
    (r"arn:aws:s3:::[\w.-]+/ledger/\*", "The ledger of runs, which is the sweeper's own."),
    (r"\*", "Reads and log delivery that have no resource of their own."),
)
"""Every shape of wildcard that a role here may hold. One that matches none of these stays a finding."""


def acknowledge(scope: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept the findings `reasons` names, in `scope` and below."""
    if reasons:
        cdk.Validations.of(scope).acknowledge(
            *[cdk.Acknowledgment(id=rule, reason=reason) for rule, reason in sorted(reasons.items())]
        )


def wildcard_reasons(statements: Iterable[Statement]) -> dict[str, str]:
    """AwsSolutions-IAM5's finding for each wildcard in the statements' resources -> why it is meant."""
    resources = {
        resource
        for statement in statements
        if statement["Effect"] == "Allow"
        for resource in statement["Resource"]
        if "*" in resource and not cdk.Token.is_unresolved(resource)
    }
    found = {
        resource: next((why for shape, why in _WILDCARDS if re.fullmatch(shape, resource)), None)
        for resource in resources
    }
    return {f"AwsSolutions-IAM5[Resource::{resource}]": why for resource, why in found.items() if why}
