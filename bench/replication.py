"""Replication of a table against its peers, all on the same dynalite in the same run, in turn: items a second by the clock, and by our processor time.

dynalite works on one core and gives out at some 20,000 items/s, whoever asks: by the clock, what is fastest here waits for it. What a client itself costs is told by
its processor time, and that is what a bar is for. dynamodump runs as a process of its own, whose start is taken off, at its best settings: into a table that is there,
throughput left alone, and without the second that it waits after starting each of 25 workers, whatever there is to do. Memory is measured against a server that
throws everything away.
"""

from __future__ import annotations

import gc
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from boto3.dynamodb.types import TypeDeserializer
from botocore.credentials import Credentials
from dynalite import KEY, REGION, SECRET, client, dynalite, fresh_table, peers

from twinstage.model.item import to_client
from twinstage.model.manifest import TableManifest
from twinstage.state.replicate import replicate_table
from twinstage.state.table_parts import write_table
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.wire import Wire
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.model.item import Item

ITEMS, ROUNDS, THREADS = 10_000, 5, 8
SIZES = (10_000, 100_000, 1_000_000)
KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}]
SOURCE, TARGET = "source", "target"
Measured = tuple[float, float]
# Ours, theirs, and how many times as fast ours is to be.
COMPARED = (
    ("replicate", "boto3 batch_writer", 3.0),
    ("replicate", f"boto3, {THREADS} threads", None),
    ("replicate", "dynamodump restore", None),
    ("replicate", "dynamodump backup and restore", 5.0),
    ("capture and replicate", "dynamodump backup and restore", 5.0),
)
DYNAMODUMP = "from dynamodump import dynamodump; dynamodump.THREAD_START_DELAY = 0; dynamodump.main()"


def item(number: int) -> Item:
    """Some 230 bytes: a key, numbers, a set, a map."""
    return {
        "pk": {"S": f"endpoint#{number:07d}"},
        "generation": {"N": str(number)},
        "weights": {"NS": [str(number), str(number + 1)]},
        "tags": {"SS": ["blue", "green"]},
        "plan": {"M": {"target": {"S": "v" * 60}, "alive": {"BOOL": True}}},
    }


def main() -> None:
    """Measure and print."""
    try:
        peers.ensure("dynalite")
        peers.ensure("dynamodump")
    except peers.PeerError as error:
        print(f"replication: SKIPPED, a peer cannot be had: {error}")
        return
    items = [item(number) for number in range(ITEMS)]
    with dynalite() as port, tempfile.TemporaryDirectory() as folder:
        runs = _Runs(port, items, Path(folder))
        # What the benchmark itself holds is no garbage of anybody who is measured.
        gc.collect()
        gc.freeze()
        rates: dict[str, list[Measured]] = defaultdict(list)
        for _ in range(ROUNDS):
            for name, run in runs.all().items():
                rates[name].append(run())
        gc.unfreeze()
    print(
        f"replication: {ITEMS:,} items into dynalite, items/s by the clock and by the client's processor time, median of {ROUNDS}, in turn; {_load()}"
    )
    print(
        "  dynamodump: --dataOnly --skipThroughputUpdate, its start and its pauses between starting workers taken off"
    )
    for name, found in rates.items():
        wall, cpu = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"  {name:34} {wall:9,.0f} {cpu:9,.0f}")
    for ours, theirs, bar in COMPARED:
        print(_ratio(rates[ours], rates[theirs], f"{ours} / {theirs}", bar))
    _memory()


class _Runs:
    """What is measured: each fills TARGET, emptied before, with the items that SOURCE holds, and says how many a second."""

    def __init__(self, port: int, items: list[Item], folder: Path) -> None:
        self.port, self.items, self.folder, self.dump = port, items, folder, folder / "dump"
        wire = Wire(f"http://127.0.0.1:{port}", REGION, lambda: Credentials(KEY, SECRET))
        self.tables = DynamoTables(client(port), calls=wire)
        self.store = DirectoryStore(folder / "snapshot")
        fresh_table(port, SOURCE)
        self.tables.write(SOURCE, items)
        self.snapshot = self._capture(self.store)
        self.native = [{name: TypeDeserializer().deserialize(value) for name, value in each.items()} for each in items]
        self.program = [str(peers.ensure("dynamodump") / "bin" / "python"), "-c", DYNAMODUMP]
        self._dynamodump("backup")
        starts = [self._spent(lambda: self._run(["--help"])) for _ in range(3)]
        self.start = min(wall for wall, _ in starts), min(cpu for _, cpu in starts)

    def all(self) -> dict[str, Callable[[], Measured]]:
        return {
            "replicate": lambda: self._measured(self._replicate),
            "boto3 batch_writer": lambda: self._measured(self._batch_writer),
            f"boto3, {THREADS} threads": lambda: self._measured(self._parallel),
            "dynamodump restore": lambda: self._as_process("restore"),
            "capture and replicate": lambda: self._measured(self._round_trip),
            "dynamodump backup and restore": lambda: self._as_process("backup", "restore"),
        }

    def _measured(self, do: Callable[[], object]) -> Measured:
        fresh_table(self.port, TARGET)
        wall, cpu = time.perf_counter(), time.process_time()
        do()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        self._check()
        return ITEMS / wall, ITEMS / cpu

    def _as_process(self, *modes: str) -> Measured:
        fresh_table(self.port, TARGET)
        wall = cpu = 0.0
        for mode in modes:
            spent = self._spent(lambda mode=mode: self._dynamodump(mode))  # type: ignore[misc]  # the default binds it
            wall, cpu = wall + spent[0] - self.start[0], cpu + spent[1] - self.start[1]
        self._check()
        return ITEMS / wall, ITEMS / cpu

    def _check(self) -> None:
        found = sum(1 for _ in self.tables.scan(TARGET))
        if found != ITEMS:
            raise SystemExit(f"replication: {found} items arrived, not {ITEMS}")

    def _spent(self, do: Callable[[], object]) -> Measured:
        """Seconds by the clock, and of processor time of the processes that `do` runs."""
        wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        do()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return time.perf_counter() - wall, cpu

    def _capture(self, store: DirectoryStore) -> TableManifest:
        parts = write_table(store, self.tables.scan(SOURCE), KEYS)
        return TableManifest(SOURCE, {"KeySchema": KEYS}, parts.items, parts.parts, parts.part_bits)

    def _replicate(self) -> None:
        replicate_table(self.tables, TARGET, self.snapshot, self.store)

    def _round_trip(self) -> None:
        folder = self.folder / "again"
        shutil.rmtree(folder, ignore_errors=True)
        store = DirectoryStore(folder)
        replicate_table(self.tables, TARGET, self._capture(store), store)

    def _batch_writer(self) -> None:
        table = client(self.port, "resource").Table(TARGET)
        with table.batch_writer() as batch:
            for each in self.native:
                batch.put_item(Item=each)

    def _parallel(self) -> None:
        dynamodb = client(self.port)

        def write(first: int) -> None:
            requests = [{"PutRequest": {"Item": to_client(each)}} for each in self.items[first : first + 25]]
            while requests:
                answer = dynamodb.batch_write_item(RequestItems={TARGET: requests})
                requests = answer["UnprocessedItems"].get(TARGET, [])

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(write, range(0, ITEMS, 25)))

    def _dynamodump(self, mode: str) -> None:
        more = ["--destTable", TARGET, "--dataOnly", "--noConfirm"] if mode == "restore" else []
        self._run(["--mode", mode, "--srcTable", SOURCE, "--dumpPath", str(self.dump), "--skipThroughputUpdate", *more])

    def _run(self, arguments: list[str]) -> None:
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--region", REGION]
        keys = ["--accessKey", KEY, "--secretKey", SECRET]
        done = subprocess.run([*self.program, *where, *keys, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"dynamodump: {done.stderr.strip()[-500:]}")


def _ratio(ours: list[Measured], theirs: list[Measured], name: str, bar: float | None) -> str:
    """The median of the ratios of each turn, and whether it reaches the bar."""
    pairs = list(zip(ours, theirs, strict=True))
    by_clock, by_cpu = (statistics.median(mine[which] / other[which] for mine, other in pairs) for which in (0, 1))
    verdict = "" if bar is None else f"   bar {bar:g}x: {'met' if by_cpu >= bar else 'MISSED'}"
    return f"  {name:52} {by_clock:5.1f}x by the clock {by_cpu:5.1f}x by processor time{verdict}"


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def _memory() -> None:
    for size in SIZES:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("replication_memory.py")), str(size)],
            capture_output=True,
            text=True,
            check=True,
        )
        print(done.stdout, end="")


def peak_mb() -> float:
    """The most memory that this process had resident until now. Not getrusage's, which begins with the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def generated(size: int) -> Iterator[Item]:
    """Items, one by one."""
    return (item(number) for number in range(size))


if __name__ == "__main__":
    main()
