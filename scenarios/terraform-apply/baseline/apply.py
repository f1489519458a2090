"""Apply: brings what is there to what the configuration says, resource by resource, as Terraform does.

A resource is known by its address. What the state has under an address that the configuration no longer has is
destroyed, and destroyed first; what differs under the same address is updated in place; what is new is created, each
after what it depends on. A certificate takes a while to be issued: until then the apply waits, with all that comes
after it undone.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
import state
from configuration import MOVED, RESOURCES

route53 = boto3.client("route53")
ZONE_ID = os.environ["ZONE_ID"]
REPLACE = os.environ["REPLACE"]  # `destroy-first`, or `one-batch` where a name that goes and comes again is one change
ISSUANCE_S = 600  # about how long a certificate takes


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Apply as far as it goes at `event["now"]` (epoch seconds); what is returned says when to go on."""
    known = moved(state.read())
    destroy({address: known[address] for address in reversed(known) if address not in RESOURCES})
    for address, wanted in RESOURCES.items():
        there = known.get(address)
        if "certificate" in wanted:
            pending_s = issue(address, wanted, there, event["now"])
            if pending_s:
                return {"result": "waiting", "next": {"function": "apply", "delay_s": pending_s, "message": {}}}
        elif there != wanted:
            put(address, wanted, there, known)
    return {"result": "applied"}


def moved(known: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The state once every resource that the configuration declares as moved goes by its new address."""
    for old, new in MOVED.items():
        if old in known:
            state.keep(new, known[old])
            state.forget(old)
            known[new] = known.pop(old)
    return known


def destroy(gone: dict[str, dict[str, Any]]) -> None:
    """Destroy resources, but for the records that come again where those are replaced in one batch."""
    names = {resource["record"]["Name"] for resource in RESOURCES.values() if "record" in resource}
    for address, resource in gone.items():
        if "record" in resource:
            if REPLACE == "one-batch" and resource["record"]["Name"] in names:
                continue
            change(("DELETE", resource["record"]))
        state.forget(address)


def issue(address: str, wanted: dict[str, Any], there: dict[str, Any] | None, now: int) -> int:
    """Have a certificate issued, and say for how many seconds that is still to be waited for."""
    if there is None:
        there = wanted | {"issued_at": now + ISSUANCE_S}
        state.keep(address, there)
    return max(0, int(there["issued_at"]) - now)


def put(address: str, wanted: dict[str, Any], there: dict[str, Any] | None, known: dict[str, dict[str, Any]]) -> None:
    """Create a record, or update it in place; one batch also takes away what has the name under another address."""
    same_name = (
        (each, known[each]["record"])
        for each in known
        if each not in RESOURCES and known[each].get("record", {}).get("Name") == wanted["record"]["Name"]
    )
    old = next(same_name, None) if REPLACE == "one-batch" else None
    if old:
        change(("DELETE", old[1]), ("CREATE", wanted["record"]))
        state.forget(old[0])
    else:
        change(("UPSERT" if there else "CREATE", wanted["record"]))
    state.keep(address, wanted)


def change(*changes: tuple[str, dict[str, Any]]) -> None:
    """Apply a batch of record changes, all or nothing."""
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    route53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": batch})
