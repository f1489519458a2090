"""What the gate costs: CPU a request, beside the same request without it, and the gate's own decision alone.

    python bench/gate.py [REQUESTS]

CPU of the whole process, client included: on a shared machine wall time says little.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from twinstage.local.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

REQUESTS = 400
ITEM = {"pk": {"S": "1"}}


def main() -> None:
    """Print one line a kind of request."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with_gate, own = measure(requests, gate=True)
    without, _ = measure(requests, gate=False)
    print(f"{'request':<28}{'with gate':>12}{'without':>12}{'gate':>10}   CPU ms a request, {requests} each")
    for name, spent in with_gate.items():
        print(f"{name:<28}{spent:>12.3f}{without[name]:>12.3f}{spent - without[name]:>10.3f}")
    print(f"the gate's own time, median and 95th of all: {own[0]:.3f} ms, {own[1]:.3f} ms")


def measure(requests: int, *, gate: bool) -> tuple[dict[str, float], tuple[float, float]]:
    """CPU ms a request by kind, and the gate's own wall times."""
    with Engine.start(gate=gate) as engine:
        kinds = furnished(engine)
        spent = {}
        for name, call in kinds.items():
            call()
            began = time.process_time()
            for _ in range(requests):
                call()
            spent[name] = (time.process_time() - began) / requests * 1000
        times = sorted(record.ms for record in engine.log.since()) or [0.0]
    return spent, (times[len(times) // 2], times[int(len(times) * 0.95)])


def furnished(engine: Engine) -> dict[str, Callable[[], Any]]:
    """Calls as a stage makes them: as a role with a boundary and ten statements."""
    account = engine.accounts.twin
    iam, dynamodb, s3 = (engine.client(account, service) for service in ("iam", "dynamodb", "s3"))
    statements = [{"Effect": "Allow", "Action": f"logs:Put{n}*", "Resource": f"arn:aws:logs:*:*:{n}"} for n in range(9)]
    policy = json.dumps(
        {"Version": "2012-10-17", "Statement": [*statements, {"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy)["Policy"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="measured",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        PermissionsBoundary=boundary,
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName="measured", PolicyName="own", PolicyDocument=policy)
    dynamodb.create_table(
        TableName="measured",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    s3.create_bucket(Bucket="measured")
    zone = engine.client(account, "route53").create_hosted_zone(Name="m.example", CallerReference="m")["HostedZone"][
        "Id"
    ]
    items, objects, zones = (
        engine.clients.role(role, "lambda.amazonaws.com", service) for service in ("dynamodb", "s3", "route53")
    )
    return {
        "dynamodb PutItem": lambda: items.put_item(TableName="measured", Item=ITEM),
        "s3 PutObject, 64 KiB": lambda: objects.put_object(Bucket="measured", Key="k", Body=b"x" * 65536),
        "route53 ListResourceRecordSets": lambda: zones.list_resource_record_sets(HostedZoneId=zone),
    }


if __name__ == "__main__":
    main()
