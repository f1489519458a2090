"""Every benchmark, one after the other: `python bench/run.py`, or some of them: `python bench/run.py exploration replay`.

Each measures itself and its peers in the same run and prints both and their ratio, by processor time wherever the clock would tell of the neighbours; nothing
is asserted. What each takes at most is said before it begins: on two processors that have nothing else to do. What it printed is added to `history/<name>.txt`, under the
day, the commit and the machine: commit it where the machine was quiet.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple, TextIO

HERE = Path(__file__).parent
HISTORY = HERE / "history"
sys.path.insert(0, str(HERE))


class Benchmark(NamedTuple):
    """A module of this folder with a `main()`; `minutes`: what it takes at most."""

    name: str
    about: str
    peers: str
    minutes: int


BENCHMARKS = (
    Benchmark("exploration", "schedules of the enactor race", "the same schedules through in-process moto", 2),
    Benchmark("rehearsal", "a whole rehearsal, cold and warm", "its bar of 30 s warm", 4),
    Benchmark("digest", "the digest of a million items", "boto3's deserialiser and hashlib, two ways", 6),
    Benchmark("history", "five years of record changes", "the same changes through in-process moto", 5),
    Benchmark("replay", "item changes onto a table", "boto3 on the same moto server", 5),
    Benchmark("replay_memory", "logs of growing size", "the same command on a log a quarter as long", 4),
    Benchmark("impact", "downstream impact in 100,000 nodes and 500,000 edges", "networkx on the same graph", 2),
    Benchmark("simulation", "records through queues, pure and compiled", "simpy on the same networks", 3),
    Benchmark("histogram", "durations into a histogram", "hdrhistogram on the same values, the buckets compared", 1),
    Benchmark(
        "quantile", "the interval of a difference of two p99", "the bootstrap with samples drawn, on the same values", 1
    ),
    Benchmark("load", "what a request costs a generator", "Locust's FastHttpUser on the same server", 2),
    Benchmark("replication", "a table copied", "batch_writer and dynamodump on the same dynalite", 6),
)


def main(names: list[str]) -> int:
    """Run those that are named, or all. An unknown name is told, and nothing is run."""
    known = {each.name: each for each in BENCHMARKS}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    chosen = [known[name] for name in names] or list(BENCHMARKS)
    print(f"{len(chosen)} benchmarks, {sum(each.minutes for each in chosen)} minutes at most")
    for each in chosen:
        print(f"\n{each.name}: {each.about}; beside it {each.peers}; {each.minutes} minutes at most", flush=True)
        began, cpu = time.perf_counter(), time.process_time()
        printed = _Heard(sys.stdout)
        with contextlib.redirect_stdout(printed):
            importlib.import_module(each.name).main()
        _keep(each.name, printed.getvalue())
        told = f"{time.perf_counter() - began:.0f} s by the clock, {time.process_time() - cpu:.0f} s of this process's processor time"
        print(f"{each.name}: {told}", flush=True)
    return 0


class _Heard(io.StringIO):
    """Standard output, and a copy of it."""

    def __init__(self, beside: TextIO) -> None:
        super().__init__()
        self._beside = beside

    def write(self, text: str) -> int:
        self._beside.write(text)
        return super().write(text)


def _keep(name: str, printed: str) -> None:
    """Add what a benchmark printed to its history."""
    command = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False).stdout.strip()
    machine = f"{platform.machine()}, {os.cpu_count()} processors, {platform.python_implementation()} {platform.python_version()}"
    day = time.strftime("%Y-%m-%d", time.gmtime())
    HISTORY.mkdir(exist_ok=True)
    with (HISTORY / f"{name}.txt").open("a", encoding="utf-8") as kept:
        kept.write(f"== {day}, {commit or 'no commit'}, {machine}\n{printed}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
