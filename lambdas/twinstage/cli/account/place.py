"""The account that the environment's credentials open, its evidence store, and the twins that stand in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import boto3

from twinstage.model.errors import AwsError, InputError, InputProblem
from twinstage.model.leftovers import STACK_PREFIX
from twinstage.model.reading.endpoints import is_loopback
from twinstage.world.aws.clients import aws_errors, client
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.store import PrefixStore

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_STACK: Final = "ValidationError"


@dataclass(frozen=True)
class Account:
    """One account in one region. `caller` is the ARN of whoever asks; `embedded` says that its endpoint is on this machine, whose processor and Python run its functions."""

    id: str
    region: str
    caller: str
    embedded: bool

    @property
    def bucket(self) -> str:
        """The platform's evidence store."""
        return f"twinstage-evidence-{self.id}-{self.region}"

    @property
    def store(self) -> S3Store:
        """The same, to read and write."""
        return S3Store(client("s3"), self.bucket)


@dataclass(frozen=True)
class StandingTwin:
    """A twin that stands: its run, its machine's ARN, its evidence store's name."""

    run: str
    machine: str
    bucket: str

    @property
    def results(self) -> PrefixStore:
        """Its run's part of the evidence store."""
        return PrefixStore(S3Store(client("s3"), self.bucket), f"runs/{self.run}")

    @property
    def uri(self) -> str:
        """Where that is, for people and for other commands."""
        return f"s3://{self.bucket}/runs/{self.run}"


def this_account(variables: Mapping[str, str] = os.environ) -> Account:
    """The account that the environment names. Raises InputError where it names no region, AwsError where nobody answers."""
    region = boto3.Session().region_name
    if region is None:
        hint = "set AWS_REGION, or `region` in the profile that AWS_PROFILE names"
        raise InputError([InputProblem("AWS_REGION", 0, "", "no region is configured", hint)])
    with aws_errors("sts", "GetCallerIdentity"):
        told = client("sts").get_caller_identity()
    endpoint = variables.get("AWS_ENDPOINT_URL", "")
    return Account(told["Account"], region, told["Arn"], is_loopback(endpoint))


def stack_of(run: str) -> str:
    """The stack of a run's twin."""
    return f"{STACK_PREFIX}{run}"


def outputs_of(run: str) -> dict[str, str] | None:
    """The outputs of a run's stack by name; None where no such stack stands."""
    try:
        with aws_errors("cloudformation", "DescribeStacks"):
            found: dict[str, Any] = client("cloudformation").describe_stacks(StackName=stack_of(run))["Stacks"][0]
    except AwsError as error:
        if error.error != _NO_STACK:
            raise
        return None
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}


def standing_twin(run: str) -> StandingTwin:
    """The twin of a run. Raises InputError where none stands, or where it is not deployed to its end."""
    outputs = outputs_of(run)
    if outputs is None or "StateMachineArn" not in outputs:
        why = "no twin of it stands" if outputs is None else "its twin is not deployed to its end"
        raise InputError([InputProblem("--run", 0, "", f"{run}: {why}", "`twinstage aws deploy` deploys one")])
    return StandingTwin(run, outputs["StateMachineArn"], outputs["EvidenceBucket"])
