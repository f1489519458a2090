"""A worker in a process of its own, to be killed: replicates the parts of one table, as the machine's workers do, one after the other."""

from __future__ import annotations

import itertools
import multiprocessing
from typing import TYPE_CHECKING

from botocore.credentials import Credentials

from tests.state.faulty_dynamodb import REGION, patient
from twinstage.state.replicate_part import PartReplication
from twinstage.state.replicate_table import replicate_table
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.wire import Wire
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twinstage.model.manifest import TableManifest

# Children of a server that has imported everything already: a process in milliseconds, and no thread of the tests in it.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


def tables_at(endpoint: str) -> DynamoTables:
    """The tables behind a faulty server."""
    wire = Wire(endpoint, REGION, lambda: Credentials("AKIAWORKER", "secret"), retry=patient())
    wire.threads = 1
    return DynamoTables(None, calls=wire, retry=patient())


def replicate_parts(endpoint: str, folder: Path, table: TableManifest) -> None:
    """Every part of the table, with a checkpoint after every request; results are beside the snapshot."""
    for index, part in enumerate(table.parts):
        PartReplication(
            tables=tables_at(endpoint),
            twin_table="twin",
            store=DirectoryStore(folder / "snapshot"),
            part=part,
            results=DirectoryStore(folder / "results"),
            key=f"replicate/baseline/items-{table.name}-{index}.json",
            # A clock on which every look is later than a checkpoint is due: none of the parts is large enough to be due by the real one.
            clock=_hurrying(),
            enough_time=lambda: True,
        ).run()


def replicate_whole(endpoint: str, folder: Path, table: TableManifest) -> None:
    """The table by reconciliation."""
    replicate_table(tables_at(endpoint), "twin", table, DirectoryStore(folder / "snapshot"))


def _hurrying() -> Callable[[], float]:
    """A clock that goes a minute forward whenever it is looked at."""
    minutes = itertools.count()
    return lambda: 60.0 * next(minutes)
