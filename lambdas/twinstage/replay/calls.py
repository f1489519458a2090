"""The AWS call that an event of production's own log is, in production's names: what is told of it wherever it is replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.replay.scope import bare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.event import Event

Call = dict[str, Any]


def call_of(event: Event, zone_id: str) -> Call:
    """The call, without its outcome. `zone_id` is production's id of the zone that the event is about, where it is about one."""
    operation, parameters = _OPERATIONS[event.type](event.payload, zone_id)
    service = "dynamodb" if event.type == "item_change" else "route53"
    return {"n": 0, "service": service, "operation": operation, "parameters": parameters, "latency_ms": 0.0}


def _change(payload: Mapping[str, Any], zone_id: str) -> tuple[str, dict[str, Any]]:
    return "ChangeResourceRecordSets", {"HostedZoneId": zone_id, "ChangeBatch": {"Changes": payload["changes"]}}


def _create(payload: Mapping[str, Any], _: str) -> tuple[str, dict[str, Any]]:
    reference = payload.get("caller_reference")
    return "CreateHostedZone", {
        "Name": payload["zone"],
        **({"CallerReference": reference} if reference else {}),
        "HostedZoneConfig": {"PrivateZone": bool(payload.get("private"))},
    }


def _delete(_: Mapping[str, Any], zone_id: str) -> tuple[str, dict[str, Any]]:
    return "DeleteHostedZone", {"Id": bare(zone_id)}


def _item(payload: Mapping[str, Any], _: str) -> tuple[str, dict[str, Any]]:
    if payload["new_image"] is None:
        return "DeleteItem", {"TableName": payload["table"], "Key": payload["keys"]}
    return "PutItem", {"TableName": payload["table"], "Item": payload["new_image"]}


def _invoke(payload: Mapping[str, Any], _: str) -> tuple[str, dict[str, Any]]:
    return "Invoke", {"FunctionName": payload["function"]}


_OPERATIONS = {
    "dns_update": _change,
    "item_change": _item,
    "lambda_invoke": _invoke,
    "zone_create": _create,
    "zone_delete": _delete,
}
