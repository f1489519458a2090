"""One part of a table, as a worker with little time puts it: on from its checkpoint, one request at least."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.state.faulty_dynamodb import FaultyDynamo, faulty
from tests.state.table_samples import SCHEMA, captured, some_items
from twinstage.state.replicate_part import PartReplication
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.model.manifest import Part
    from twinstage.world.store import DirectoryStore

ITEMS = some_items(110)
KEY = "replicate/baseline/items-plans-0.json"


@pytest.fixture
def dynamo() -> Iterator[FaultyDynamo]:
    with faulty() as found:
        found.create("twin", SCHEMA)
        yield found


def replication(
    dynamo: FaultyDynamo, store: DirectoryStore, part: Part, enough_time: Callable[[], bool] = lambda: True
) -> PartReplication:
    return PartReplication(dynamo.wire(), "twin", store, part, store, KEY, lambda: 0.0, enough_time)


def test_a_worker_without_time_puts_one_request_and_the_next_one_goes_on(
    dynamo: FaultyDynamo, store: DirectoryStore
) -> None:
    [part] = captured(store, ITEMS, bits=0).parts
    done = [replication(dynamo, store, part, lambda: False).run() for _ in range(5)]
    assert done == [False, False, False, False, True]
    assert dynamo.requests["BatchWriteItem"] == 5
    assert dynamo.written == len(dynamo.items("twin")) == len(ITEMS)


def test_a_worker_with_time_puts_all_with_one_checkpoint_and_there_is_nothing_left_to_do(
    dynamo: FaultyDynamo, store: DirectoryStore
) -> None:
    [part] = captured(store, ITEMS, bits=0).parts
    looks = itertools.count()
    assert replication(dynamo, store, part, lambda: next(looks) >= 0).run()
    assert get_json(store, KEY) == {"part": part.sha256, "items": 110, "of": 110}
    assert replication(dynamo, store, part).run()
    assert dynamo.written == len(ITEMS)


def test_a_checkpoint_of_another_part_counts_for_nothing(dynamo: FaultyDynamo, store: DirectoryStore) -> None:
    [before], [part] = (captured(store, some_items(50, seed=seed), bits=0).parts for seed in (1, 2))
    assert replication(dynamo, store, before).run()
    assert replication(dynamo, store, part).run()
    assert dynamo.written == 100
