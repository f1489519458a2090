"""Zones and health checks that come out of production: with the ids and the state they have there, and unchecked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.world.memory.route53.account import Account, HealthCheck, HostedZone, Vpc, bare
from twinstage.world.memory.route53.api_forms import copied
from twinstage.world.memory.route53.identity import apex, name_servers
from twinstage.world.memory.route53.refused import Route53Refused
from twinstage.world.memory.route53.zone import zone_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def with_imported_zone(
    account: Account,
    record_sets: Iterable[Mapping[str, Any]],
    *,
    id: str,  # noqa: A002  (the API's own word)
    name: str,
    private: bool = False,
    comment: str | None = None,
    vpcs: Iterable[Vpc] = (),
    tags: Mapping[str, str] | None = None,
) -> Account:
    """The account with one more zone that holds exactly these record sets; an apex without NS or SOA gets AWS's own.

    No rule is checked: what was captured is taken as it is. Raises Route53Refused when the account has a zone of that id.
    """
    own_id, canonical = bare(id), canonical_name(name)
    if own_id in account.zones:
        message = f"account {account.id} has a hosted zone {own_id} already"
        raise Route53Refused("HostedZoneAlreadyExists", message)
    given = list(record_sets)
    held = {record_set["Type"] for record_set in given if canonical_name(record_set["Name"]) == canonical}
    own = apex(canonical, name_servers(own_id, private=private), private=private)
    all_sets = [*(record_set for record_set in own if record_set["Type"] not in held), *given]
    zone = zone_from(all_sets, id=own_id, name=canonical, private=private)
    number = account.made + 1
    hosted = HostedZone(zone, number, f"import-{own_id}", comment or None, tuple(vpcs))
    return replace(account, made=number).with_zone(hosted).with_tags(("hostedzone", own_id), tags or {})


def with_imported_health_check(
    account: Account,
    config: Mapping[str, Any],
    *,
    id: str,  # noqa: A002  (the API's own word)
    tags: Mapping[str, str] | None = None,
) -> Account:
    """The account with one more health check of this configuration, or with that of its id replaced."""
    number = account.made + 1
    check = HealthCheck(id, number, f"import-{id}", copied(dict(config)))
    return replace(account, made=number).with_health_check(check).with_tags(("healthcheck", id), tags or {})
