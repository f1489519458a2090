"""The tables of every account and region, as they are now.

A request that only reads takes the value as it finds it, beside whoever writes; writes to one region of an account follow one another.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twinstage.world.memory import dynamodb
from twinstage.world.memory.throttled import ThrottledDynamoDb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twinstage.world.memory.dynamodb import Database
    from twinstage.world.quotas import Quotas

READS: Final = frozenset(
    {
        "BatchGetItem",
        "DescribeContinuousBackups",
        "DescribeEndpoints",
        "DescribeLimits",
        "DescribeStream",
        "DescribeTable",
        "DescribeTimeToLive",
        "GetItem",
        "GetRecords",
        "GetShardIterator",
        "ListStreams",
        "ListTables",
        "ListTagsOfResource",
        "Query",
        "Scan",
        "TransactGetItems",
    }
)


@dataclass
class Held:
    """The database of one account and region. `changed_at`: when it last changed, in seconds since the epoch.

    `filling` names the tables that an import is still filling: they are CREATING, and answer to nobody.
    """

    account: str
    region: str
    database: Database
    changed_at: float = 0.0
    filling: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)


class Databases:
    """Every account's tables, in every region. `clock` gives seconds since the epoch. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._held: dict[tuple[str, str], Held] = {}
        self._lock = threading.Lock()

    def held(self, account: str, region: str) -> Held:
        """The database of an account and region; made when it is first asked for."""
        with self._lock:
            found = self._held.get((account, region))
            if found is None:
                found = Held(account, region, dynamodb.empty_database(account=account, region=region))
                self._held[account, region] = found
        return found

    def forget_all(self) -> None:
        """Forget every table of every account."""
        with self._lock:
            self._held.clear()

    def execute(
        self, held: Held, operation: str, request: Mapping[str, Any], quotas: Quotas | None = None
    ) -> dict[str, Any]:
        """Carry one request out, within `quotas` where there are any. Raises DynamoRefused and Unsupported."""
        if operation in READS:
            _, answer = _carried_out(held.database, operation, request, self.clock(), quotas)
            return answer
        with held.lock:
            now = self.clock()
            after, answer = _carried_out(held.database, operation, request, now, quotas)
            if after is not held.database:
                held.database, held.changed_at = after, now
        return answer

    def fill(self, held: Held, requests: Iterable[Mapping[str, Any]]) -> int:
        """Put items by PutItem requests, one after the other, and answer how many the service refused."""
        refused = 0
        with held.lock:
            database, now = held.database, self.clock()
            for request in requests:
                try:
                    database, _ = dynamodb.execute(database, "PutItem", request, now=now)
                except dynamodb.DynamoRefused:
                    refused += 1
            held.database, held.changed_at = database, now
        return refused

    def expire(self, account: str, region: str) -> None:
        """Delete the items whose time to live is over now, as AWS does within days. Nothing here does it unasked."""
        held = self.held(account, region)
        with held.lock:
            now = self.clock()
            held.database, held.changed_at = dynamodb.expire(held.database, now=now), now


def _carried_out(
    database: Database, operation: str, request: Mapping[str, Any], now: float, quotas: Quotas | None
) -> tuple[Database, dict[str, Any]]:
    if quotas is None:
        return dynamodb.execute(database, operation, request, now=now)
    return ThrottledDynamoDb(quotas).execute(database, operation, request, now=now, taken=[])
