"""Reading, ordering and settling a log take the same memory whatever its length; measured by the operating system, each length in a process of its own."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Buffers that a short log fills as well as a long one: what is left to grow is what should not.
MEASURED = """
import re, sys
from pathlib import Path
from twinstage.world import lines_on_disk
lines_on_disk.GATHERED_BYTES = lines_on_disk.READING_BYTES = 1 << 20
from twinstage.replay.intake import read_events
from twinstage.replay.settle import settled
from twinstage.world.memory.route53 import zone_from
intake = read_events(Path(sys.argv[1]), "any", max_quarantined=10**9)
order = settled(intake.events, {"Z1": zone_from([], id="Z1", name="ex.test.")})
counts = [len(order.events), intake.duplicates, len(intake.quarantined), intake.ignored]
assert sum(1 for _ in order.events) == counts[0]
intake.digest()
# Not getrusage: what it tells of a process begins with what its parent held.
peak_kb = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(*counts, peak_kb // 1024)
"""
FEW, MANY, GROWTH_MB = 7_000, 28_000, 8


def trail_record(number: int) -> dict[str, Any]:
    record_set = {
        "name": f"n{number % 500}.ex.test",
        "type": "A",
        "tTL": 60,
        "resourceRecords": [{"value": "192.0.2.1"}],
    }
    changes = [{"action": "UPSERT", "resourceRecordSet": record_set}]
    return {
        "eventID": f"{number * 7919 % 1_000_003:07d}",
        "eventTime": f"2025-10-{1 + number // 86400:02d}T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "eventSource": "route53.amazonaws.com",
        "eventName": "ChangeResourceRecordSets" if number % 10 else "ListHostedZones",
        "requestParameters": {"hostedZoneId": "Z1", "changeBatch": {"changes": changes}},
        "userAgent": "x" * 300,
    }


def write(folder: Path, count: int, layout: str) -> Path:
    folder.mkdir()
    records = [json.dumps(trail_record(number)) for number in reversed(range(count))]
    again = records[1::10]
    if layout == "one document":
        (folder / "all.json").write_text('{"Records": [' + ", ".join([*records, *again]) + "]}")
    else:
        lines = [*records, *again, *["{garbage"] * (count // 100)]
        (folder / "all.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode(), 1))
    return folder


def measured(folder: Path) -> list[int]:
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, str(folder)], capture_output=True, text=True, check=True, timeout=300
    )
    return [int(number) for number in ran.stdout.split()]


@pytest.mark.parametrize("layout", ["lines", "one document"])
def test_a_log_four_times_as_long_takes_no_more_memory(tmp_path: Path, layout: str) -> None:
    few, many = (measured(write(tmp_path / str(count), count, layout)) for count in (FEW, MANY))
    for count, found in ((FEW, few), (MANY, many)):
        events, duplicates, quarantined, ignored, _ = found
        assert (events, duplicates) == (count * 9 // 10, count // 10)
        assert (quarantined, ignored) == (0 if layout == "one document" else count // 100, count // 10)
    assert many[-1] - few[-1] < GROWTH_MB
