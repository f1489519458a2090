"""The enactor of the October 2025 race as an ordinary Lambda handler: one call of Route 53 for each step of the reference model.

`get root` of the first endpoint is its one freshness check. Then for each endpoint: lock, get root, build tree, flip, unlock; then
for each endpoint: list, and one batch for each tree that is RETENTION or more generations behind the plan. VARIANT names what is
different: see the functions that ask for it.
"""

import json
import os
import random
import time
from contextlib import suppress

import boto3
from botocore.exceptions import ClientError

route53 = boto3.client("route53")
dynamodb = boto3.client("dynamodb")

VARIANT = frozenset(os.environ.get("VARIANT", "").split())
RETENTION = int(os.environ.get("RETENTION", "2"))
LEASE_S = 240


def lambda_handler(event, context):
    plan = event.get("plan") or latest_plan()
    endpoints = event["endpoints"]
    if plan["generation"] <= served(endpoints[0]):
        return {"outcome": "stale", "generation": plan["generation"]}
    for endpoint in endpoints:
        if not enact(plan, endpoint, event["enactor"]):
            raise RuntimeError(f"{endpoint['zone']} refuses generation {plan['generation']}")
    for endpoint in endpoints:
        clean(plan, endpoint, event["enactor"])
    return {"outcome": "applied", "generation": plan["generation"]}


def latest_plan():
    answer = dynamodb.query(
        TableName=os.environ["PLANS"],
        KeyConditionExpression="plan_scope = :scope",
        ExpressionAttributeValues={":scope": {"S": "regional"}},
        ScanIndexForward=False,
        Limit=1,
    )
    return json.loads(answer["Items"][0]["plan"]["S"])


# ---- one endpoint


def enact(plan, endpoint, enactor):
    """False where Route 53 refuses the flip."""
    generation = plan["generation"]
    while True:
        lease = lock(endpoint, enactor)
        before = served(endpoint)
        if "recheck" in VARIANT and generation <= before:
            unlock(endpoint, lease)
            return True
        try:
            change(endpoint, renewed(endpoint, lease) + [("UPSERT", one) for one in tree(plan, endpoint)])
            done = flip(endpoint, lease, generation, before)
        except route53.exceptions.InvalidChangeBatch as refused:
            if not lease_was_lost(refused):
                raise
            continue
        unlock(endpoint, lease)
        return done


def flip(endpoint, lease, generation, before):
    serve = ("UPSERT", alias(endpoint, "api", root(endpoint, generation)))
    keep = ("UPSERT", alias(endpoint, "rollback", root(endpoint, before)))
    batch = [*renewed(endpoint, lease), serve, keep]
    if "cas" in VARIANT:
        # The generation record is the fence: only who saw the current one can replace it, and only by a newer one.
        if generation <= before:
            return True
        batch += [("DELETE", text(endpoint, "_gen", before)), ("CREATE", text(endpoint, "_gen", generation))]
    try:
        change(endpoint, batch)
    except route53.exceptions.InvalidChangeBatch as refused:
        if lease_was_lost(refused):
            raise
        if "tolerate" in VARIANT and "target was not found" in str(refused):
            change(endpoint, [*renewed(endpoint, lease), serve])
            return True
        return "cas" in VARIANT
    return True


def clean(plan, endpoint, enactor):
    """Delete the trees that are too old. `guard`: but those in use; `locked`: under the zone's lock; `casdel`: if nothing moved since."""
    lease = lock(endpoint, enactor) if "locked" in VARIANT else None
    pages = route53.get_paginator("list_resource_record_sets").paginate(
        HostedZoneId=endpoint["zone_id"], StartRecordName=f"api.{endpoint['zone']}", StartRecordType="A"
    )
    records = [record for page in pages for record in page["ResourceRecordSets"]]
    names = [f"{label}.{endpoint['zone']}" for label in ("api", "rollback")]
    pointers = [record for record in records if record["Name"] in names and record["Type"] == "A"]
    used = {generation_of(record["AliasTarget"]["DNSName"]) for record in pointers}
    trees = {}
    for record in records:
        generation = generation_of(record["Name"])
        if generation is not None:
            trees.setdefault(generation, []).append(record)
    for generation in sorted(trees):
        if generation > plan["generation"] - RETENTION:
            continue
        if VARIANT & {"guard", "casdel"} and generation in used:
            continue
        fence = [(action, one) for one in pointers for action in ("DELETE", "CREATE")] if "casdel" in VARIANT else []
        if "fence" in VARIANT:
            fence += renewed(endpoint, lease)
        # Refused where another enactor was faster, or where what the fence asserts is no longer so.
        with suppress(route53.exceptions.InvalidChangeBatch):
            change(endpoint, [*fence, *(("DELETE", one) for one in trees[generation])])
    unlock(endpoint, lease)


def served(endpoint):
    answer = route53.list_resource_record_sets(
        HostedZoneId=endpoint["zone_id"],
        StartRecordName=f"api.{endpoint['zone']}",
        StartRecordType="A",
        MaxItems="1",
    )
    return generation_of(answer["ResourceRecordSets"][0]["AliasTarget"]["DNSName"])


# ---- the zone's lock: a TXT record "<holder> <expiry>"


def lock(endpoint, enactor):
    """The lease, once the lock is ours; `lapse`: a lock whose time is over is taken from whoever holds it. `nolock`: None."""
    if "nolock" in VARIANT:
        return None
    while True:
        lease = f"{enactor} {int(time.time()) + LEASE_S}"
        try:
            change(endpoint, [("CREATE", text(endpoint, "_lock", lease))])
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "InvalidChangeBatch":
                raise
        else:
            return lease
        if "lapse" in VARIANT and taken_over(endpoint, lease):
            return lease
        time.sleep(random.uniform(0.5, 1.5))  # noqa: S311  (not for secrets)


def taken_over(endpoint, lease):
    answer = route53.list_resource_record_sets(
        HostedZoneId=endpoint["zone_id"],
        StartRecordName=f"_lock.{endpoint['zone']}",
        StartRecordType="TXT",
        MaxItems="1",
    )
    found = answer["ResourceRecordSets"][0]
    if found["Name"] != f"_lock.{endpoint['zone']}":
        return False
    if int(found["ResourceRecords"][0]["Value"].strip('"').split()[1]) > time.time():
        return False
    try:
        change(endpoint, [("DELETE", found), ("CREATE", text(endpoint, "_lock", lease))])
    except route53.exceptions.InvalidChangeBatch:
        return False
    return True


def renewed(endpoint, lease):
    """The preamble of a batch: it fails unless the lock is still ours."""
    if lease is None:
        return []
    return [("DELETE", text(endpoint, "_lock", lease)), ("CREATE", text(endpoint, "_lock", lease))]


def unlock(endpoint, lease):
    if lease is None:
        return
    try:
        change(endpoint, [("DELETE", text(endpoint, "_lock", lease))])
    except route53.exceptions.InvalidChangeBatch:
        if "lapse" not in VARIANT:
            raise


def lease_was_lost(refused):
    return "lapse" in VARIANT and "_lock." in str(refused)


# ---- records


def change(endpoint, changes):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
    route53.change_resource_record_sets(HostedZoneId=endpoint["zone_id"], ChangeBatch=batch)


def root(endpoint, generation):
    return f"g{generation:04d}.{endpoint['zone']}"


def generation_of(name):
    label = next((one for one in name.split(".") if one[:1] == "g" and one[1:].isdigit()), None)
    return int(label[1:]) if label else None


def tree(plan, endpoint):
    top = root(endpoint, plan["generation"])
    for balancer in plan["balancers"]:
        leaf = f"{balancer['id']}.{top}"
        yield {"Name": leaf, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": balancer["address"]}]}
        weighted = alias(endpoint, f"weighted.g{plan['generation']:04d}", leaf)
        yield {**weighted, "SetIdentifier": balancer["id"], "Weight": balancer["weight"]}
    yield alias(endpoint, f"g{plan['generation']:04d}", f"weighted.{top}")


def alias(endpoint, label, target):
    where = {"HostedZoneId": endpoint["zone_id"], "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": f"{label}.{endpoint['zone']}", "Type": "A", "AliasTarget": where}


def text(endpoint, label, value):
    name = f"{label}.{endpoint['zone']}"
    return {"Name": name, "Type": "TXT", "TTL": 5, "ResourceRecords": [{"Value": f'"{value}"'}]}
