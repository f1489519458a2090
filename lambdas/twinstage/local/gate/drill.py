"""The drill, carried out: an over-privileged role of a twin makes every attempt, through the same gate as everybody else."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from twinstage.isolation.drill.attempts import ALLOWED, ATTEMPTS, Attempt, parameters_of
from twinstage.isolation.drill.outcomes import Drill, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.drill.attempts import Targets
    from twinstage.local.engine import Engine

SERVICE = "lambda.amazonaws.com"
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}],
    }
)
_ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def role_name(run: str) -> str:
    """The role that the drill of a run acts as."""
    return f"twin-{run}-drill"


def run_drill(engine: Engine, targets: Targets) -> Drill:
    """Make every attempt, one after the other, and the controls after them. The role is there for as long as this takes."""
    with _role(engine, targets) as arn:
        attempts = tuple(_outcome(engine, arn, attempt, targets) for attempt in ATTEMPTS)
        controls = tuple(_outcome(engine, arn, attempt, targets) for attempt in ALLOWED)
    return Drill(attempts, controls)


@contextmanager
def _role(engine: Engine, targets: Targets) -> Iterator[str]:
    """A role of the twin that its own policy allows everything: what it may not do, boundary and accounts keep it from."""
    iam, name = engine.client(engine.accounts.twin, "iam"), role_name(targets.run)
    boundary = f"arn:aws:iam::{engine.accounts.twin}:policy/twin-{targets.run}-boundary"
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST, PermissionsBoundary=boundary)
    try:
        iam.put_role_policy(RoleName=name, PolicyName="anything", PolicyDocument=_ANYTHING)
        yield made["Role"]["Arn"]
    finally:
        # An attempt that came through may have given it more.
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)


def _outcome(engine: Engine, role: str, attempt: Attempt, targets: Targets) -> Outcome:
    client: Any = engine.clients.role(role, SERVICE, attempt.service)
    try:
        getattr(client, attempt.method)(**parameters_of(attempt, targets))
    except ClientError as error:
        said = error.response["Error"]
        return Outcome(attempt, said["Code"], said.get("Message", ""))
    except BotoCoreError as error:
        return Outcome(attempt, type(error).__name__, str(error))
    return Outcome(attempt, "")
