"""Enactor: brings the latest plan to every endpoint, one after the other.

Three enactors, one an availability zone, do the same work and know nothing of each other but the lock of each zone. For
an endpoint an enactor takes the lock, builds the plan's tree, waits until Route 53 serves it everywhere, and flips the
customer name to its root.

Work is checked once, when it is taken: see `admission`. A message past `take` carries admitted work, and each step does
its changes under the zone's lock without asking again.

Steps of a message: `take` (the latest plan, if it is admitted), `build`, `flip`. What a step cannot finish now goes
back to the queue, with its progress: see `work`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import admission
import lock
import plans
from records import ENDPOINTS, Endpoint, alias, change, find, txt
from trees import root_name, target_generation, tree
from work import Work

RETENTION = int(os.environ["RETENTION"])
PROPAGATION_S = 60  # Route 53 serves a change everywhere within 60 seconds
DRAIN_S = 120  # two lives of an answer, before a tree that was in use may go


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One step of the work. `event["now"]` is the epoch second at which the queue handed the message over."""
    step = {"take": take, "build": build, "flip": flip}[event["step"]]
    return step(Work.of(event), event["now"])


def take(work: Work, now: int) -> dict[str, Any]:
    """Take the latest plan, if it is newer than what some endpoint serves."""
    latest = plans.latest()
    if not admission.is_newer(latest.generation):
        return {"result": "nothing newer"}
    return build(replace(work, generation=latest.generation), now)


def build(work: Work, now: int) -> dict[str, Any]:
    """Lock the zone and build the plan's tree in it; where the tree stands already, flip to it at once."""
    endpoint = ENDPOINTS[work.endpoint]
    held = lock.acquire(endpoint, work.enactor, now)
    if held is None:
        return work.backed_off()
    work = replace(work, lock=held, attempt=0)
    if find(endpoint, root_name(work.generation, endpoint), "A"):
        return repoint(work, held, now)
    records = tree(plans.get(work.generation), endpoint)
    change(endpoint, [*lock.renewal(endpoint, held, held), *(("UPSERT", record) for record in records)])
    return work.requeued("tree built", "flip", PROPAGATION_S)


def flip(work: Work, now: int) -> dict[str, Any]:
    """Go on where `build` stopped, or build again when the lock expired and went to somebody else meanwhile."""
    held = lock.current(ENDPOINTS[work.endpoint])
    if held is None or held != work.lock:
        return build(replace(work, lock=None), now)
    return repoint(work, held, now)


def repoint(work: Work, held: str, now: int) -> dict[str, Any]:
    """Point the customer name at the plan's tree and the rollback name at the one before, in one batch; then go on."""
    endpoint = ENDPOINTS[work.endpoint]
    renewed = lock.value(work.enactor, now)
    active = root_name(active_generation(endpoint), endpoint)
    change(
        endpoint,
        [
            *lock.renewal(endpoint, held, renewed),
            ("UPSERT", txt(endpoint.generation_name, str(work.generation))),
            ("UPSERT", alias(endpoint, endpoint.customer_name, root_name(work.generation, endpoint))),
            ("UPSERT", alias(endpoint, endpoint.rollback_name, active)),
        ],
    )
    lock.release(endpoint, renewed)
    if work.endpoint + 1 < len(ENDPOINTS):
        return build(work.next_endpoint(), now)
    return finish(work)


def finish(work: Work) -> dict[str, Any]:
    """Leave it to the cleaner to remove the trees that this plan retires and nothing uses."""
    trees = admission.expendable(work.generation - RETENTION)
    if not trees:
        return {"result": "done"}
    message = {"generation": work.generation, "trees": trees}
    return {"result": "done", "next": {"function": "cleaner", "delay_s": DRAIN_S, "message": message}}


def active_generation(endpoint: Endpoint) -> int:
    """The generation that the customer name serves."""
    active = find(endpoint, endpoint.customer_name, "A")
    if active is None:
        raise LookupError(f"{endpoint.customer_name} does not exist")
    return target_generation(active)
