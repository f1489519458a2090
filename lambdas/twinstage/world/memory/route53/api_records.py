"""Route 53's operations on record sets, and on the changes that it took.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html, API_GetChange.html and
API_ListResourceRecordSets.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.route53.api_forms import change_info, submitted
from twinstage.world.memory.route53.api_pages import record_set_page
from twinstage.world.memory.route53.apply import apply_changes
from twinstage.world.memory.route53.change import Change, changes_from
from twinstage.world.memory.route53.listing import relisted
from twinstage.world.memory.route53.refused import Route53Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.route53.account import Account, HostedZone
    from twinstage.world.memory.route53.api_forms import Setting
    from twinstage.world.memory.route53.zone import Zone

_BUSY = "The request was rejected because Route 53 was still processing a prior request."


def change_record_sets(
    account: Account, request: Mapping[str, Any], setting: Setting
) -> tuple[Account, dict[str, Any]]:
    """ChangeResourceRecordSets: the whole batch, or nothing of it."""
    hosted, batch = account.zone(request["HostedZoneId"]), request["ChangeBatch"]
    if setting.now < hosted.busy_until:
        raise Route53Refused("PriorRequestNotComplete", _BUSY)
    changes = changes_from(batch["Changes"])
    zone = apply_changes(hosted.zone, changes)
    _need_health_checks(account, changes)
    after = account.with_zone(_changed(hosted, zone, changes, setting.now + account.timing.processing_s))
    after, info = submitted(after, setting.now, batch.get("Comment"))
    return after, {"ChangeInfo": info}


def list_record_sets(account: Account, request: Mapping[str, Any], _: Setting) -> tuple[Account, dict[str, Any]]:
    """ListResourceRecordSets."""
    return account, record_set_page(account.zone(request["HostedZoneId"]).listing, request)


def get_change(account: Account, request: Mapping[str, Any], setting: Setting) -> tuple[Account, dict[str, Any]]:
    """GetChange."""
    change_id = request["Id"].removeprefix("/change/")
    found = account.changes.get(change_id)
    if found is None:
        raise Route53Refused("NoSuchChange", f"A change with the specified change ID does not exist: {change_id}")
    return account, {"ChangeInfo": change_info(found, setting.now)}


def _changed(hosted: HostedZone, zone: Zone, changes: Iterable[Change], busy_until: float) -> HostedZone:
    """The zone with its new records; a listing that was worked out already is carried on, not worked out again."""
    after = replace(hosted, zone=zone, busy_until=busy_until)
    listed = vars(hosted).get("listing")
    if listed is not None:
        vars(after)["listing"] = relisted(listed, zone, (change.key for change in changes))
    return after


def _need_health_checks(account: Account, changes: Iterable[Change]) -> None:
    """Refuse a change that names a health check which the account does not have; one that is deleted needs none.

    "NoSuchHealthCheck: No health check exists with the specified ID." is among the operation's errors. Deleting a health check that
    record sets name is allowed, so that a DELETE may well name one that is gone.
    """
    for change in changes:
        wanted = change.record_set.get("HealthCheckId")
        if wanted and change.action != "DELETE":
            account.health_check(wanted)
