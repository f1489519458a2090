"""The whole Route 53 API over an account's value: a request gives the account as it is afterwards, and the answer.

Pure: the time is a parameter, and ids follow from what the account holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from twinstage.world.memory.route53 import api_health_checks, api_records, api_tags, api_zones
from twinstage.world.memory.route53.account import Account
from twinstage.world.memory.route53.api_forms import Setting
from twinstage.world.memory.route53.problems import ChangeRefused
from twinstage.world.memory.route53.refused import Route53Refused, Route53Unsupported

if TYPE_CHECKING:
    from typing import TypeAlias

Handler: TypeAlias = Callable[[Account, Mapping[str, Any], Setting], tuple[Account, dict[str, Any]]]


def _no_query_logging(account: Account, request: Mapping[str, Any], _: Setting) -> tuple[Account, dict[str, Any]]:
    """ListQueryLoggingConfigs: no zone logs its queries, for there are none."""
    if request.get("HostedZoneId"):
        account.zone(request["HostedZoneId"])
    return account, {"QueryLoggingConfigs": []}


_HANDLERS: Final[Mapping[str, Handler]] = {
    "AssociateVPCWithHostedZone": api_zones.associate_vpc,
    "ChangeResourceRecordSets": api_records.change_record_sets,
    "ChangeTagsForResource": api_tags.change,
    "CreateHealthCheck": api_health_checks.create,
    "CreateHostedZone": api_zones.create,
    "DeleteHealthCheck": api_health_checks.delete,
    "DeleteHostedZone": api_zones.delete,
    "DisassociateVPCFromHostedZone": api_zones.disassociate_vpc,
    "GetChange": api_records.get_change,
    "GetHealthCheck": api_health_checks.get,
    "GetHealthCheckCount": api_health_checks.count,
    "GetHostedZone": api_zones.get,
    "GetHostedZoneCount": api_zones.count,
    "ListHealthChecks": api_health_checks.list_all,
    "ListHostedZones": api_zones.list_all,
    "ListHostedZonesByName": api_zones.list_by_name,
    "ListHostedZonesByVPC": api_zones.list_by_vpc,
    "ListQueryLoggingConfigs": _no_query_logging,
    "ListResourceRecordSets": api_records.list_record_sets,
    "ListTagsForResource": api_tags.list_one,
    "ListTagsForResources": api_tags.list_many,
    "UpdateHealthCheck": api_health_checks.update,
    "UpdateHostedZoneComment": api_zones.update_comment,
}

OPERATIONS: Final[frozenset[str]] = frozenset(_HANDLERS)
"""The operations that `execute` has, by the names that the API gives them."""


def execute(
    account: Account,
    operation: str,
    request: Mapping[str, Any],
    *,
    now: float,
    owner_of_vpc: Callable[[str, str], str | None] | None = None,
) -> tuple[Account, dict[str, Any]]:
    """Answer the account after one request of the API, and the response, both requests and responses in boto3's form.

    The given account stays as it is. The response is fresh, and the request is not kept. `now` is in seconds since the epoch.
    `owner_of_vpc` answers whose a VPC (id, region) is, None for no such VPC; without it every VPC is the account's own.
    Raises Route53Refused and ChangeRefused as the service refuses, Route53Unsupported for what this world does not have.
    """
    handler = _HANDLERS.get(operation)
    if handler is None:
        raise Route53Unsupported(operation)
    after, answer = handler(account, request, Setting(now, owner_of_vpc or (lambda _vpc, _region: account.id)))
    return after, {name: value for name, value in answer.items() if value is not None}


REFUSALS: Final = (Route53Refused, ChangeRefused)
"""The refusals of the service itself: each has the API's code as `error` and its text as `message`."""
