"""Whether a recorded outcome comes out again: the one rule by which a replay is held against its log.

What the services refuse by their rules follows from the state, so a faithful replay repeats it. Throttles, denials and faults say something about the hour or
the caller: they were never applied, and nothing of the state can bring them back.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Recurrence = Literal["recurred", "diverged", "not_recurring"]
NOT_RECURRING: Literal["not_recurring"] = "not_recurring"
"""The outcome of an event whose recorded failure depended on the moment: it is not executed, since production applied nothing either."""

# What is answered by the state that a snapshot holds. HostedZoneAlreadyExists and ConflictingDomainExists go by caller references and VPCs, which it does not.
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html#API_ChangeResourceRecordSets_Errors
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html#API_CreateHostedZone_Errors
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html#API_DeleteHostedZone_Errors
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#API_PutItem_Errors
RULED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "dns_update": frozenset({"InvalidChangeBatch", "InvalidInput", "NoSuchHealthCheck", "NoSuchHostedZone"}),
        "item_change": frozenset({"ConditionalCheckFailedException"}),
        "zone_create": frozenset({"InvalidDomainName"}),
        "zone_delete": frozenset({"HostedZoneNotEmpty", "NoSuchHostedZone"}),
    }
)


def depends_on_the_moment(type_: str, recorded: Mapping[str, Any]) -> bool:
    """Whether an event's recorded failure follows from no state that a snapshot holds. A function's own error is its code's, and may always recur."""
    if type_ not in RULED or recorded["outcome"] == "success":
        return False
    error = recorded.get("error")
    return error not in RULED[type_] if error else recorded["outcome"] == "error"


def recurrence(outcome: Mapping[str, Any]) -> Recurrence:
    """How an outcome document compares with what was recorded of its event: class against class, and error against error where one was recorded."""
    if outcome["outcome"] == NOT_RECURRING:
        return NOT_RECURRING
    recorded = outcome["recorded"]
    same_error = "error" not in recorded or recorded["error"] == outcome.get("error")
    return "recurred" if outcome["outcome"] == recorded["outcome"] and same_error else "diverged"
