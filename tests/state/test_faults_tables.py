"""Replication of tables where AWS fails: whatever is throttled, left unprocessed, cut off or expired, the table ends equal to the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.state.faulty_dynamodb import Faults, faulty
from tests.state.table_samples import SCHEMA, captured, some_items
from twinstage.model.errors import AwsError
from twinstage.state.replicate_table import replicate_table
from twinstage.state.table_changes import TwinTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.state.faulty_dynamodb import FaultyDynamo
    from twinstage.model.manifest import TableManifest
    from twinstage.world.aws.tables import DynamoTables
    from twinstage.world.store import DirectoryStore

ITEMS = some_items(200)
SEEDS = range(20)
FAULTS = {
    "unprocessed": Faults(unprocessed=0.4),
    "throttles": Faults(throttled=0.5),
    "faults of the server": Faults(server=0.5),
    "cut connections": Faults(cut_before=0.3, cut_after=0.3),
    "an expired token": Faults(expires_after=4),
    "everything": Faults(0.4, 0.2, 0.1, 0.05, 0.05, 0.05, expires_after=9),
}


def equal(dynamo: FaultyDynamo, table: TableManifest, store: DirectoryStore) -> bool:
    """Whether the twin's table has the snapshot's digest, part by part."""
    with TwinTable(store, table, dynamo.items("twin")) as twin:
        return twin.parts().parts == table.parts


def over_wire(dynamo: FaultyDynamo) -> DynamoTables:
    return dynamo.wire()


def over_many_threads(dynamo: FaultyDynamo) -> DynamoTables:
    return dynamo.wire(threads=8)


def over_boto3(dynamo: FaultyDynamo) -> DynamoTables:
    return dynamo.boto3()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("faults", FAULTS)
def test_an_empty_table_becomes_the_snapshot_whatever_fails(faults: str, seed: int, store: DirectoryStore) -> None:
    table = captured(store, ITEMS)
    with faulty(FAULTS[faults], seed) as dynamo:
        dynamo.create("twin", SCHEMA)
        assert replicate_table(dynamo.wire(), "twin", table, store).puts == len(ITEMS)
        assert equal(dynamo, table, store)
        assert sum(dynamo.happened.values()) > 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("faults", ["unprocessed", "everything"])
def test_a_table_that_holds_something_else_becomes_the_snapshot_whatever_fails(
    faults: str, seed: int, store: DirectoryStore
) -> None:
    table = captured(store, ITEMS)
    stranger = some_items(40, seed=seed)
    with faulty(FAULTS[faults], seed) as dynamo:
        dynamo.create("twin", SCHEMA)
        dynamo.put("twin", [*stranger, *({**item, "pk": {"S": "beyond"}} for item in stranger)])
        done = replicate_table(dynamo.wire(), "twin", table, store)
        assert equal(dynamo, table, store)
        assert done.deletes == len(stranger)
        before = dynamo.written
        again = replicate_table(dynamo.wire(), "twin", table, store)
        assert (again.puts, again.deletes, again.parts) == (0, 0, 0)
        assert dynamo.written == before


@pytest.mark.parametrize("tables", [over_many_threads, over_boto3])
@pytest.mark.parametrize("seed", range(3))
def test_however_the_requests_are_made(
    tables: Callable[[FaultyDynamo], DynamoTables], seed: int, store: DirectoryStore
) -> None:
    table = captured(store, ITEMS)
    with faulty(Faults(0.4, 0.1, 0.1, 0.05, 0.05, expires_after=9), seed) as dynamo:
        dynamo.create("twin", SCHEMA)
        assert replicate_table(tables(dynamo), "twin", table, store).puts == len(ITEMS)
        assert equal(dynamo, table, store)


@pytest.mark.parametrize("tables", [over_wire, over_many_threads, over_boto3])
def test_what_is_not_allowed_is_not_tried_again(
    tables: Callable[[FaultyDynamo], DynamoTables], store: DirectoryStore
) -> None:
    table = captured(store, ITEMS[:5])
    with faulty(Faults(denied=True)) as dynamo:
        dynamo.create("twin", SCHEMA)
        made = tables(dynamo)
        with pytest.raises(AwsError, match="AccessDeniedException: not authorized") as caught:
            made.write("twin", ITEMS[:5])
        assert not caught.value.retryable
        assert dynamo.requests == {"BatchWriteItem": 1}
        with pytest.raises(AwsError):
            replicate_table(made, "twin", table, store)


@pytest.mark.parametrize(
    "faults", [Faults(throttled=1.0), Faults(server=1.0), Faults(cut_before=1.0), Faults(garbled=1.0)]
)
def test_a_spent_budget_is_an_error_that_says_whether_trying_again_may_help(faults: Faults) -> None:
    with faulty(faults) as dynamo:
        dynamo.create("twin", SCHEMA)
        with pytest.raises(AwsError) as caught:
            dynamo.wire(attempts=5).write("twin", ITEMS[:5])
        assert caught.value.retryable
        assert dynamo.requests["BatchWriteItem"] == 5


def test_a_token_that_stays_expired_is_an_error_after_as_many_attempts_as_any_other() -> None:
    with faulty(Faults(expires_after=0)) as dynamo:
        dynamo.create("twin", SCHEMA)
        with pytest.raises(AwsError, match="ExpiredTokenException"):
            dynamo.wire(attempts=3).write("twin", ITEMS[:5])
        assert (dynamo.requests["BatchWriteItem"], len(dynamo.used)) == (3, 3)


def test_pauses_grow_to_a_limit_and_are_spread_by_full_jitter() -> None:
    pauses: list[float] = []
    with faulty(Faults(throttled=1.0)) as dynamo:
        dynamo.create("twin", SCHEMA)
        with pytest.raises(AwsError):
            dynamo.wire(attempts=10, pause=pauses.append, jitter=lambda: 0.5).write("twin", ITEMS[:5])
    assert pauses == [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5]


def test_time_ends_the_attempts_too() -> None:
    seconds = iter(range(0, 1000, 25))
    with faulty(Faults(throttled=1.0)) as dynamo:
        dynamo.create("twin", SCHEMA)
        with pytest.raises(AwsError):
            dynamo.wire(clock=lambda: float(next(seconds)), budget_s=60.0).write("twin", ITEMS[:5])
        assert dynamo.requests["BatchWriteItem"] == 3


def test_a_request_that_is_too_large_is_sent_in_halves() -> None:
    large = [{"pk": {"S": "large"}, "sk": {"N": str(n)}, "nulls": {"L": [{"NULL": True}] * 90_000}} for n in range(20)]
    with faulty() as dynamo:
        dynamo.create("twin", SCHEMA)
        assert dynamo.wire().write("twin", large) == 20
        assert dynamo.written == 20
        assert dynamo.requests["BatchWriteItem"] == 2
