"""Fault 28: an endpoint goes away in the middle of a run. A clean failure that says that trying again may help; the next attempt comes to the same digest."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.state.faulty_dynamodb import Faults, FaultyDynamo, faulty
from tests.state.killed_worker import replicate_parts
from tests.state.table_samples import SCHEMA, captured, some_items
from twinstage.model.errors import AwsError
from twinstage.state.table_changes import TwinTable
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.model.manifest import TableManifest

ITEMS = some_items(120)


class Gone(FaultyDynamo):
    """An endpoint that is gone from its `at`-th write on, before or after that write took effect, until it is `back`."""

    def goes(self, at: int, *, after: bool) -> None:
        def vanish(request: int) -> None:
            if request >= at:
                self.faults = Faults(cut_before=1.0, cut_after=1.0)

        self.before_write, self.after_write = ((lambda _: None), vanish) if after else (vanish, lambda _: None)

    def back(self) -> None:
        self.faults, self.before_write, self.after_write = Faults(), lambda _: None, lambda _: None


@contextmanager
def leaving() -> Iterator[Gone]:
    with faulty() as state:
        state.__class__ = Gone
        state.create("twin", SCHEMA)
        assert isinstance(state, Gone)
        yield state


def equal(dynamo: FaultyDynamo, table: TableManifest, folder: Path) -> bool:
    with TwinTable(DirectoryStore(folder / "snapshot"), table, dynamo.items("twin")) as there:
        return there.parts().parts == table.parts


@pytest.mark.parametrize("seed", range(20))
def test_a_replication_whose_endpoint_goes_fails_cleanly_and_goes_on_to_the_same_digest(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    table = captured(DirectoryStore(tmp_path / "snapshot"), ITEMS)
    with leaving() as dynamo:
        dynamo.goes(rng.randrange(1, 5), after=rng.random() < 0.5)
        with pytest.raises(AwsError) as failed:
            replicate_parts(dynamo.endpoint, tmp_path, table)
        assert (failed.value.exit_code, failed.value.retryable) == (5, True)
        assert not equal(dynamo, table, tmp_path)

        dynamo.back()
        replicate_parts(dynamo.endpoint, tmp_path, table)

        assert equal(dynamo, table, tmp_path)
        assert len(dynamo.items("twin")) == len(ITEMS)
