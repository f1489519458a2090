"""The embedded AWS of the faults that need one, with a neighbour's twin, a production, and things that only look like a twin's."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.small_twins import EVIDENCE, POLICY, TRUST, Mortal, Twins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import EngineSlot
    from twinstage.local.engine import Engine


@pytest.fixture(scope="session")
def fault_engine(engine_slot: EngineSlot) -> Iterator[Engine]:
    with engine_slot.take() as running:
        yield running


@pytest.fixture(scope="module")
def twins(fault_engine: Engine) -> Twins:
    """An account with a neighbour's twin that may stand, and whatever else nobody may touch."""
    fault_engine.reset()
    production, twin = fault_engine.accounts.production, fault_engine.accounts.twin
    fault_engine.client(twin, "s3").create_bucket(Bucket=EVIDENCE)
    for account in (production, twin):
        _unrelated(fault_engine, account)
    twins = Twins(fault_engine, Mortal(fault_engine, twin), time.time())
    twins.deploy("neighbour")
    twins.deploy("a-b")
    return twins


def _unrelated(engine: Engine, account: str) -> None:
    """Names that a careless pattern would take for a twin's, and a zone of the twin zones' name."""
    iam, dynamodb = engine.client(account, "iam"), engine.client(account, "dynamodb")
    for role in ("twin-capture", "twinstage-capture", "twin-peaks"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.create_policy(PolicyName="twins-boundary", PolicyDocument=json.dumps(POLICY))
    for table in ("twin-plans", "my-twin-a-ledger", "plans"):
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
    engine.client(account, "logs").create_log_group(logGroupName="/aws/lambda/twin-peaks")
    engine.client(account, "route53").create_hosted_zone(Name="example.internal.", CallerReference=f"of {account}")
    engine.client(account, "ec2").create_vpc(CidrBlock="10.9.0.0/16")
