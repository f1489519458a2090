"""Where a twin is deployed to: an embedded AWS in this process, or one that runs as a server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config

from twinstage.local.accounts import Accounts

if TYPE_CHECKING:
    from twinstage.local.daemon import Running


class Target(Protocol):
    """Two accounts behind one loopback endpoint. `Engine` is one."""

    @property
    def accounts(self) -> Accounts:
        """The accounts."""

    @property
    def region(self) -> str:
        """The region everything is in."""

    def environment(self, account: str) -> dict[str, str]:
        """Variables that make a subprocess talk to it as the account's operator."""

    def client(self, account: str, service: str) -> Any:
        """The operator's boto3 client of a service."""


class Server:
    """A running embedded AWS, as `twinstage local start` leaves it."""

    def __init__(self, running: Running) -> None:
        self.running, self.region = running, running.region
        self.accounts = Accounts(**running.accounts)

    def environment(self, account: str) -> dict[str, str]:
        """Variables that make a subprocess talk to it as the account's operator."""
        key, secret = self.running.keys[account]
        return operator_environment(self.running.endpoint, self.region, key, secret)

    def client(self, account: str, service: str) -> Any:
        """The operator's boto3 client of a service."""
        session: Any = boto3.Session(*self.running.keys[account], region_name=self.region)
        config = Config(s3={"addressing_style": "path"}, proxies={})
        return session.client(service, endpoint_url=self.running.endpoint, config=config)


def operator_environment(endpoint: str, region: str, key: str, secret: str) -> dict[str, str]:
    """Variables that make any AWS SDK, the AWS CLI or the CDK CLI talk to `endpoint` with a key, and to nothing else.

    Lay them over a process's own, without AWS_PROFILE and AWS_SESSION_TOKEN (an SDK would prefer those).
    """
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
        "NO_PROXY": "localhost,127.0.0.1",
        "no_proxy": "localhost,127.0.0.1",
    }
