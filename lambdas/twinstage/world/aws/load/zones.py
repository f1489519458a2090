"""A hosted zone as a target: batches of changes, or the first page of its record sets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.world.aws.clients import client
from twinstage.world.aws.load.errors import error_class
from twinstage.world.aws.load.rendering import Renderer
from twinstage.world.aws.load.signed_requests import Service, SignedRequests
from twinstage.world.load.exchange import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import boto3

    from twinstage.world.aws.load.signed_requests import Unsigned
    from twinstage.world.load.exchange import Endpoint, FollowUp, Held, Reply, Request

PAGE: Final = "100"


class ZoneTarget:
    """Requests to one zone in turn: each a batch of changes in Route 53's form, or None for a look at its record sets. A request's key is the zone's name in results."""

    held: Held | None = None

    def __init__(
        self,
        session: boto3.Session | None,
        zone_id: str,
        batches: Sequence[Sequence[Mapping[str, Any]] | None],
        *,
        name: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`name`: what results call it. Raises InputError without batches, AwsError for a batch that Route 53's model does not take."""
        if not batches:
            raise InputError([InputProblem("requests", 0, "", f"there is no request to send to zone {zone_id}")])
        self.zone, self._renderer = name or zone_id, Renderer("route53", session)
        self._service = Service(client("route53", session), session, clock)
        self._requests = SignedRequests(self._service, [self._rendered(zone_id, batch) for batch in batches])
        self.request: Callable[[int], Request] = self._requests.request
        self.subject: Callable[[int], tuple[str, str | None]] = self._requests.subject

    @property
    def endpoint(self) -> Endpoint:
        """See `LoadTarget`."""
        return self._service.endpoint

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome:
        """See `LoadTarget`. A change is answered when Route 53 has taken it, before it is INSYNC."""
        del request, following
        return Outcome(error_class(reply))

    def _rendered(self, zone_id: str, batch: Sequence[Mapping[str, Any]] | None) -> Unsigned:
        if batch is None:
            look = ("ListResourceRecordSets", "list_resource_record_sets")
            return self._renderer.request(*look, HostedZoneId=zone_id, MaxItems=PAGE)
        change = ("ChangeResourceRecordSets", "change_resource_record_sets")
        return self._renderer.request(*change, HostedZoneId=zone_id, ChangeBatch={"Changes": list(batch)})
