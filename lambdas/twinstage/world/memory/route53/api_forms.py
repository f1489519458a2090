"""Hosted zones, health checks and changes in the shapes that Route 53's API answers with. Every answer is fresh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.route53.account import Account, HealthCheck, HostedZone, Submitted
from twinstage.world.memory.route53.identity import change_id, name_servers

if TYPE_CHECKING:
    from collections.abc import Callable

ENDPOINT = "https://route53.amazonaws.com/2013-04-01"


@dataclass(frozen=True)
class Setting:
    """What an operation may ask beside the account: the time, in seconds since the epoch, and whose a VPC is.

    `owner_of_vpc` answers the account of a VPC by id and region, None where there is no such VPC.
    """

    now: float
    owner_of_vpc: Callable[[str, str], str | None]


def copied(value: Any) -> Any:
    """A deep copy of dicts and lists; what else there is in the API's forms cannot be changed."""
    if isinstance(value, dict):
        return {name: copied(member) for name, member in value.items()}
    if isinstance(value, list):
        return [copied(member) for member in value]
    return value


def submitted(account: Account, now: float, comment: str | None = None) -> tuple[Account, dict[str, Any]]:
    """The account with one more change, and the ChangeInfo that tells of it."""
    number = account.made + 1
    change = Submitted(change_id(account.id, number), now, now + account.timing.propagation_s, comment)
    after = replace(account, made=number, changes=account.changes.changed({change.id: change}))
    return after, change_info(change, now)


def change_info(change: Submitted, now: float) -> dict[str, Any]:
    """A change as it stands at `now`."""
    info: dict[str, Any] = {
        "Id": f"/change/{change.id}",
        "Status": "INSYNC" if now >= change.in_sync_at else "PENDING",
        "SubmittedAt": datetime.fromtimestamp(change.at, UTC),
    }
    return info if change.comment is None else {**info, "Comment": change.comment}


def hosted_zone(hosted: HostedZone) -> dict[str, Any]:
    """A zone as listings tell it."""
    config: dict[str, Any] = {} if hosted.comment is None else {"Comment": hosted.comment}
    return {
        "Id": f"/hostedzone/{hosted.zone.id}",
        "Name": hosted.zone.name,
        "CallerReference": hosted.caller_reference,
        "Config": {**config, "PrivateZone": hosted.zone.private},
        "ResourceRecordSetCount": len(hosted.zone.records),
    }


def described(hosted: HostedZone) -> dict[str, Any]:
    """A zone with its name servers; a private one tells none."""
    zone = hosted.zone
    servers = {} if zone.private else {"DelegationSet": {"NameServers": name_servers(zone.id, private=False)}}
    return {"HostedZone": hosted_zone(hosted), **servers}


def health_check(check: HealthCheck) -> dict[str, Any]:
    """A health check with its configuration."""
    return {
        "Id": check.id,
        "CallerReference": check.caller_reference,
        "HealthCheckConfig": copied(check.config),
        "HealthCheckVersion": check.version,
    }
