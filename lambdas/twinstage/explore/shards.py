"""A world taken apart into shards, each content interned: a world is a tuple of small integers, and equal integers are equal content.

A shard is one hosted zone with its records, one table with its items, the client tokens of a region's transactions, or the rest (shard 0): everything
else that an account holds. Ids count contents as they are met; 0 is a shard that is not there. A world's trailing zeros are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isqrt
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from twinstage.explore.digests import MODULUS, content_number, entries_number, entry_number
from twinstage.world.memory.aws import AwsState
from twinstage.world.memory.dynamodb import empty_database
from twinstage.world.memory.dynamodb.tokens import Tokens
from twinstage.world.memory.layered import Layered
from twinstage.world.memory.sorted_map import SortedMap

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from twinstage.model.record_set import RecordKey
    from twinstage.world.memory.dynamodb import Database, Table
    from twinstage.world.memory.route53 import Account, HostedZone

World: TypeAlias = tuple[int, ...]
"""The id of each shard's content, by the shard's index. Interned: one object for equal worlds."""

ShardName: TypeAlias = tuple[str, ...]
"""("rest",), ("zone", id), ("table", region, name) or ("tokens", region)."""

REST: Final = 0
ABSENT: Final = 0
_NO_TOKENS: Final = Tokens()


@dataclass(frozen=True)
class Rest:
    """What is neither zone, table nor token: the account without its zones, and each region's database without its tables."""

    account: Account
    databases: Mapping[str, Database]


_CONTENT_BYTES: Final = 2_000
_RECORD_BYTES: Final = 200
_ITEM_BYTES: Final = 5_000


class Shards:
    """The interned contents of every shard that was met. Contents are shared with each other and never change.

    `size_bytes` estimates what they take in memory. A zone that comes of another by a change of k keys costs about k times the root of its
    size (see `Layered`), a table the copies of the branches that lead to each item (see `SortedMap`).
    """

    def __init__(self, start: AwsState) -> None:
        self.names: list[ShardName] = [("rest",)]
        self._index: dict[ShardName, int] = {("rest",): REST}
        self.contents: list[Any] = [None]
        self._numbers: list[int] = [0]
        self._ids: dict[tuple[Any, ...], int] = {}
        self._worlds: dict[World, World] = {}
        self._definitions: dict[int, tuple[Any, int]] = {}
        self.size_bytes = 0
        # At the start no zone is busy any more with what came before.
        self.root = self.world_of(start, now=inf)

    def shard(self, name: ShardName) -> int:
        """The index of a shard; a name that is new gets the next one."""
        found = self._index.get(name)
        if found is None:
            found = self._index[name] = len(self.names)
            self.names.append(name)
        return found

    def id_in(self, world: World, shard: int) -> int:
        """The id of a shard's content in a world."""
        return world[shard] if shard < len(world) else ABSENT

    def content(self, world: World, shard: int) -> Any:
        """A shard's content in a world; None where it is not there."""
        return self.contents[self.id_in(world, shard)]

    def with_ids(self, world: World, changes: Mapping[int, int]) -> World:
        """The world with some shards' contents changed; the given object where nothing differs."""
        ids = list(world)
        for shard, content in changes.items():
            if shard >= len(ids):
                ids += [ABSENT] * (shard + 1 - len(ids))
            ids[shard] = content
        while ids and ids[-1] == ABSENT:
            ids.pop()
        return self.world(tuple(ids))

    def world(self, ids: World) -> World:
        """The one object of these ids."""
        return self._worlds.setdefault(ids, ids)

    @property
    def worlds(self) -> int:
        """How many worlds there are."""
        return len(self._worlds)

    # Contents -------------------------------------------------------------------------------------------------------------------

    def zone(
        self, shard: int, hosted: HostedZone, now: float, before: int = ABSENT, keys: Collection[RecordKey] = ()
    ) -> int:
        """The id of a zone's content. `before`: a zone of which this one differs at most at `keys`; its number is carried on."""
        if hosted.busy_until and hosted.busy_until <= now:
            hosted = replace(hosted, busy_until=0.0)
        if before:
            old = self.contents[before].zone.records
            records = self._carried(before, ((key, old.get(key), hosted.zone.records.get(key)) for key in keys))
        else:
            records = entries_number(hosted.zone.records.items())
        zone = hosted.zone
        about = (zone.id, zone.name, zone.private, hosted.number, hosted.caller_reference, hosted.comment, hosted.vpcs)
        # A listing is as large as its zone: kept with each content it would cost the zone's size for every change.
        vars(hosted).pop("listing", None)
        share = isqrt(len(zone.records)) * len(keys) if before else len(zone.records)
        return self._interned((shard, records, about, hosted.busy_until), hosted, records, share * _RECORD_BYTES)

    def table(self, shard: int, table: Table, before: int = ABSENT, places: Collection[Any] = ()) -> int:
        """The id of a table's content. `before`: a table of which this one differs at most at `places`; its number is carried on."""
        if before:
            old = self.contents[before].items
            changed = ((place, _item(old.get(place)), _item(table.items.get(place))) for place in set(places))
            items = self._carried(before, changed)
        else:
            items = entries_number((place, stored.item) for place, stored in table.items.items())
        share = len(places) if before else len(table.items)
        defined = (table.definition, *(index.definition for index in table.indexes))
        return self._interned((shard, items, *map(self._definition, defined)), table, items, share * _ITEM_BYTES)

    def tokens(self, shard: int, tokens: Tokens) -> int:
        """The id of the tokens of a region's transactions."""
        if not len(tokens.used):
            return ABSENT
        return self._interned((shard, content_number(tokens.used)), tokens, 0)

    def rest(self, rest: Rest) -> int:
        """The id of everything else."""
        return self._interned((REST, content_number(rest)), rest, 0)

    def _carried(self, before: int, changes: Iterable[tuple[Any, Any, Any]]) -> int:
        number = self._numbers[before]
        for key, old, new in changes:
            if old is not new:
                number += entry_number(key, new) - entry_number(key, old)
        return number % MODULUS

    def _interned(self, key: tuple[Any, ...], content: Any, number: int, size_bytes: int = 0) -> int:
        found = self._ids.get(key)
        if found is None:
            self.size_bytes += _CONTENT_BYTES + size_bytes
            found = self._ids[key] = len(self.contents)
            self.contents.append(content)
            self._numbers.append(number)
        return found

    def _definition(self, definition: Any) -> int:
        """The number of the definition of a table or of an index, worked out once for each object: tables share them."""
        known = self._definitions.get(id(definition))
        if known is None:
            known = self._definitions[id(definition)] = (definition, content_number(definition))
        return known[1]

    # Whole worlds ---------------------------------------------------------------------------------------------------------------

    def world_of(self, state: AwsState, now: float = 0.0, near: World = ()) -> World:
        """The world that holds what `state` holds. What it shares, as objects, with the world `near` is not looked at again."""
        ids: dict[int, int] = dict.fromkeys(range(len(near)), ABSENT)
        for zone_id, hosted in state.route53.zones.items():
            shard = self.shard(("zone", zone_id))
            same = self.content(near, shard) is hosted
            ids[shard] = self.id_in(near, shard) if same else self.zone(shard, hosted, now)
        for region, database in sorted(state.databases.items()):
            for name, table in database.tables.items():
                shard = self.shard(("table", region, name))
                same = self.content(near, shard) is table
                ids[shard] = self.id_in(near, shard) if same else self.table(shard, table)
            tokens = self.shard(("tokens", region))
            ids[tokens] = self.tokens(tokens, database.tokens)
        account = replace(state.route53, zones=Layered({}))
        ids[REST] = self.rest(Rest(account, {name: _bare(one) for name, one in state.databases.items()}))
        return self.with_ids((), ids)

    def state(self, world: World) -> AwsState:
        """What a world holds, as one value. Zones and tables are the interned ones: equal content, one object."""
        rest: Rest = self.contents[world[REST]]
        zones: dict[str, Any] = {}
        databases: dict[str, dict[str, Any]] = {region: {} for region in rest.databases}
        tokens: dict[str, Tokens] = {}
        for name, content in zip(self.names, world, strict=False):
            if content == ABSENT or name[0] == "rest":
                continue
            if name[0] == "zone":
                zones[name[1]] = self.contents[content]
            elif name[0] == "table":
                databases[name[1]][name[2]] = self.contents[content]
            else:
                tokens[name[1]] = self.contents[content]
        return AwsState(
            replace(rest.account, zones=Layered(zones)),
            {
                region: replace(one, tables=SortedMap(databases[region]), tokens=tokens.get(region, _NO_TOKENS))
                for region, one in rest.databases.items()
            },
        )

    def database(self, world: World, region: str) -> Database:
        """A region's database without tables and tokens; an empty one where the region was never used."""
        rest: Rest = self.contents[world[REST]]
        return rest.databases.get(region) or empty_database(account=rest.account.id, region=region)


def _item(stored: Any) -> Any:
    return None if stored is None else stored.item


def _bare(database: Database) -> Database:
    return replace(database, tables=SortedMap(), tokens=_NO_TOKENS)
