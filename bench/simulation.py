"""Records through queues: the pure loop, the compiled loop and simpy on the same networks, in the same run, interleaved; and a million records' memory.

CPU seconds throughout: only the ratios mean anything on a shared machine, and of these the median over the rounds, in each of which all sides run once. The plain network is six stages of four servers at 80 %: simpy counts nothing there, the loops
here count everything that they always count. The other has a feature at each stage: limited places with back-pressure, retries with back-off and dead letters,
time-outs, patience, priorities, batches, a quota and partitions; simpy's model has the same (its quota and its partitions are resources of their own).
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))
sys.path.insert(0, str(Path(__file__).parent))

from simulation_simpy import (
    ATTEMPTS,
    BACKOFF,
    BATCH,
    FAILURE,
    LANES,
    PATIENCE,
    PLACES,
    SERVERS,
    SERVICE,
    STAGES,
    TIMEOUT,
    TOKENS_A_SECOND,
    simpy_featured,
    simpy_plain,
)

from twinstage.simulate.distributions import Exponential
from twinstage.simulate.network import (
    Batch,
    Extent,
    Keys,
    Network,
    Partitions,
    Product,
    Quota,
    Retry,
    Route,
    Source,
    Stage,
)
from twinstage.simulate.network.plan import plan
from twinstage.simulate.network.simulate import tally_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ROUNDS, PEER_RECORDS, PURE_RECORDS, COMPILED_RECORDS, MANY = 5, 12_000, 60_000, 400_000, 1_000_000


def plain() -> Network:
    stages = tuple(
        Stage(
            f"s{index}",
            Exponential(SERVICE),
            (Route(f"s{index + 1}" if index < STAGES - 1 else "lake"),),
            servers=SERVERS,
        )
        for index in range(STAGES)
    )
    return Network((Source("source", Exponential(1.0), "s0"),), stages, (Product("lake"),))


def featured() -> Network:
    """Each stage has something; the load is that of the plain network but for what is tried again."""
    service, retry = Exponential(SERVICE), Retry(ATTEMPTS, FAILURE, BACKOFF, rate=1.0)
    source = Source("source", Exponential(1.0), "s0", keys=Keys(1000, 0.5), classes=(1.0, 3.0))
    stages = (
        Stage("s0", service, (Route("s1"),), servers=SERVERS, retry=retry),
        Stage(
            "s1",
            service,
            (Route("s2"),),
            servers=SERVERS,
            order="priority",
            timeout_s=TIMEOUT,
            retry=Retry(ATTEMPTS, 0.0, BACKOFF, rate=1.0),
        ),
        Stage("s2", service, (Route("s3"),), servers=SERVERS, patience_s=PATIENCE),
        Stage("s3", service, (Route("s4"),), servers=SERVERS, places=PLACES, when_full="hold"),
        Stage("s4", service, (Route("s5"),), servers=SERVERS, quota=Quota(TOKENS_A_SECOND, 1)),
        Stage("s5", service, (Route("lake"),), servers=LANES, batch=Batch(BATCH), partitions=Partitions(LANES)),
    )
    return Network((source,), stages, (Product("lake", fresh_within_s=60.0),))


def main() -> None:
    """Measure and print."""
    networks: dict[str, tuple[Network, Callable[[int], None]]] = {
        "plain": (plain(), simpy_plain),
        "every feature": (featured(), simpy_featured),
    }
    began = time.process_time()
    _run(networks["plain"][0], 10, "compiled")
    print(f"simulation: records a second through {STAGES} stages, CPU seconds")
    print(f"  the compiled loop loaded, or compiled, in {time.process_time() - began:.1f} s")
    for label, (network, peer) in networks.items():
        sides = {
            "simpy": (PEER_RECORDS, lambda peer=peer: peer(PEER_RECORDS)),
            "pure": (PURE_RECORDS, lambda network=network: _run(network, PURE_RECORDS, "pure")),
            "compiled": (COMPILED_RECORDS, lambda network=network: _run(network, COMPILED_RECORDS, "compiled")),
        }
        rounds = [{name: records / _cpu(work) for name, (records, work) in sides.items()} for _ in range(ROUNDS)]
        for name in sides:
            rate = median(each[name] for each in rounds)
            times = sorted(each[name] / each["simpy"] for each in rounds)
            print(
                f"  {label:14s} {name:10s} {rate:12,.0f}   {median(times):6.1f}x simpy ({times[0]:.1f} to {times[-1]:.1f})"
            )
    for loop in ("pure", "compiled"):
        print(f"  {MANY:,} records, {loop:10s} {_peak(loop)}")


def _run(network: Network, records: int, loop: Any) -> None:
    tally_of(plan(network, Extent(records=records), 1), loop)


def _cpu(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _peak(loop: str) -> str:
    """In a process of its own: its peak before and after."""
    found = subprocess.run([sys.executable, __file__, "peak", loop], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def _told_peak(loop: str) -> None:
    _run(plain(), 1000, loop)
    before = _highest_mb()
    _run(plain(), MANY, loop)
    after = _highest_mb()
    print(f"peak {after:,.0f} MB, {after - before:,.1f} MB above that of 1,000 records")


def _highest_mb() -> float:
    """Of this process alone; `ru_maxrss` begins with that of the process it was forked from."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["peak"]:
        _told_peak(sys.argv[2])
    else:
        main()
