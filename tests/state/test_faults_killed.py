"""A worker that is killed, at any request, before or after it took effect, and begun again: nothing is lost, nothing doubled."""

from __future__ import annotations

import os
import random
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from tests.state.faulty_dynamodb import Faults, faulty
from tests.state.killed_worker import PROCESSES, replicate_parts, replicate_whole
from tests.state.table_samples import SCHEMA, captured, some_items
from twinstage.state.table_changes import TwinTable
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from tests.state.faulty_dynamodb import FaultyDynamo
    from twinstage.model.manifest import TableManifest

ITEMS = some_items(260)
REQUESTS = 16


def begin(worker: Callable[..., None], dynamo: FaultyDynamo, folder: Path, table: TableManifest) -> ForkServerProcess:
    process = PROCESSES.Process(target=worker, args=(dynamo.endpoint, folder, table))
    process.start()
    return process


class Killer:
    """Kills the worker that was begun last when one of certain requests arrives: never one that it was not told of yet."""

    def __init__(self, *requests: int) -> None:
        self.requests, self.known = requests, threading.Condition()
        self.begun: list[ForkServerProcess] = []
        self.killed = 0

    def __call__(self, request: int) -> None:
        if request in self.requests:
            with self.known:
                self.known.wait_for(lambda: len(self.begun) > self.killed)
                os.kill(self.begun[-1].pid or 0, signal.SIGKILL)
                self.killed += 1

    def watch(self, process: ForkServerProcess) -> ForkServerProcess:
        with self.known:
            self.begun.append(process)
            self.known.notify_all()
        return process


def equal(dynamo: FaultyDynamo, table: TableManifest, folder: Path) -> bool:
    """Whether the twin's table has the snapshot's digest, part by part."""
    with TwinTable(DirectoryStore(folder / "snapshot"), table, dynamo.items("twin")) as twin:
        return twin.parts().parts == table.parts


def finished(process: ForkServerProcess) -> int | None:
    process.join(60)
    return process.exitcode


@pytest.mark.parametrize("worker", [replicate_parts, replicate_whole])
@pytest.mark.parametrize("seed", range(20))
def test_a_worker_that_is_killed_and_begun_again_ends_with_the_snapshots_digest(
    worker: Callable[..., None], seed: int, tmp_path: Path
) -> None:
    draw = random.Random(seed)  # noqa: S311 faults that a seed repeats
    table = captured(DirectoryStore(tmp_path / "snapshot"), ITEMS)
    deaths = sorted(draw.sample(range(1, REQUESTS), 2))
    when = draw.choice(["before_write", "after_write"])
    with faulty(Faults(unprocessed=0.2), seed) as dynamo:
        dynamo.create("twin", SCHEMA)
        killer = Killer(*deaths)
        setattr(dynamo, when, killer)
        exits: list[int | None] = []
        while not exits or exits[-1] != 0:
            exits.append(finished(killer.watch(begin(worker, dynamo, tmp_path, table))))
        assert exits[:-1] == [-signal.SIGKILL] * len(deaths)
        assert equal(dynamo, table, tmp_path)


def test_a_worker_that_dies_after_its_last_write_leaves_nothing_to_do(tmp_path: Path) -> None:
    table = captured(DirectoryStore(tmp_path / "snapshot"), ITEMS)
    with faulty() as dynamo:
        dynamo.create("twin", SCHEMA)
        assert finished(begin(replicate_parts, dynamo, tmp_path, table)) == 0
        written = dynamo.written
        assert written == len(ITEMS)
        for worker in (replicate_parts, replicate_whole):
            assert finished(begin(worker, dynamo, tmp_path, table)) == 0
        assert dynamo.written == written


@pytest.mark.parametrize(("worker", "again"), [(replicate_parts, 25), (replicate_whole, 0)])
def test_a_worker_that_is_killed_as_its_last_write_is_answered_leaves_no_more_to_do_than_that_write(
    worker: Callable[..., None], again: int, tmp_path: Path
) -> None:
    """Work by parts goes on from its checkpoint, which knows of no write that nobody heard of; a reconciliation reads, and finds nothing to write."""
    table = captured(DirectoryStore(tmp_path / "snapshot"), ITEMS)
    killer = Killer(len(ITEMS))
    with faulty() as dynamo:
        dynamo.create("twin", SCHEMA)
        dynamo.after_write = lambda _: killer(dynamo.written)
        assert finished(killer.watch(begin(worker, dynamo, tmp_path, table))) == -signal.SIGKILL
        dynamo.after_write = lambda _: None
        written = dynamo.written
        assert equal(dynamo, table, tmp_path)
        assert finished(begin(worker, dynamo, tmp_path, table)) == 0
        assert dynamo.written - written <= again
        assert equal(dynamo, table, tmp_path)


def test_a_part_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    table = captured(DirectoryStore(tmp_path / "snapshot"), ITEMS, bits=0)
    results = DirectoryStore(tmp_path / "results")
    with faulty() as dynamo:
        dynamo.create("twin", SCHEMA)
        dynamo.before_write = killer = Killer(5)
        assert finished(killer.watch(begin(replicate_parts, dynamo, tmp_path, table))) == -signal.SIGKILL
        checkpoint = get_json(results, "replicate/baseline/items-plans-0.json")
        assert checkpoint == {"part": table.parts[0].sha256, "items": 100, "of": len(ITEMS)}
        written = dynamo.written
        assert finished(begin(replicate_parts, dynamo, tmp_path, table)) == 0
        # The batch that was on its way when the worker was killed may land after it.
        assert dynamo.written - written - (len(ITEMS) - 100) in (0, 25)


def test_two_workers_on_the_same_parts_do_no_harm(tmp_path: Path) -> None:
    table = captured(DirectoryStore(tmp_path / "snapshot"), ITEMS)
    with faulty(Faults(unprocessed=0.4)) as dynamo:
        dynamo.create("twin", SCHEMA)
        both = [begin(worker, dynamo, tmp_path, table) for worker in (replicate_parts, replicate_whole)]
        assert [finished(process) for process in both] == [0, 0]
        assert equal(dynamo, table, tmp_path)
