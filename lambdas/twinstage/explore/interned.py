"""The world that an exploration calls: exact answers, each worked out once for the shards that a call touches.

A call's effect is a function of the shards it touches, the call and the epoch; it is looked up by these, and only where it was never seen
does `world.memory` work it out, on those shards alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.asking import NOBODY_ANSWERS, reply_of
from twinstage.explore.change_ids import change_told
from twinstage.explore.digests import content_number
from twinstage.explore.listings import Listings
from twinstage.explore.request import Answer
from twinstage.explore.requests import Requests
from twinstage.explore.shards import ABSENT, REST, Shards
from twinstage.world.contained import Answered, Failed
from twinstage.world.memory import dynamodb
from twinstage.world.memory.aws import AwsState, MemoryAws
from twinstage.world.memory.dynamodb.tokens import Tokens
from twinstage.world.memory.layered import Layered
from twinstage.world.memory.sorted_map import SortedMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.request import Request
    from twinstage.explore.shards import World
    from twinstage.world.contained import Call

_EPOCHS: Final = 1 << 16
"""More than time ever passes: an id and an epoch are one number in the memo."""

_CALLS_TOLD: Final = 3
"""Of each operation that nobody answers, so many calls are kept with their parameters."""


class InternedWorld:
    """AWS as an exploration sees it. `world` is always one of its own worlds; `root` holds what `start` holds.

    The world's time is `now_s` plus `expiry_s` for each epoch. Route 53 changes are in sync at once. Records of DynamoDB streams are not
    kept: what reads them is answered by nobody.
    """

    def __init__(self, start: AwsState, *, now_s: float, expiry_s: float, region: str) -> None:
        self.shards = Shards(AwsState(start.route53, start.databases))
        self.root: World = self.shards.root
        self.unanswered: set[tuple[str, str]] = set()
        self.unanswered_calls: list[tuple[str, str, Mapping[str, Any]]] = []
        self._now_s, self._expiry_s, self._region = now_s, expiry_s, region
        self._listings = Listings(self.shards)
        self._requests = Requests(self.shards, region)
        self._answers: dict[tuple[Any, ...], Answer] = {}
        self._door = MemoryAws(clock=lambda: self._clock, account=start.route53.id, region=region)
        self._clock = now_s

    def now(self, epoch: int) -> float:
        """The world's time in an epoch, in seconds since the epoch of Unix."""
        return self._now_s + epoch * self._expiry_s

    def request(self, call: Call) -> Request:
        """The one request of all calls that are equal to this one."""
        return self._requests.request(call)

    def apply(self, world: World, request: Request, epoch: int) -> tuple[World, Answer]:
        """The world after a call, and its answer; the same object where nothing changed."""
        touched = request.shards
        if touched is not None and len(touched) == 1:
            shard = touched[0]
            before = world[shard] if shard < len(world) else ABSENT
            key = before * _EPOCHS + epoch
            hit = request.memo.get(key)
            if hit is None:
                hit = request.memo[key] = self._carried_out(world, request, epoch)
            after, answer = hit[0].get(shard, before), hit[1]
            return (world if after == before else self.shards.with_ids(world, {shard: after})), answer
        ids = world if touched is None else tuple(self.shards.id_in(world, shard) for shard in touched)
        hit = request.memo.get((ids, epoch))
        if hit is None:
            hit = request.memo[ids, epoch] = self._carried_out(world, request, epoch)
        changes, answer = hit
        return (self.shards.with_ids(world, changes) if changes else world), answer

    def expired(self, world: World, epoch: int) -> World:
        """The world once the items are deleted whose time to live is over in this epoch, as `MemoryAws.advance` does it."""
        changes = {}
        for shard, name in enumerate(self.shards.names):
            table = self.shards.content(world, shard) if name[0] == "table" else None
            if table is None or table.definition.expiry_attribute is None:
                continue
            database = self._database(world, name[1], {name[2]: table})
            after = dynamodb.expire(database, now=self.now(epoch)).tables[name[2]]
            if after is not table:
                changes[shard] = self.shards.table(shard, after)
        return self.shards.with_ids(world, changes)

    def _carried_out(self, world: World, request: Request, epoch: int) -> tuple[dict[int, int], Answer]:
        """The new id of each shard that a call changed, and its answer."""
        self._clock = self.now(epoch)
        if request.shards is None:
            return self._everywhere(world, request)
        zones = [shard for shard in request.shards if self.shards.names[shard][0] == "zone"]
        tables = [shard for shard in request.shards if self.shards.names[shard][0] in {"table", "tokens"}]
        if tables:
            return self._on_tables(world, request, tables)
        if zones:
            return self._on_zone(world, request, zones[0])
        if request.operation == "GetChange" and request.shards == ():
            return {}, self._answer(Answered({"ChangeInfo": change_told(request.parameters["Id"])}))
        return {}, self._asked(AwsState(self.shards.contents[world[REST]].account), request)[1]

    def _on_zone(self, world: World, request: Request, shard: int) -> tuple[dict[int, int], Answer]:
        zone_id, before = self.shards.names[shard][1], self.shards.id_in(world, shard)
        account = self.shards.contents[world[REST]].account
        changes = request.operation == "ChangeResourceRecordSets"
        if before:
            hosted = self.shards.contents[before] if changes else self._listings.listed(before)
            account = _with_zones(account, {zone_id: hosted})
        after, answer = self._asked(AwsState(account), request)
        if not changes or isinstance(answer.reply, Failed):
            return {}, answer
        keys = request.footprint.keys
        now_there = self.shards.zone(shard, after.route53.zones[zone_id], self._clock, before, keys)
        self._listings.follows(now_there, before, keys)
        return ({} if now_there == before else {shard: now_there}), answer

    def _on_tables(self, world: World, request: Request, touched: list[int]) -> tuple[dict[int, int], Answer]:
        names = {shard: self.shards.names[shard] for shard in touched}
        tables = {
            name[2]: self.shards.content(world, shard)
            for shard, name in names.items()
            if name[0] == "table" and self.shards.id_in(world, shard)
        }
        tokens = next((self.shards.content(world, shard) for shard, name in names.items() if name[0] == "tokens"), None)
        database = self._database(world, request.region, tables, tokens)
        state, answer = self._asked(
            AwsState(self.shards.contents[world[REST]].account, {request.region: database}), request
        )
        after, changes = state.databases[request.region], {}
        for shard, name in names.items():
            before = self.shards.id_in(world, shard)
            if name[0] == "tokens":
                changes[shard] = self.shards.tokens(shard, after.tokens)
            elif name[2] in tables and after.tables[name[2]] is not tables[name[2]]:
                places = [key for at, key in request.footprint.writes if at == shard]
                known = ABSENT if shard in request.footprint.floods else before
                changes[shard] = self.shards.table(shard, after.tables[name[2]], known, places)
        return {shard: one for shard, one in changes.items() if one != self.shards.id_in(world, shard)}, answer

    def _database(self, world: World, region: str, tables: Mapping[str, Any], tokens: Tokens | None = None) -> Any:
        return replace(self.shards.database(world, region), tables=SortedMap(tables), tokens=tokens or Tokens())

    def _everywhere(self, world: World, request: Request) -> tuple[dict[int, int], Answer]:
        state = self.shards.state(world)
        after, answer = self._asked(state, request)
        if after.route53 is state.route53 and after.databases is state.databases:
            return {}, answer
        new = self.shards.world_of(AwsState(after.route53, after.databases), self._clock, world)
        shards = range(max(len(new), len(world)))
        ids = self.shards.id_in
        return {shard: ids(new, shard) for shard in shards if ids(new, shard) != ids(world, shard)}, answer

    def _asked(self, state: AwsState, request: Request) -> tuple[AwsState, Answer]:
        """Let the memory world answer on this state."""
        door = self._door
        door.restore(state)
        reply = reply_of(door, request, request.parameters)
        if isinstance(reply, Failed) and reply.error == NOBODY_ANSWERS:
            self._note_unanswered(request)
        change = request.operation == "ChangeResourceRecordSets" and isinstance(reply, Answered)
        return door.state, self._answer(reply, change=change)

    def _note_unanswered(self, request: Request) -> None:
        name = (request.service, request.operation)
        self.unanswered.add(name)
        calls = self.unanswered_calls
        if (*name, request.parameters) not in calls and sum(call[:2] == name for call in calls) < _CALLS_TOLD:
            calls.append((*name, request.parameters))

    def _answer(self, reply: Answered | Failed, *, change: bool = False) -> Answer:
        if change and isinstance(reply, Answered):
            reply = Answered({"ChangeInfo": {**reply.response["ChangeInfo"], "Id": None, "SubmittedAt": None}})
        if isinstance(reply, Answered):
            key: tuple[Any, ...] = (change, content_number(reply.response))
        else:
            key = (reply.error, reply.message, reply.status, content_number(reply.members))
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = Answer(len(self._answers), reply, change=change)
        return found

    def refusal(self, reply: Failed) -> Answer:
        """The interned answer of an error that comes of no state: a throttle."""
        return self._answer(reply)


def _with_zones(account: Any, zones: Mapping[str, Any]) -> Any:
    return replace(account, zones=Layered(zones))
