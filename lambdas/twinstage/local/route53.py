"""Route 53 of the embedded AWS: the memory world's API over each account, as it is now.

What an account holds, and what may be done with it, is decided by `twinstage.world.memory.route53` alone; moto's Route 53 holds nothing
and is never asked. Changes are INSYNC when they are answered; the clock is the wall's.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twinstage.local.moto_contract import replaces
from twinstage.world.memory import route53
from twinstage.world.memory.route53.imports import with_imported_health_check, with_imported_zone
from twinstage.world.quotas import request_demands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twinstage.world.memory.route53 import Account
    from twinstage.world.quotas import Quotas

_HELD: Final = "twinstage_route53"


@dataclass
class _Held:
    """Route 53 of one account, as it is now, and the lock of whoever changes it."""

    account: Account
    lock: threading.Lock = field(default_factory=threading.Lock)


_making = threading.Lock()


def install() -> None:
    """Let no other service of moto's make zones in moto's own Route 53, where nobody would see them."""

    @replaces("moto.route53.models:Route53Backend.create_hosted_zone")
    def refuse(*_: Any, **__: Any) -> None:
        """What Cloud Map calls for a namespace."""
        from moto.route53.exceptions import InvalidInput

        raise InvalidInput("the embedded AWS has no Cloud Map namespaces with a hosted zone")


def execute(account: str, operation: str, request: Mapping[str, Any], quotas: Quotas | None = None) -> dict[str, Any]:
    """Carry out one request of an account, of which `quotas` bind the caller. Raises what `twinstage.world.memory.route53.execute` raises."""
    if quotas is None:
        return _executed(account, operation, request)
    demands = request_demands("route53", operation, request, account=account, region="")
    if (refusal := quotas.admit(demands, time.time())) is not None:
        raise route53.Route53Refused(refusal.error, refusal.message)
    try:
        return _executed(account, operation, request)
    finally:
        quotas.release(demands)


def _executed(account: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    held = _held(account)
    with held.lock:
        held.account, answer = route53.execute(
            held.account,
            operation,
            request,
            now=time.time(),
            owner_of_vpc=lambda vpc, region: _owner(account, vpc, region),
        )
    return answer


def import_zone(
    account: str, *, zone_id: str, name: str, private: bool, record_sets: Iterable[Mapping[str, Any]], **settings: Any
) -> None:
    """Put a zone with this id and exactly these record sets into an account, for a production that comes out of a dump.

    `settings`: comment, tags and vpcs, as `with_imported_zone` takes them. Not reachable through the API. Raises Route53Refused when the
    account has a zone of that id.
    """
    _change(
        account,
        lambda held: with_imported_zone(held, record_sets, id=zone_id, name=name, private=private, **settings),
    )


def import_health_check(
    account: str, *, health_check_id: str, config: Mapping[str, Any], tags: Mapping[str, str] | None = None
) -> None:
    """Put a health check with this id into an account, for a production that comes out of a dump. Not reachable through the API."""
    _change(account, lambda held: with_imported_health_check(held, config, id=health_check_id, tags=tags))


def owner_of(kind: str, id: str) -> str | None:  # noqa: A002  what Route 53 calls it
    """The account that has a hosted zone or a health check of this id; None when nobody has. Neither's ARN says."""
    from moto.route53.models import route53_backends

    for account in list(route53_backends):
        held: _Held | None = vars(route53_backends[account]["aws"]).get(_HELD)
        if held is not None and id in (held.account.zones if kind == "hostedzone" else held.account.health_checks):
            return str(account)
    return None


def _held(account: str) -> _Held:
    """What an account has. It lives in moto's backend of the account, and is forgotten with it."""
    from moto.route53.models import route53_backends

    with _making:
        backend = vars(route53_backends[account]["aws"])
        found: _Held = backend.setdefault(_HELD, _Held(route53.empty_account(account)))
    return found


def _change(account: str, change: Callable[[Account], Account]) -> None:
    held = _held(account)
    with held.lock:
        held.account = change(held.account)


def _owner(account: str, vpc_id: str, region: str) -> str | None:
    """The account that has a VPC: `account` itself where it does, else any other; None when nobody has it."""
    from moto.ec2.models import ec2_backends

    if vpc_id in ec2_backends[account][region].vpcs:
        return account
    for other, regions in list(ec2_backends.items()):
        if region in regions and vpc_id in regions[region].vpcs:
            return str(other)
    return None
