"""A runner's workspace and programs, and an account to rehearse in: a server of the embedded AWS with the platform, and CI's own keys for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.ci.github_job import Job, runner_variables
from tests.ci.pull_requests import BOT, TOKEN, install_gh, pull_request
from twinstage.local import daemon
from twinstage.local.deployment import Deployment
from twinstage.local.project import find_project
from twinstage.local.target import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ci.pull_requests import PullRequest

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "docs/ci/role-policy.json"
RUN_ID = "12345678901"


@dataclass(frozen=True)
class RemoteAccount:
    """The twin account of a server: its operator's clients, and the variables of who may do what docs/ci/role-policy.json says."""

    server: Server
    variables: dict[str, str]

    def client(self, service: str) -> Any:
        """The operator's client."""
        return self.server.client(self.server.accounts.twin, service)

    def stacks(self) -> list[str]:
        """The twins that stand, by stack."""
        pages = self.client("cloudformation").get_paginator("describe_stacks").paginate()
        names = [stack["StackName"] for page in pages for stack in page["Stacks"]]
        return [name for name in names if name.startswith("twinstage-twin-")]


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteAccount]:
    """One for all tests of a worker, bootstrapped and with its platform by the real CDK CLI."""
    home = tmp_path_factory.mktemp("server") / "home"
    server = Server(daemon.start(home))
    try:
        Deployment(server, find_project(), lambda _: None).platform()
        yield RemoteAccount(server, _variables(server))
    finally:
        daemon.stop(home)


def _variables(server: Server) -> dict[str, str]:
    """Those of a new user of the twin account, who has CI's policy and nothing else."""
    account, iam = server.accounts.twin, server.client(server.accounts.twin, "iam")
    iam.create_user(UserName="ci")
    document = POLICY.read_text().replace("ACCOUNT", account).replace("REGION", server.region)
    iam.put_user_policy(UserName="ci", PolicyName="rehearse", PolicyDocument=document)
    key = iam.create_access_key(UserName="ci")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return {**server.environment(account), **keys}


@pytest.fixture
def pull() -> Iterator[PullRequest]:
    with pull_request() as found:
        yield found


@pytest.fixture(scope="session")
def action() -> dict[str, Any]:
    """The composite action."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return document


@pytest.fixture
def job(tmp_path: Path, action: dict[str, Any], pull: PullRequest) -> Callable[..., Job]:
    """A job for pull request 7 of acme/dns, in which the action is called with some inputs; `program` is where the action lies, `variables` what the steps before left."""

    def made(inputs: dict[str, str], variables: dict[str, str], program: Path = ROOT) -> Job:
        (tmp_path / "bin").mkdir()
        install_gh(tmp_path / "bin")
        given = {name: str(entry.get("default", "")) for name, entry in action["inputs"].items()}
        github = {
            "action_path": str(program),
            "event_name": "pull_request",
            "event": {"pull_request": {"number": "7"}},
            "repository": "acme/dns",
            "run_id": RUN_ID,
            "server_url": "https://github.example",
            "token": TOKEN,
        }
        of_the_runner = {
            "GITHUB_ACTION_PATH": str(program),
            "GITHUB_API_URL": pull.url,
            "GITHUB_REPOSITORY": "acme/dns",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": RUN_ID,
            "RUNNER_TEMP": str(tmp_path / "temp"),
        }
        kept = {name: os.environ[name] for name in ("TMPDIR", "LANG") if name in os.environ}
        context = {
            "github": github,
            "inputs": {**given, "token": TOKEN, "commenter": BOT, **inputs},
            "runner": {"temp": str(tmp_path / "temp")},
        }
        variables = runner_variables(tmp_path / "bin", {**kept, **of_the_runner, **variables})
        return Job(tmp_path, tmp_path / "temp", context, variables)

    return made
