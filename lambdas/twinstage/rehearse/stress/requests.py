"""What is sent to a target, one request after the other: what the scenario gives, or else what the recorded events asked of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.load_profile import OpenLoad, Recorded
from twinstage.model.timestamp import epoch_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.model.event import Event
    from twinstage.model.load_profile import Load
    from twinstage.model.stress_config import StressConfig, Target

Request = dict[str, Any]
_NS = 1_000_000_000


def recorded_requests(target: Target, events: Iterable[Event], zone_id: str | None = None) -> list[tuple[int, Request]]:
    """What the events asked of a target, each with its offset in nanoseconds from the first of them, in their order. `zone_id`: production's id of a target that is a zone."""
    asked = [(round(epoch_s(event.timestamp) * _NS), request) for event, request in _asked(target, events, zone_id)]
    return [(at - asked[0][0], request) for at, request in asked]


def requests_of(config: StressConfig, events: Iterable[Event], zone_id: str | None = None) -> list[Request]:
    """The requests of a stress, sent in turn."""
    if config.requests is not None:
        return list(config.requests)
    return [request for _, request in recorded_requests(config.target, events, zone_id)]


def load_with_offsets(config: StressConfig, events: Iterable[Event], zone_id: str | None = None) -> Load:
    """The load of a stress; one of the recorded day begins its requests when the events asked theirs."""
    load = config.load
    if not isinstance(load, OpenLoad) or not isinstance(load.shape, Recorded):
        return load
    offsets = tuple(sorted(offset for offset, _ in recorded_requests(config.target, events, zone_id)))
    return replace(load, shape=replace(load.shape, offsets_ns=offsets))


def _asked(target: Target, events: Iterable[Event], zone_id: str | None) -> Iterator[tuple[Event, Request]]:
    for event in events:
        payload = event.payload
        if target.kind == "function" and event.type == "lambda_invoke" and payload["function"] == target.name:
            yield event, payload["event"]
        elif target.kind == "zone" and event.type == "dns_update":
            name, zone = payload.get("zone"), canonical_name(target.name)
            if payload.get("zone_id") == zone_id if name is None else canonical_name(name) == zone:
                yield event, {"Changes": payload["changes"]}
        elif target.kind == "table" and event.type == "item_change" and payload["table"] == target.name:
            request = _of_item(target.operation, payload["keys"], payload["new_image"])
            if request is not None:
                yield event, request


def _of_item(operation: str | None, keys: Any, image: Any) -> Request | None:
    """The change of an item as one request of an operation; None where it says nothing of one: an item that was put is none of DeleteItem."""
    if operation == "PutItem" and image is not None:
        return {"Item": image}
    if operation == "GetItem" or (operation == "DeleteItem" and image is None):
        return {"Key": keys}
    return None
