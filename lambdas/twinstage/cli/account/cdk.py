"""The CDK CLI with the credentials, the region and the endpoint of the environment: for an account, not for the embedded AWS of this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from twinstage.local.cdk import CdkCli
from twinstage.local.cdk_environment import base_environment, guard
from twinstage.model.reading.endpoints import is_loopback
from twinstage.world.aws.clients import client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.project import Project

# What an SDK reads to find its way to AWS: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
_AWS: Final = "AWS_"
_WAY: Final = ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS")
_OF_THIS_MACHINE: Final = frozenset({"AWS_EC2_METADATA_DISABLED"})


class AccountCdk(CdkCli):
    """The CLI for the account that its environment names."""

    def complete_environment(self) -> dict[str, str]:
        """Its own way to AWS, and nothing else of this process's environment. Where that is an embedded AWS, it stays there: raises SafetyError where it would not."""
        quiet = {name: value for name, value in base_environment().items() if name not in _OF_THIS_MACHINE}
        environment = {**quiet, **self.environment}
        if is_loopback(environment.get("AWS_ENDPOINT_URL", "")):
            guard(environment)
        return environment

    def describing(self) -> Any:
        """A client of CloudFormation, for why a deployment failed."""
        return client("cloudformation")


def account_cdk(project: Project, variables: Mapping[str, str] = os.environ) -> AccountCdk:
    """The CLI of a project, for the account that the variables name."""
    passed = {name: value for name, value in variables.items() if name.startswith(_AWS) or name in _WAY}
    return AccountCdk(project.root, passed)
