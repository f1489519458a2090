"""DynamoDB within its quotas: a request is carried out, what it consumed is asked of the quotas, and it counts only if they admit it.

The database is a value, so that a request which is not admitted has simply not happened. Partitions are ranges of the hash of the partition key, of which a table has
as many as its capacity or its size needs; they are not split when they are hot. A global index has a table's capacity of its own, without partitions.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html, API_TransactWriteItems.html, API_BatchWriteItem.html
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from twinstage.world.memory import dynamodb
from twinstage.world.memory.dynamodb import consumption
from twinstage.world.memory.dynamodb.keys import HASH_BITS
from twinstage.world.memory.dynamodb.table_requests import PAY_PER_REQUEST
from twinstage.world.quotas.demand import Demand, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.dynamodb import Database, Table
    from twinstage.world.memory.dynamodb.consumption import Consumption
    from twinstage.world.quotas.quotas import Quotas

_ON_DEMAND: Final = "dynamodb.on_demand_{}"
_LIMIT_TYPES: Final = {"partition": "KeyRange", "table": "Provisioned", "on": "KeyRange"}
_CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]"
_UNPROCESSED: Final = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}


class CapacityExceeded(dynamodb.DynamoRefused):
    """DynamoDB throttled a request: `refusal` says by which quota, `demands` what it would have taken."""

    def __init__(
        self, refusal: Refusal, demands: tuple[Demand, ...], error: str, message: str, members: Mapping[str, Any]
    ) -> None:
        super().__init__(error, message, members)
        self.refusal, self.demands = refusal, demands


class ThrottledDynamoDb:
    """DynamoDB's operations within `quotas`. `prefix` goes before the names of tables in the quotas' keys, for a second region of an account."""

    def __init__(self, quotas: Quotas, prefix: str = "") -> None:
        self._quotas, self._prefix = quotas, prefix

    def execute(
        self, database: Database, operation: str, request: Mapping[str, Any], *, now: float, taken: list[Demand]
    ) -> tuple[Database, dict[str, Any]]:
        """The database after a request at `now`, which is the quotas' time as well, and the answer. What it takes of quotas is added to `taken`.

        Raises CapacityExceeded where the quotas do not admit it, what `dynamodb.execute` raises otherwise; nothing has changed then. A batch of which only some items are
        admitted succeeds, with the others unprocessed.
        """
        if operation in consumption.BATCHED:
            return self._batch(database, operation, request, now, taken)
        transacted = operation in consumption.TRANSACTED
        if not transacted and operation not in consumption.KEYED | consumption.PAGED:
            return dynamodb.execute(database, operation, request, now=now)
        try:
            after, answer = dynamodb.execute(database, operation, consumption.with_all_capacity(request), now=now)
        except dynamodb.DynamoRefused as refused:
            if consumption.is_condition(refused):
                parts = list(consumption.consumed_by_refusal(database, operation, request))
                taken += self._admit(parts, now, transacted=transacted)
            raise

        def alone(at: Database, name: str, wish: Mapping[str, Any]) -> tuple[Database, dict[str, Any]]:
            return dynamodb.execute(at, name, wish, now=now)

        parts = list(consumption.consumed(alone, database, operation, request, answer))
        taken += self._admit(parts, now, transacted=transacted)
        return after, consumption.as_asked(answer, request)

    def _batch(
        self, database: Database, operation: str, request: Mapping[str, Any], now: float, taken: list[Demand]
    ) -> tuple[Database, dict[str, Any]]:
        """Each item of a batch by itself. Raises CapacityExceeded where none is admitted, as the service does."""
        # What is wrong with the batch as a whole is answered before anything is admitted.
        dynamodb.execute(database, operation, request, now=now)
        admitted: dict[str, list[Any]] = defaultdict(list)
        left: dict[str, list[Any]] = defaultdict(list)
        at, refused = database, None
        for name, alone, item in consumption.batch_items(operation, request):
            after, answer = dynamodb.execute(at, operation, alone, now=now)
            try:
                taken += self._admit([consumption.batch_consumption(at, operation, alone, answer)], now)
            except CapacityExceeded as exceeded:
                refused = exceeded
                left[name].append(item)
            else:
                at = after
                admitted[name].append(item)
        if refused is not None and not admitted:
            raise refused
        wishes = {name: _wish(request, name, items) for name, items in admitted.items()}
        after, answer = dynamodb.execute(database, operation, {**request, "RequestItems": wishes}, now=now)
        for name, items in left.items():
            unprocessed = answer[_UNPROCESSED[operation]]
            unprocessed[name] = _wish(request, name, [*_items(unprocessed.get(name)), *items])
        return after, answer

    def _admit(self, parts: list[Consumption], now: float, *, transacted: bool = False) -> tuple[Demand, ...]:
        """Admit all that a request consumed, or raise CapacityExceeded in the service's words."""
        asked = [self._demands(part) for part in parts]
        demands = tuple(demand for each in asked for demand in each)
        refusal = self._quotas.admit(_summed(demands), now)
        if refusal is None:
            return demands
        hit = next(index for index, each in enumerate(asked) if any(_at(demand) == _of(refusal) for demand in each))
        error, message, reasons = self._words(refusal, parts[hit])
        member = "throttlingReasons" if error == "ThrottlingException" else "ThrottlingReasons"
        members: dict[str, Any] = {member: reasons}
        if transacted:
            code = "ThrottlingError" if error == "ThrottlingException" else "ProvisionedThroughputExceeded"
            codes = [code if index == hit else "None" for index in range(len(parts))]
            told = [{"Code": each, **({"Message": message} if each == code else {})} for each in codes]
            error, message = "TransactionCanceledException", _CANCELLED.format(", ".join(codes))
            members = {"CancellationReasons": told}
        raise CapacityExceeded(refusal, demands, error, message, members)

    def _demands(self, part: Consumption) -> list[Demand]:
        """What one item or page takes: of its partitions, in equal shares, of its table, and of its global indexes."""
        kind, definition = _kind(part), part.table.definition
        name = f"{self._prefix}{definition.name}"
        partitions = self.partitions(part.table)
        touched = range((part.first * partitions) >> HASH_BITS, ((part.last * partitions) >> HASH_BITS) + 1)
        demands = [
            Demand(f"dynamodb.partition_{kind}", f"{name}/{number}", part.units / len(touched)) for number in touched
        ]
        on_demand = definition.billing_mode == PAY_PER_REQUEST
        throughput = {"": definition.throughput} | {
            index.definition.name: index.definition.throughput for index in part.table.indexes
        }
        for index, units in {"": part.units, **part.global_indexes}.items():
            key, provisioned = f"{name}/index/{index}" if index else name, throughput[index]
            if on_demand or provisioned is None:
                demands.append(Demand(_ON_DEMAND.format(kind), key, units))
            else:
                rate = provisioned.read if kind == "reads" else provisioned.write
                demands.append(Demand(f"dynamodb.table_{kind}", key, units, rate_per_s=float(rate)))
        # A global index that is read takes nothing of its table.
        return [demand for demand in demands if demand.units]

    def partitions(self, table: Table) -> int:
        """How many partitions a table has: what its capacity needs, or its data, whichever is more.

        Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.Partitions.html
        """
        quotas = self._quotas.quotas
        by_size = math.ceil(table.size_bytes / (quotas["dynamodb.partition_bytes"].most or math.inf))
        if table.definition.billing_mode == PAY_PER_REQUEST:
            return max(by_size, int(quotas["dynamodb.on_demand_partitions"].most or 1))
        capacity = table.definition.throughput
        reads, writes = (quotas[f"dynamodb.partition_{kind}"].rate_per_s or math.inf for kind in ("reads", "writes"))
        return max(1, by_size, math.ceil(capacity.read / reads + capacity.write / writes))

    def _words(self, refusal: Refusal, part: Consumption) -> tuple[str, str, list[dict[str, str]]]:
        """The error, its message and its ThrottlingReasons: an on-demand table's words are other than a provisioned one's."""
        definition, said = part.table.definition, refusal
        error, message = said.error, said.message
        if definition.billing_mode == PAY_PER_REQUEST:
            quota = self._quotas.quotas[_ON_DEMAND.format(_kind(part))].refusal
            error, message = (quota.error, quota.message) if quota else (error, message)
        _, found, index = refusal.key.partition("/index/")
        kind = _LIMIT_TYPES[refusal.quota.removeprefix("dynamodb.").partition("_")[0]]
        reason = f"{'Index' if found else 'Table'}{part.role}{kind}ThroughputExceeded"
        resource = f"{definition.arn}/index/{index}" if found else definition.arn
        return error, message, [{"reason": reason, "resource": resource}]


def _kind(part: Consumption) -> str:
    return "reads" if part.role == "Read" else "writes"


def _at(demand: Demand) -> tuple[str, str]:
    return demand.quota, demand.key


def _of(refusal: Refusal) -> tuple[str, str]:
    return refusal.quota, refusal.key


def _summed(demands: Iterable[Demand]) -> list[Demand]:
    """One demand for each quota and key: a transaction takes of a partition all that its items take."""
    units: dict[tuple[str, str, float | None], float] = defaultdict(float)
    for demand in demands:
        units[demand.quota, demand.key, demand.rate_per_s] += demand.units
    return [Demand(quota, key, total, rate_per_s=rate) for (quota, key, rate), total in units.items()]


def _items(wish: Any) -> list[Any]:
    """The keys or the writes in one table's part of a batch."""
    if wish is None:
        return []
    return list(wish["Keys"] if isinstance(wish, dict) else wish)


def _wish(request: Mapping[str, Any], name: str, items: list[Any]) -> Any:
    """One table's part of a batch with these items alone."""
    whole = request["RequestItems"][name]
    return {**whole, "Keys": items} if isinstance(whole, dict) else items
