"""Enactor: brings the latest plan to the endpoint and removes the trees that the plan retires.

One code base with every fix that was weighed, each chosen by the environment:

FLIP      `unchecked` as shipped: whether the plan is newer is asked once, at the start
          `rechecked` asked again once the lock is held
          `compared`  asked of the generation record, which the batch of the flip compares and sets
CLEAN     `listed`    as shipped: every tree that is `RETENTION` generations older than the plan goes
          `guarded`   but for those in use: read, then delete
          `locked`    the same under the zone's lock
          `asserted`  the batch that deletes a tree asserts that neither name has moved
ROLLBACK  `required`  as shipped: the rollback name follows the customer name in the same batch
          `tolerated` it is left as it is when the tree it should point at is gone

How long a lock lasts, and whether there is one, is said in `lock`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import cleaning
import lock
import plans
from records import (
    CUSTOMER_NAME,
    GENERATION_NAME,
    ROLLBACK_NAME,
    Refused,
    alias,
    change,
    find,
    root_name,
    target_generation,
    txt,
)

if TYPE_CHECKING:
    from records import Change, RecordSet

FLIP = os.environ["FLIP"]
ROLLBACK = os.environ["ROLLBACK"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take the latest plan, bring it to the endpoint, clean up. `event["enactor"]` is the holder of its locks."""
    plan = plans.latest()
    generation = int(plan["generation"]["N"])
    if generation <= applied():
        return {"result": "nothing newer", "generation": generation}
    held, result = enact(plan, event["enactor"])
    lock.release(held)
    if result == "applied":
        cleaning.clean(generation, event["enactor"])
    return {"result": result, "generation": generation}


def applied() -> int:
    """The generation that is applied: as the generation record says where flips are compared with it, else as is served."""
    name, kind = (GENERATION_NAME, "TXT") if FLIP == "compared" else (CUSTOMER_NAME, "A")
    record = find(name, kind)
    if record is None:
        raise LookupError(f"{name} {kind} does not exist")
    return int(record["ResourceRecords"][0]["Value"].strip('"')) if kind == "TXT" else target_generation(record)


def enact(plan: dict[str, Any], holder: str) -> tuple[str | None, str]:
    """Build the plan's tree and flip the customer name to it, under the lock. The lock held then, and what came of it."""
    generation = int(plan["generation"]["N"])
    held = lock.take(holder)
    before = applied()
    if FLIP != "unchecked" and generation <= before:
        return held, "overtaken"
    change(*lock.asserted(held), *(("UPSERT", record) for record in tree(plan)))
    try:
        change(*lock.asserted(held), *flip(generation, before))
    except Refused:
        if FLIP != "compared" or applied() == before:
            raise
        return held, "overtaken"
    return held, "applied"


def flip(generation: int, before: int) -> list[Change]:
    """The changes that take the endpoint from one generation to another."""
    changes: list[Change] = [("UPSERT", alias(CUSTOMER_NAME, root_name(generation)))]
    if ROLLBACK == "required" or find(root_name(before), "A"):
        changes.append(("UPSERT", alias(ROLLBACK_NAME, root_name(before))))
    if FLIP == "compared":
        seen, new = txt(GENERATION_NAME, str(before)), txt(GENERATION_NAME, str(generation))
        changes[:0] = [("DELETE", seen), ("CREATE", new)]
    return changes


def tree(plan: dict[str, Any]) -> list[RecordSet]:
    """The record sets of a plan's tree, leaves first."""
    root = root_name(int(plan["generation"]["N"]))
    leaves, weighted = [], []
    for balancer in (each["M"] for each in plan["balancers"]["L"]):
        leaf = f"{balancer['id']['S']}.{root}"
        address = [{"Value": balancer["address"]["S"]}]
        leaves.append({"Name": leaf, "Type": "A", "TTL": 60, "ResourceRecords": address})
        share = {"SetIdentifier": balancer["id"]["S"], "Weight": int(balancer["weight"]["N"])}
        weighted.append(alias(f"weighted.{root}", leaf) | share)
    return [*leaves, *weighted, alias(root, f"weighted.{root}")]
