"""The calls of an exploration, each compiled once: equal calls are one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.answering import PreparedCall
from twinstage.explore.change_ids import is_own
from twinstage.explore.digests import content_number
from twinstage.explore.footprint import NOTHING, Footprint
from twinstage.explore.footprints_dynamodb import footprint_of
from twinstage.explore.footprints_route53 import change_footprint, list_footprint
from twinstage.explore.request import Request
from twinstage.explore.shards import REST
from twinstage.world.contained import Failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.shards import Shards
    from twinstage.world.contained import Call
    from twinstage.world.memory.dynamodb.keys import KeySchema

_READING: Final = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet", "Test")
_EVENTUAL: Final = frozenset({"GetItem", "Query", "Scan", "BatchGetItem"})


class Requests:
    """Compiles calls over shards. `region` is that of calls that name none; Route 53 has none."""

    def __init__(self, shards: Shards, region: str) -> None:
        self._shards, self._region = shards, region
        self._by_key: dict[Any, Request] = {}
        self._by_content: dict[tuple[str, str, str, int], Request] = {}
        self._shapes: dict[Any, int] = {}
        self._schemas: dict[int, KeySchema | None] = {}

    def request(self, call: Call) -> Request:
        """The one request of all calls that are equal to this one."""
        region = self._region if call.service == "route53" else call.region or self._region
        name = (call.service, call.operation, region)
        if call.key is not None:
            found = self._by_key.get((name, call.key))
            if found is not None:
                return found
        if isinstance(call, PreparedCall):
            return self._prepared(name, call)
        content = (*name, content_number(call.parameters))
        request = self._by_content.get(content)
        if request is None:
            request = self._by_content[content] = self._compiled(name, call.parameters, content)
        if call.key is not None:
            self._by_key[name, call.key] = request
        return request

    def _prepared(self, name: tuple[str, str, str], call: PreparedCall) -> Request:
        """A call that reads and writes nothing shared: told from others by what it is answered with, too."""
        reply = call.reply
        told = [reply.error, reply.message, reply.status] if isinstance(reply, Failed) else reply.response
        content = (*name, content_number(["prepared", call.parameters, told]))
        request = self._by_content.get(content)
        if request is None:
            shape = self._shapes.setdefault((*name, (), content_number(call.parameters)), len(self._shapes))
            request = Request(len(self._by_content), name, call.parameters, NOTHING, shape, eventual=False)
            request.prepared = reply
            self._by_content[content] = request
        return request

    def _compiled(
        self, name: tuple[str, str, str], parameters: Mapping[str, Any], content: tuple[str, str, str, int]
    ) -> Request:
        service, operation, region = name
        footprint = self._footprint(service, operation, region, parameters, content[-1])
        shape_key = (service, operation, footprint.shards, footprint.shape)
        shape = self._shapes.setdefault(shape_key, len(self._shapes))
        eventual = service == "dynamodb" and operation in _EVENTUAL and _may_be_stale(operation, parameters)
        return Request(len(self._by_content), name, parameters, footprint, shape, eventual=eventual)

    def _footprint(
        self, service: str, operation: str, region: str, parameters: Mapping[str, Any], number: int
    ) -> Footprint:
        found: Footprint | None = None
        if service == "route53":
            found = self._route53_footprint(operation, parameters)
        elif service == "dynamodb":
            found = footprint_of(operation, parameters, _Tables(self, self._shards, region))
        elif (service, operation) == ("sts", "GetCallerIdentity"):
            found = NOTHING
        if found is not None:
            return found
        return Footprint(None, writes_world=not operation.startswith(_READING), shape=number)

    def _route53_footprint(self, operation: str, parameters: Mapping[str, Any]) -> Footprint | None:
        if operation == "GetChange":
            shards = () if is_own(parameters["Id"]) else (REST,)
            return Footprint(shards, shape=parameters["Id"])
        if operation not in {"ChangeResourceRecordSets", "ListResourceRecordSets"}:
            return None
        zone_id = parameters["HostedZoneId"].removeprefix("/hostedzone/")
        zone = self._shards.shard(("zone", zone_id))
        if operation == "ListResourceRecordSets":
            return list_footprint(parameters, zone)
        return change_footprint(parameters, zone, zone_id, REST)

    def schema(self, shard: int) -> KeySchema | None:
        """The primary key of a table that was there at the start; None for any other."""
        if shard not in self._schemas:
            table = self._shards.content(self._shards.root, shard)
            self._schemas[shard] = None if table is None else table.definition.schema
        return self._schemas[shard]


class _Tables:
    """The tables of one region, as footprints ask for them."""

    def __init__(self, requests: Requests, shards: Shards, region: str) -> None:
        self._requests, self._shards, self._region = requests, shards, region

    def shard(self, table: str) -> int:
        """The shard of a table by its name or ARN."""
        return self._shards.shard(("table", self._region, table.rpartition("table/")[2]))

    def schema(self, table: str) -> KeySchema | None:
        """The primary key of a table that was there at the start."""
        return self._requests.schema(self.shard(table))

    def tokens(self) -> int:
        """The shard of the region's client tokens."""
        return self._shards.shard(("tokens", self._region))


def _may_be_stale(operation: str, parameters: Mapping[str, Any]) -> bool:
    if operation == "BatchGetItem":
        return any(not wish.get("ConsistentRead") for wish in parameters["RequestItems"].values())
    return not parameters.get("ConsistentRead")
