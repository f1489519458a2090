"""A table's digest, from its items as dicts: ours against what one would write, in the same run; and what memory it takes.

CPU seconds, interleaved, the best of a few: only the ratios mean anything on a shared machine. The peers hold every item; ours holds none.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from twinstage.model.item import canonical_item, from_client, item_key, to_client
from twinstage.state.table_parts import own_bits, parted
from twinstage.state.table_spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ITEMS, PEER_ITEMS, ROUNDS = 1_000_000, 100_000, 3
BAR = 250_000
SIZES = (10_000, 100_000, 1_000_000)
KEY_SCHEMA = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
Item = dict[str, Any]


def plan(number: int) -> Item:
    """One item of about 260 bytes, as a control plane keeps them: what serves a name, and how."""
    return {
        "pk": {"S": f"ENDPOINT#dynamodb.us-east-1#{number % 5000}"},
        "sk": {"N": str(number)},
        "generation": {"N": str(number * 7)},
        "name": {"S": f"lb-{number}.us-east-1.example.com."},
        "weights": {"M": {"a": {"N": "10"}, "b": {"N": "0.5"}}},
        "healthy": {"BOOL": True},
        "targets": {"L": [{"S": "192.0.2.1"}, {"S": "192.0.2.2"}]},
    }


def ours(items: Iterable[Item]) -> object:
    """Parts and their digests, as a twin's table is told from its snapshot."""
    with Spool(KEY_SCHEMA) as spool:
        return parted(spool, own_bits(spool.add(items)))


def naive(items: list[Item]) -> object:
    """Sorted keys, json, SHA-256, items in the order of their keys: blind to other spellings of a number and the order of a set."""
    lines = sorted(json.dumps(item, sort_keys=True, separators=(",", ":")) for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def canonical(items: list[Item]) -> object:
    """The same canonical form as ours, written item by item."""
    lines = sorted((item_key(item, KEY_SCHEMA), json.dumps(canonical_item(item), sort_keys=True)) for item in items)
    return hashlib.sha256("\n".join(line for _, line in lines).encode()).hexdigest()


def deserialised(items: list[Item]) -> object:
    """Through boto3's TypeDeserializer, which makes numbers Decimals, then json and SHA-256."""
    read = TypeDeserializer().deserialize
    values = ({name: read(value) for name, value in to_client(item).items()} for item in items)
    lines = sorted(json.dumps(value, sort_keys=True, default=str) for value in values)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


PEERS: dict[str, Callable[[list[Item]], object]] = {
    "json + sha256": naive,
    "canonical form item by item + sha256": canonical,
    "boto3 TypeDeserializer + json + sha256": deserialised,
}


def cpu_seconds(work: Callable[[list[Item]], object], items: list[Item]) -> float:
    """The CPU time of one run, none of it spent on looking at the benchmark's own items for garbage."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    work(items)
    spent = time.process_time() - began
    gc.unfreeze()
    return spent


def peak_mib(number: int) -> float:
    """The most memory that a process of its own held while it took the digest of so many items as they came."""
    command = [sys.executable, __file__, "--peak", str(number)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) / 1024


def stream(number: int) -> Iterator[Item]:
    return (plan(i) for i in range(number))


def main() -> None:
    items = [from_client(plan(number)) for number in range(ITEMS)]
    print(f"Table digest of {ITEMS:,} items, CPU seconds, best of {ROUNDS}; peers on {PEER_ITEMS:,} of them")
    some = items[:PEER_ITEMS]
    best = {name: float("inf") for name in ("ours", *PEERS)}
    for _ in range(ROUNDS):
        best["ours"] = min(best["ours"], cpu_seconds(ours, items))
        for name, work in PEERS.items():
            best[name] = min(best[name], cpu_seconds(work, some))
    rate = {name: (ITEMS if name == "ours" else PEER_ITEMS) / seconds for name, seconds in best.items()}
    for name, items_a_s in rate.items():
        print(f"  {name:40} {items_a_s:>10,.0f} items/s   {rate['ours'] / items_a_s:5.1f}x")
    met = "met" if rate["ours"] >= BAR else "MISSED"
    print(f"  bar {BAR:,} items/s: {met}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print("Peak memory of a process that takes the digest of a stream")
    for number in SIZES:
        print(f"  {number:>10,} items {peak_mib(number):8.1f} MiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        ours(stream(int(sys.argv[2])))
        # Of this process since it began: what resource.getrusage tells includes what the parent held when it forked.
        status = Path("/proc/self/status").read_text().splitlines()
        print(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
    else:
        main()
