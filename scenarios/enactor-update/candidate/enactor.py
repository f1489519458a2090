"""Enactor: brings the latest plan to every endpoint, one after the other.

Three enactors, one an availability zone, do the same work and know nothing of each other but the lock of each zone. For
an endpoint an enactor takes the lock, builds the plan's tree, waits until Route 53 serves it everywhere, and flips the
customer name to its root.

Whatever was true when a plan was taken may be long past when its turn comes. So nothing is decided on what a message
says: each endpoint is read when it is worked on, and the flip is a compare-and-set of what was read, in one batch with
the change itself.

Steps of a message: `take` (the latest plan), `build`, `flip`. What a step cannot finish now goes back to the queue,
with its progress: see `work`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import lock
import plans
from records import ENDPOINTS, Change, Endpoint, Refused, alias, change, find, listing, swapped, txt
from serving import Serving
from trees import by_generation, root_name, target_generation, tree
from work import Work

RETENTION = int(os.environ["RETENTION"])
PROPAGATION_S = 60  # Route 53 serves a change everywhere within 60 seconds
DRAIN_S = 120  # two lives of an answer, before a tree that was in use may go


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One step of the work. `event["now"]` is the epoch second at which the queue handed the message over."""
    step = {"take": take, "build": build, "flip": flip}[event["step"]]
    return step(Work.of(event), event["now"])


def take(work: Work, now: int) -> dict[str, Any]:
    """Take the latest plan."""
    return build(replace(work, generation=plans.latest().generation), now)


def build(work: Work, now: int) -> dict[str, Any]:
    """Lock the zone and build the plan's tree in it; where the tree stands already, flip to it at once.

    An endpoint that is as far as the plan, or farther, is passed over. That is asked once more under the lock: somebody may
    have applied a newer plan meanwhile, and a tree that is built for nothing after that is on no cleaner's list.
    """
    endpoint = ENDPOINTS[work.endpoint]
    if Serving.of(endpoint).applied >= work.generation:
        return go_on(work, now)
    held = lock.acquire(endpoint, work.enactor, now)
    if held is None:
        return work.backed_off()
    work = replace(work, lock=held, attempt=0)
    if Serving.of(endpoint).applied >= work.generation:
        return pass_over(work, held, now)
    if find(endpoint, root_name(work.generation, endpoint), "A"):
        return repoint(work, held, now)
    records = tree(plans.get(work.generation), endpoint)
    try:
        change(endpoint, [*lock.renewal(endpoint, held, held), *(("UPSERT", record) for record in records)])
    except Refused:
        if lock.current(endpoint) == held:
            raise
        return work.backed_off()
    return work.requeued("tree built", "flip", PROPAGATION_S)


def flip(work: Work, now: int) -> dict[str, Any]:
    """Go on where `build` stopped, or build again when the lock expired and went to somebody else meanwhile."""
    held = lock.current(ENDPOINTS[work.endpoint])
    if held is None or held != work.lock:
        return build(replace(work, lock=None), now)
    return repoint(work, held, now)


def repoint(work: Work, held: str, now: int) -> dict[str, Any]:
    """Point the customer name at the plan's tree and the rollback name at the one before, in one batch; then go on.

    The batch is refused when anything it was decided on has moved: the decision is then made again, on a later message.
    Refused though nothing moved, it is an error.
    """
    endpoint = ENDPOINTS[work.endpoint]
    serving = Serving.of(endpoint)
    if serving.applied >= work.generation:
        return pass_over(work, held, now)
    renewed = lock.value(work.enactor, now)
    try:
        change(endpoint, [*lock.renewal(endpoint, held, renewed), *flip_to(work.generation, endpoint, serving)])
    except Refused:
        if (lock.current(endpoint), Serving.of(endpoint)) == (held, serving):
            raise
        return work.backed_off()
    lock.release(endpoint, renewed)
    return go_on(work, now)


def flip_to(generation: int, endpoint: Endpoint, serving: Serving) -> list[Change]:
    """The changes that take an endpoint from what it serves to the tree of a higher generation, and only from there.

    A zone without a generation record gets one by CREATE: of several enactors that meet such a zone one succeeds. The
    alias is compared as well, so that an enactor of the code before this one, which knows no generation record, cannot
    slip in between either.
    """
    active = root_name(target_generation(serving.active), endpoint)
    return [
        *swapped(serving.generation, txt(endpoint.generation_name, str(generation))),
        *swapped(serving.active, alias(endpoint, endpoint.customer_name, root_name(generation, endpoint))),
        ("UPSERT", alias(endpoint, endpoint.rollback_name, active)),
    ]


def pass_over(work: Work, held: str, now: int) -> dict[str, Any]:
    """Leave an endpoint as it is, and go on."""
    lock.release(ENDPOINTS[work.endpoint], held)
    return go_on(work, now)


def go_on(work: Work, now: int) -> dict[str, Any]:
    """Work on the next endpoint, or finish after the last."""
    if work.endpoint + 1 < len(ENDPOINTS):
        return build(work.next_endpoint(), now)
    return finish(work)


def finish(work: Work) -> dict[str, Any]:
    """Leave it to the cleaner to remove the trees that this plan retires and nothing uses."""
    trees = {endpoint.zone: retired for endpoint in ENDPOINTS if (retired := expendable(work.generation, endpoint))}
    if not trees:
        return {"result": "done"}
    message = {"generation": work.generation, "trees": trees}
    return {"result": "done", "next": {"function": "cleaner", "delay_s": DRAIN_S, "message": message}}


def expendable(generation: int, endpoint: Endpoint) -> list[int]:
    """The trees of a zone that a plan retires: `RETENTION` generations back or older and not in use, oldest first."""
    records = listing(endpoint)
    in_use = Serving.among(records, endpoint).in_use
    return [each for each in by_generation(records) if each <= generation - RETENTION and each not in in_use]
